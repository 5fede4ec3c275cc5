//! The test kit, as a user has it, on whole generated APIs.

use std::sync::Arc;

use meshauth_runtime::{
    Authoriser, Check, Client, Credential, Denial, Directory, Entity, Group, GroupName, Lookup,
    MemoryDirectory, Miss, Resource, ServicePolicy, VerificationStatus,
};
use meshauth_testing::{RoleMatrix, TestWorld, role};
use meshauth_tests::{
    SERVICES,
    api::meshauth::testing::desk::v1::{
        Desk,
        desk_service_guard::{POLICY, method},
    },
};

fn all_services() -> Vec<&'static ServicePolicy> {
    SERVICES.into_iter().chain([&POLICY]).collect()
}

#[test]
fn the_matrix_of_all_services_holds() {
    let report = RoleMatrix::of(&all_services()).decide();
    report.assert_holds();
    assert!(report.decisions() > 10_000, "{}", report.decisions());
    for service in all_services() {
        RoleMatrix::of(&[service]).decide().assert_holds();
    }
}

/// Who may call what: a change of this file is a change of access.
#[test]
fn the_table_of_all_services_is_the_one_that_was_reviewed() {
    let table = RoleMatrix::of(&all_services()).decide().table();
    table.assert_matches(include_str!("access.txt"));
    assert!(table.to_string().is_ascii());
}

/// The table is what the authoriser decides: each of its lines is in the tables, and the reverse.
#[test]
fn the_table_has_a_line_for_each_role_of_each_method() {
    let table = RoleMatrix::of(&all_services()).decide().table().to_string();
    let methods = all_services().into_iter().flat_map(|service| service.methods());
    let lines: usize = methods.map(|method| method.roles().count().max(1)).sum();
    assert_eq!(table.lines().count(), lines);
}

#[test]
fn a_handler_is_tested_with_the_access_of_its_method() {
    let mut world = TestWorld::new();
    let broker = world.group();
    let [desk, other] = [world.group_below(broker), world.group_below(broker)];
    let trader = world.api_user(desk);
    world.grant(trader, broker, role(&POLICY, "ROLE_TRADING_ADMIN"));
    let owned_by = |group: GroupName| {
        let resource = world.resource(group);
        Desk {
            owner: resource.owner().to_owned(),
            owners: resource.owners().to_vec(),
            ..Desk::default()
        }
    };

    let access = world.call::<method::PutDesk>(trader, desk).assert_allowed();
    assert!(access.scope().permit(Some(owned_by(desk))).is_ok());
    let refused = |group| access.scope().permit(Some(owned_by(group))).err();
    assert_eq!(refused(other), Some(Denial::ResourceNotFound));
    assert_eq!(refused(broker), Some(Denial::ResourceNotFound));

    let statement = |world: &TestWorld| world.call::<method::GetStatement>(trader, desk);
    statement(&world).assert_denied_by(Check::Role, Denial::RoleRequired);
    world.grant(trader, desk, role(&POLICY, "ROLE_WALLET_ADMIN"));
    statement(&world).assert_denied(Denial::VerificationRequired);
    world.client(broker, VerificationStatus::Verified);
    statement(&world).assert_allowed();
}

/// A directory with a fault that a review could miss: every group is its own root's.
struct Flat(MemoryDirectory);

impl Directory for Flat {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        self.0.entity(credential)
    }
    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        let alone = Group::new(name, None, &[]);
        Lookup::later(async move { alone.map(Arc::new).map_err(|_| Miss::Unusable) })
    }
    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.0.client(home)
    }
}

#[tokio::test]
async fn the_matrix_finds_a_fault_in_a_directory_of_ones_own() {
    let matrix = RoleMatrix::of(&[&POLICY]);
    let right = MemoryDirectory::new(matrix.records()).unwrap();
    matrix.decide_with(&Authoriser::new(right)).await.assert_holds();

    let flat = Flat(MemoryDirectory::new(matrix.records()).unwrap());
    let report = matrix.decide_with(&Authoriser::new(flat)).await;
    assert!(!report.mismatches().is_empty());
    let text = report.to_string();
    let granted_above = "GetDesk: ROLE_TRADING_ADMIN granted in the parent of the executing group, \
                         no client: should be allowed, was denied with ROLE_REQUIRED";
    assert!(text.contains(granted_above), "{text}");
    assert!(text.contains("allow!"), "{text}");
}
