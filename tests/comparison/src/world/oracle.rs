//! The rules in their plainest form, to draw calls by and to hold every contender to.

use super::{Forest, World};
use crate::contender::{Answer, Reason};

/// Checks 2 to 5 of a call whose headers are well formed; none stands for an unknown one.
pub(super) fn answer(
    world: &World,
    forest: &Forest<'_>,
    method: usize,
    user: Option<u32>,
    group: Option<u32>,
) -> Answer {
    let user = user.map(|user| &world.users[user as usize]).filter(|user| user.active);
    let Some(user) = user else { return Answer::Deny(Reason::CredentialsInvalid) };
    let method = &world.methods[method];
    let counts = |above: u32| {
        user.grants.iter().any(|grant| grant.group == above && method.roles.contains(&grant.role))
    };
    if !group.is_some_and(|group| forest.path_up(group).any(counts)) {
        return Answer::Deny(Reason::RoleRequired);
    }
    let client = |group: u32| {
        // Clients stand in the order of their owners.
        let found = world.clients.binary_search_by_key(&group, |client| client.owner);
        found.ok().map(|at| world.clients[at].verified)
    };
    if method.verified && forest.path_up(user.owner).find_map(client) != Some(true) {
        return Answer::Deny(Reason::VerificationRequired);
    }
    Answer::Allow
}
