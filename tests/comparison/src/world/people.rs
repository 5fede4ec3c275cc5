//! Users with their grants, and clients.

use super::{Client, Forest, Grant, Rng, User, roles};

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Users of groups anywhere. Most of their grants are in their own group or above it.
pub(super) fn users(rng: &mut Rng, forest: &Forest<'_>, count: usize, grants: usize) -> Vec<User> {
    let mut user = || {
        let owner = forest.any(rng);
        let grants = (0..grants).map(|_| Grant {
            group: if rng.chance(60) { forest.any_above(rng, owner) } else { forest.any(rng) },
            role: roles::number(rng.below(roles::COUNT)),
        });
        let grants = grants.collect();
        User { id: rng.next_u128(), owner, active: rng.chance(95), key: key(rng), grants }
    };
    (0..count).map(|_| user()).collect()
}

/// A new key.
pub(super) fn key(rng: &mut Rng) -> String {
    (0..43).map(|_| char::from(rng.pick(BASE64URL))).collect()
}

/// A client at every third group, of which seven in ten are verified.
pub(super) fn clients(rng: &mut Rng, groups: usize) -> Vec<Client> {
    let owners = (0..u32::try_from(groups).expect("32 bits hold any index")).step_by(3);
    owners.map(|owner| Client { id: rng.next_u128(), owner, verified: rng.chance(70) }).collect()
}
