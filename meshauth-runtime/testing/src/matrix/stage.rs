//! The world of the matrix, and the calls that are made in it.

use std::collections::BTreeMap;

use http::HeaderMap;
use meshauth_runtime::{
    GroupName, MethodPolicy, Presented, Role, RoleNumber, ServicePolicy, VerificationStatus,
};

use super::case::{Case, ClientState, Held, Place, Situation};
use crate::world::{TestUser, TestWorld};

/// The largest number that a role can have: from here down, one is looked for that no table knows.
const LAST_ROLE: u32 = i32::MAX as u32;

#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) world: TestWorld,
    /// The roles of all tables, in the order of their numbers.
    pub(super) roles: Vec<Role<'static>>,
    pub(super) cases: Vec<Case>,
}

impl Stage {
    pub(super) fn of(services: &[&'static ServicePolicy]) -> Self {
        let roles = roles(services);
        let mut world = TestWorld::new();
        let groups = Groups::in_world(&mut world);
        let mut stage = Self { world, roles, cases: Vec::new() };
        stage.add_granted(&groups);
        stage.add_faulty(&groups);
        stage
    }

    fn add_granted(&mut self, groups: &Groups) {
        let unlisted = unlisted(&self.roles);
        let listed = self.roles.clone();
        let everywhere = Place::ALL.into_iter().flat_map(|place| {
            let listed = listed.iter().map(move |role| Held::Listed(*role, place));
            let unlisted = unlisted.map(|number| Held::Unlisted(number, place));
            listed.chain(unlisted).chain([Held::Every(place)])
        });
        for held in everywhere.chain([Held::Nothing]) {
            for client in ClientState::ALL {
                let user = self.world.api_user(groups.home(client));
                match held {
                    Held::Listed(role, place) => self.world.grant(user, groups.at(place), role),
                    Held::Unlisted(role, place) => self.world.grant(user, groups.at(place), role),
                    Held::Every(place) => self.grant_all(user, groups.at(place)),
                    Held::Nothing => {}
                }
                let headers = self.world.headers(user, groups.executing);
                self.add(Situation::Granted { held, client }, &headers);
            }
        }
    }

    fn add_faulty(&mut self, groups: &Groups) {
        let all_roles = self.user_with_all_roles(groups);
        let inactive = self.user_with_all_roles(groups);
        self.world.deactivate(inactive);
        let executing = groups.executing;
        let world = &self.world;
        let faulty = [
            (Situation::NoKey, world.anonymous().in_group(executing).headers()),
            (Situation::UnknownKey, world.stranger().in_group(executing).headers()),
            (Situation::Inactive, world.headers(inactive, executing)),
            (Situation::NoGroup, world.caller(all_roles).headers()),
            (Situation::UnknownGroup, world.caller(all_roles).in_unknown_group().headers()),
        ];
        for (situation, headers) in faulty {
            self.add(situation, &headers);
        }
    }

    fn user_with_all_roles(&mut self, groups: &Groups) -> TestUser {
        let user = self.world.api_user(groups.executing);
        self.grant_all(user, groups.executing);
        user
    }

    fn grant_all(&mut self, user: TestUser, group: GroupName) {
        for role in &self.roles {
            self.world.grant(user, group, *role);
        }
    }

    fn add(&mut self, situation: Situation, headers: &HeaderMap) {
        self.cases.push(Case { situation, presented: Presented::read(headers) });
    }
}

/// The groups of the matrix.
///
/// The client of the executing group is verified and the nearest one of an unverified caller is
/// not, although that one's group lies below; and the other way round for a verified caller. So a
/// decision that takes any but the caller's own, nearest client shows.
struct Groups {
    root: GroupName,
    parent: GroupName,
    executing: GroupName,
    sibling: GroupName,
    child: GroupName,
    unverified: GroupName,
    verified: GroupName,
    without_client: GroupName,
}

impl Groups {
    fn in_world(world: &mut TestWorld) -> Self {
        let root = world.group();
        let parent = world.group_below(root);
        let [executing, sibling] = [world.group_below(parent), world.group_below(parent)];
        let [child, unverified] = [world.group_below(executing), world.group_below(executing)];
        let verified = world.group_below(unverified);
        let without_client = world.group();
        world.client(executing, VerificationStatus::Verified);
        world.client(unverified, VerificationStatus::Pending);
        world.client(verified, VerificationStatus::Verified);
        Self { root, parent, executing, sibling, child, unverified, verified, without_client }
    }

    fn at(&self, place: Place) -> GroupName {
        match place {
            Place::Root => self.root,
            Place::Parent => self.parent,
            Place::Executing => self.executing,
            Place::Sibling => self.sibling,
            Place::Child => self.child,
        }
    }

    /// The group that owns a caller with this client.
    fn home(&self, client: ClientState) -> GroupName {
        match client {
            ClientState::VerifiedHere => self.executing,
            ClientState::Verified => self.verified,
            ClientState::Unverified => self.unverified,
            ClientState::Missing => self.without_client,
        }
    }
}

/// What the tables know, by method or by role.
fn roles(services: &[&'static ServicePolicy]) -> Vec<Role<'static>> {
    let by_method = services.iter().flat_map(|service| service.methods());
    let by_role = services.iter().flat_map(|service| service.roles());
    let roles = by_role
        .map(|row| row.role())
        .chain(by_method.flat_map(MethodPolicy::roles))
        .map(|role| (role.number(), role));
    roles.collect::<BTreeMap<_, _>>().into_values().collect()
}

fn unlisted(roles: &[Role<'static>]) -> Option<RoleNumber> {
    let mut numbers = (1..=LAST_ROLE).rev().filter_map(RoleNumber::new);
    numbers.find(|number| roles.iter().all(|role| role.number() != *number))
}
