//! Worlds and calls to test with: a deterministic random generator, and every small forest.
//!
//! A random case starts as one that should be allowed. Then one thing is done to it that should
//! lead to a chosen answer, in one of many ways, and sometimes one or two more, so that the order
//! of the checks matters. Nothing here says what the answer is: that is for the oracle and the
//! runtime to say. The choice only makes sure that every answer is frequent.
//!
//! Group names, key digests and the owners of clients are unique in a world; names of stored
//! groups, and owners of users and clients, are always canonical; header values hold no byte that
//! HTTP forbids.

mod directory;
mod draft;
mod forest;
mod groups;
mod headers;
mod names;
mod rng;
mod touches;

use self::draft::Draft;
pub use self::{
    forest::{forest_world, forests, parent_functions},
    names::{api_key, group_name, key_sha256},
    rng::Rng,
};
use crate::oracle::{Call, World};

/// A world and one call in it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the directory holds.
    pub world: World,
    /// The call.
    pub call: Call,
}

/// The numbers that the Role enum defines; policies name no others.
pub const ROLES: [i32; 8] = [1, 2, 3, 12, 1_000_000, 1_000_001, 2_000_000, i32::MAX];

/// Well-formed numbers that the Role enum does not define, some of them close to defined ones.
pub const UNDEFINED_ROLES: [i32; 8] = [4, 10, 11, 21, 100_000, 1_000_002, 10_000_000, i32::MAX - 1];

/// The case of a seed: always the same one.
pub fn random_case(seed: u64) -> Case {
    let mut rng = Rng(seed);
    let aim = rng.weighted(&AIMS);
    let mut draft = Draft::new(rng, aim);
    draft.perturb(aim);
    // Further things go wrong, or only look as if.
    let more = draft.rng.weighted(&[(0, 72), (1, 20), (2, 5), (3, 3)]);
    for _ in 0..more {
        let next = draft.rng.weighted(&FURTHER);
        draft.perturb(next);
    }
    Case { world: draft.world, call: draft.call }
}

/// What should happen to a case that would be allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Aim {
    Allow,
    Harmless,
    CredentialsMissing,
    CredentialsInvalid,
    GroupMissing,
    GroupMalformed,
    RoleRequired,
    VerificationRequired,
    ResourceNotFound,
    ResourceNotOwned,
    MethodUnknown,
    DirectoryUnavailable,
    Internal,
}

/// How often each is the first thing that happens.
const AIMS: [(Aim, usize); 13] = [
    (Aim::Allow, 24),
    (Aim::Harmless, 12),
    (Aim::CredentialsMissing, 3),
    (Aim::CredentialsInvalid, 5),
    (Aim::GroupMissing, 4),
    (Aim::GroupMalformed, 6),
    (Aim::RoleRequired, 13),
    (Aim::VerificationRequired, 6),
    (Aim::ResourceNotFound, 6),
    (Aim::ResourceNotOwned, 6),
    (Aim::MethodUnknown, 3),
    (Aim::DirectoryUnavailable, 5),
    (Aim::Internal, 8),
];

/// How often each happens on top.
const FURTHER: [(Aim, usize); 12] = [
    (Aim::Harmless, 30),
    (Aim::CredentialsMissing, 4),
    (Aim::CredentialsInvalid, 6),
    (Aim::GroupMissing, 4),
    (Aim::GroupMalformed, 6),
    (Aim::RoleRequired, 10),
    (Aim::VerificationRequired, 8),
    (Aim::ResourceNotFound, 8),
    (Aim::ResourceNotOwned, 8),
    (Aim::MethodUnknown, 3),
    (Aim::DirectoryUnavailable, 6),
    (Aim::Internal, 7),
];
