//! Decisions by a directory are those of the same world in memory.

use meshauth_runtime::{
    Authoriser, Credential, Directory, Entity, GroupName, Header, MemoryDirectory, MethodPolicy,
    Operation, Presented, Role, Verdict, World,
};

use super::worlds::{ROLES, group, key};

const A: Role<'_> = Role::new(ROLES[0], "ROLE_A");
const B: Role<'_> = Role::new(ROLES[1], "ROLE_B");

pub(super) static READ: MethodPolicy =
    MethodPolicy::authorised("/contract.v1.Service/Read", Operation::Read, &[A, B]);
static WRITE: MethodPolicy =
    MethodPolicy::authorised("/contract.v1.Service/Write", Operation::Write, &[B]);
static VERIFIED: MethodPolicy =
    MethodPolicy::authorised("/contract.v1.Service/Verified", Operation::Write, &[A, B]).verified();
static PUBLIC: MethodPolicy = MethodPolicy::public("/contract.v1.Service/Public", Operation::Read);

pub(super) async fn assert_agree(directory: impl Directory, world: &World) {
    let authoriser = Authoriser::new(directory);
    let difference = first_difference(&authoriser, world).await;
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

/// The first call that is decided otherwise than by this world in memory: all callers, known or not,
/// in all groups, on methods of each kind.
pub(super) async fn first_difference(authoriser: &Authoriser, world: &World) -> Option<String> {
    let memory = match MemoryDirectory::new(world.clone()) {
        Ok(memory) => Authoriser::new(memory),
        Err(error) => return Some(format!("the world of the contract is refused: {error}")),
    };
    let known = world.entities().iter().flat_map(Entity::credentials);
    let keys = known.map(|(credential, _)| Header::Value(credential.clone()));
    let stranger = Header::Value(Credential::from(key(200)));
    let keys: Vec<_> = keys.chain([stranger, Header::Missing, Header::Malformed]).collect();
    let groups = world.groups().iter().map(|(name, _)| Header::Value(*name));
    let groups: Vec<_> =
        groups.chain([Header::Value(group(6)), Header::Missing, Header::Malformed]).collect();
    for policy in [&READ, &WRITE, &VERIFIED, &PUBLIC] {
        for key in &keys {
            for group in &groups {
                let presented = Presented::new(key.clone(), *group);
                let expected = memory.verdict(Some(policy), &presented).await;
                let told = authoriser.verdict(Some(policy), &presented).await;
                if told != expected {
                    return Some(difference(policy, *group, told, expected));
                }
            }
        }
    }
    None
}

fn difference(
    policy: &MethodPolicy,
    group: Header<GroupName>,
    told: Verdict,
    expected: Verdict,
) -> String {
    let path = policy.path();
    format!(
        "{path} in {group:?}: decided as {told:?}, where a directory in memory says {expected:?}"
    )
}
