//! Who may do what where: grants, and nothing but grants.

use futures_util::FutureExt;
use http::HeaderMap;
use meshauth_runtime::{
    ApiKey, Authorised, Authoriser, Denial, Directory, Entity, EntityName, Grant, Group,
    MemoryDirectory, Method, MethodPolicy, Operation, Presented, Read, Role, RoleNumber,
    ServicePolicy, Write,
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::desk_service_guard::method::PutDesk,
    worlds::{Rng, UNDEFINED_ROLES, api_key, forests, group_name},
};

use crate::{
    exhaustive,
    oracle::{Forest, is_at_or_above, memory, name},
    service::{BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, INDIVIDUAL, Spy, desk},
};

fn headers(user: usize, group: usize) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", api_key(user).parse().unwrap());
    headers.insert("x-group", group_name(group).parse().unwrap());
    headers
}

fn access<M: Method>(
    authoriser: &Authoriser,
    user: usize,
    group: usize,
) -> Result<M::Access, Denial> {
    authoriser.authorise::<M>(&mut headers(user, group)).now_or_never().unwrap()
}

/// A user with these roles in these groups.
fn user(index: usize, owner: usize, grants: &[(usize, u32)]) -> Entity {
    let grant = |(group, role): &(usize, u32)| {
        format!("{}/roles/{role}", name(*group)).parse::<Grant>().unwrap()
    };
    Entity::new(EntityName::api_user(index as u128), name(owner))
        .with_credential(ApiKey::parse(api_key(index).as_bytes()).unwrap().digest())
        .with_grants(grants.iter().map(grant))
}

fn authoriser(parents: &[Option<usize>], users: Vec<Entity>) -> Authoriser {
    Authoriser::new(MemoryDirectory::new(memory(parents, users, Vec::new())).unwrap())
}

static SERVICE: ServicePolicy =
    ServicePolicy::new("p.S", "0", &[<Writes as Method>::POLICY, <Reads as Method>::POLICY], &[]);

struct Writes;

impl Method for Writes {
    const POLICY: &'static MethodPolicy = {
        static POLICY: MethodPolicy = MethodPolicy::authorised(
            "/p.S/Writes",
            Operation::Write,
            &[Role::new(1, "ROLE_BY_ONE_NAME")],
        );
        &POLICY
    };
    const SERVICE: &'static ServicePolicy = &SERVICE;
    type Kind = Write;
    type Access = Authorised<Self>;
}

/// The role of `Writes` by another name: an alias.
struct Reads;

impl Method for Reads {
    const POLICY: &'static MethodPolicy = {
        static POLICY: MethodPolicy = MethodPolicy::authorised(
            "/p.S/Reads",
            Operation::Read,
            &[Role::new(1, "ROLE_BY_ANOTHER")],
        );
        &POLICY
    };
    const SERVICE: &'static ServicePolicy = &SERVICE;
    type Kind = Read;
    type Access = Authorised<Self>;
}

#[test]
fn t_c03_a_role_that_no_enum_defines_is_ignored_and_is_no_error() {
    let undefined = UNDEFINED_ROLES.map(|role| (0, u32::try_from(role).unwrap()));
    let users = vec![user(1, 0, &undefined), user(2, 0, &[&undefined[..], &[(0, 1)]].concat())];
    let authoriser = authoriser(&[None, Some(0)], users);
    for group in [0, 1] {
        let refused = access::<Writes>(&authoriser, 1, group).err();
        assert_eq!(refused, Some(Denial::RoleRequired));
        assert!(access::<Writes>(&authoriser, 2, group).is_ok());
    }
}

#[test]
fn t_c04_roles_are_compared_by_number_whatever_their_names() {
    let authoriser = authoriser(&[None], vec![user(1, 0, &[(0, 1)]), user(2, 0, &[(0, 2)])]);
    assert!(access::<Writes>(&authoriser, 1, 0).is_ok());
    assert!(access::<Reads>(&authoriser, 1, 0).is_ok());
    assert!(access::<Writes>(&authoriser, 2, 0).is_err());
    assert!(access::<Reads>(&authoriser, 2, 0).is_err());
}

#[test]
fn t_c05_a_caller_may_grant_only_what_it_holds_there_at_or_below_the_executing_group() {
    let (mut may, mut may_not) = (0, 0);
    for seed in 0..1000 {
        let mut rng = Rng(seed);
        let size = 1 + rng.below(12);
        let parents: Vec<_> = (0..size).map(|group| rng.below(group + 1).checked_sub(1)).collect();
        let most = if rng.chance(30) { 40 } else { 5 };
        let grants: Vec<(usize, u32)> =
            (0..1 + rng.below(most)).map(|_| (rng.below(size), rng.pick(&[1, 2, 3]))).collect();
        let world = memory(&parents, vec![user(1, 0, &grants)], Vec::new());
        let directory = MemoryDirectory::new(world.clone()).unwrap();
        let authoriser = Authoriser::new(MemoryDirectory::new(world).unwrap());
        for executing in 0..size {
            let Ok(access) = access::<Writes>(&authoriser, 1, executing) else { continue };
            for (group, role) in (0..size).flat_map(|group| [1, 2, 3].map(|role| (group, role))) {
                // By the parents, and one by one.
                let holds = grants
                    .iter()
                    .any(|(at, held)| *held == role && is_at_or_above(&parents, *at, group));
                let expected = holds && is_at_or_above(&parents, executing, group);
                let record = directory.group(name(group)).now_or_never();
                let Some(Ok(stored)) = record else { panic!() };
                let got = access.may_grant(&stored, RoleNumber::new(role).unwrap());
                assert_eq!(got, expected, "seed {seed}: {executing} {group} {role}");
                *(if expected { &mut may } else { &mut may_not }) += 1;
            }
        }
    }
    assert!(may > 5_000 && may_not > 5_000, "{may} {may_not}");
}

#[test]
fn t_c05_a_group_whose_path_is_not_that_of_the_executing_group_is_not_below_it() {
    let users = vec![user(1, 0, &[(0, 1), (1, 1), (2, 1)])];
    let authoriser = authoriser(&[None, Some(0), None], users);
    let access = access::<Writes>(&authoriser, 1, 1).unwrap();
    let one = RoleNumber::new(1).unwrap();
    let below = |owners: &[usize]| {
        let owners: Vec<_> = owners.iter().map(|owner| name(*owner)).collect();
        Group::new(name(9), owners.last().copied(), &owners).unwrap()
    };
    assert!(access.may_grant(&below(&[0, 1]), one));
    assert!(access.may_grant(&below(&[0, 1, 3]), one));
    // The executing group is in the path, but not where it is by its own record.
    assert!(!access.may_grant(&below(&[1]), one));
    assert!(!access.may_grant(&below(&[2, 1]), one));
    assert!(!access.may_grant(&below(&[2, 0, 1]), one));
    assert!(!access.may_grant(&below(&[0]), one));
}

#[test]
fn t_f01_whatever_set_of_groups_holds_the_grants_only_those_at_or_above_count() {
    let largest = if exhaustive() { 6 } else { 4 };
    let mut worlds = 0;
    for size in 1..=largest {
        for parents in forests(size) {
            let granted_in = |set: usize| (0..size).filter(move |group| set >> group & 1 == 1);
            let users = (0..1 << size).map(|set| {
                let grants: Vec<_> = granted_in(set).map(|group| (group, 1)).collect();
                user(set, 0, &grants)
            });
            let authoriser = authoriser(&parents, users.collect());
            for (set, executing) in
                (0..1 << size).flat_map(|set| (0..size).map(move |group| (set, group)))
            {
                let counts = granted_in(set).any(|at| is_at_or_above(&parents, at, executing));
                let presented = Presented::take(&mut headers(set, executing));
                let decision = authoriser.decide(Some(Writes::POLICY), &presented);
                let denial = decision.now_or_never().unwrap().denial();
                let expected = (!counts).then_some(Denial::RoleRequired);
                assert_eq!(denial, expected, "{parents:?} {set:b} {executing}");
                worlds += 1;
            }
        }
    }
    assert!(worlds >= 7072, "{worlds}");
}

#[test]
fn t_f01_in_every_forest_of_seven_groups_a_grant_counts_there_and_below() {
    if !exhaustive() {
        return;
    }
    for parents in forests(7) {
        let forest = Forest::new(&parents, 0);
        for (user, executing) in (0..7).flat_map(|user| (0..7).map(move |group| (user, group))) {
            let (got, expected) = forest.answers(user, executing, false);
            let counts = is_at_or_above(&parents, user, executing);
            assert_eq!(got, expected, "{parents:?} {user} {executing}");
            assert_eq!(got == "ALLOW", counts, "{parents:?} {user} {executing}");
        }
    }
}

#[test]
fn t_f02_the_group_that_owns_the_caller_grants_nothing_and_is_never_a_default() {
    let [home, below_home, elsewhere, below_elsewhere] = [0, 1, 2, 3];
    let parents = [None, Some(home), None, Some(elsewhere)];
    let authoriser = authoriser(&parents, vec![user(1, home, &[(elsewhere, 1)])]);
    // Another tree than the caller's own is decided by the grant alone.
    for group in [elsewhere, below_elsewhere] {
        let access = access::<Writes>(&authoriser, 1, group).unwrap();
        assert_eq!(access.scope().group(), name(group));
    }
    for group in [home, below_home] {
        let refused = access::<Writes>(&authoriser, 1, group).err();
        assert_eq!(refused, Some(Denial::RoleRequired));
    }
    let mut without_group = headers(1, home);
    without_group.remove("x-group");
    let refused = authoriser.authorise::<Writes>(&mut without_group).now_or_never().unwrap();
    assert_eq!(refused.err(), Some(Denial::GroupMissing));
}

#[test]
fn t_f06_an_ancestor_acts_through_a_descendant_and_the_wall_is_the_role_check() {
    let authoriser = Authoriser::new(Spy::new());
    // From above, by naming the group below: what that group owns, and nothing else.
    let access = access::<PutDesk>(&authoriser, BROKER_ADMIN, CORPORATE).unwrap();
    assert!(access.scope().permit(Some(desk(CORPORATE))).is_ok());
    for other in [BROKER, INDIVIDUAL] {
        let refused = access.scope().permit(Some(desk(other))).err();
        assert_eq!(refused, Some(Denial::ResourceNotFound));
    }
    // By naming the group above, not what is below: WRITE scoping stops accidents.
    let access = self::access::<PutDesk>(&authoriser, BROKER_ADMIN, BROKER).unwrap();
    let refused = access.scope().permit(Some(desk(CORPORATE))).err();
    assert_eq!(refused, Some(Denial::ResourceNotOwned));
    // From below, or from aside, there is no way.
    for other in [BROKER, INDIVIDUAL] {
        let refused = self::access::<PutDesk>(&authoriser, CORPORATE_ADMIN, other).err();
        assert_eq!(refused, Some(Denial::RoleRequired));
    }
}
