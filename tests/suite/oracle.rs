//! The runtime against the oracle: a million random worlds, and every forest of up to six groups.

use std::{collections::BTreeMap, thread};

use futures_util::FutureExt;
use meshauth_runtime::{
    ApiKey, Authoriser, Check, Client, ClientName, ClientType, Decision, Denial, Entity,
    EntityName, Grant, GroupName, MemoryDirectory, Presented, VerificationStatus, World,
    WorldFault,
};
use meshauth_tests::{
    differential::{self, Stored},
    oracle::{self, Call, Policy, Touch},
    worlds::{
        api_key, forest_world, forests, group_name, key_sha256, parent_functions, random_case,
    },
};

const CASES: u64 = 1_000_000;

/// The entry for worlds that were decided by a packed view, too.
const PACKED: &str = "packed";

/// The answers to the cases with these seeds; fails at the first that differs.
fn compare(seeds: impl Iterator<Item = u64>) -> BTreeMap<&'static str, u64> {
    let mut answers = BTreeMap::new();
    for seed in seeds {
        let case = random_case(seed);
        let expected = oracle::answer(&case.world, &case.call);
        let got = differential::answer(&case.world, &case.call);
        assert_eq!(got, expected, "seed {seed}: {case:#?}");
        *answers.entry(expected).or_default() += 1;
        // Where the world can be packed, the packed view decides the same, for the same reasons.
        if let Some(packed) = differential::packed(&case.world, &case.call) {
            let stored = Authoriser::new(Stored::new(case.world.clone()));
            let looked_up = differential::decide(&stored, &case.call);
            assert_eq!(packed.verdict(), looked_up.verdict(), "seed {seed}: {case:#?}");
            let outcomes = |decision: &Decision<'_>| {
                Check::ALL.iter().map(|check| decision.trace().outcome(*check)).collect::<Vec<_>>()
            };
            assert_eq!(outcomes(&packed), outcomes(&looked_up), "seed {seed}: {case:#?}");
            *answers.entry(PACKED).or_default() += 1;
        }
    }
    answers
}

#[test]
fn a_million_random_worlds_are_decided_as_the_oracle_does_and_are_balanced() {
    let halves = [0, 1].map(|half| thread::spawn(move || compare((half..CASES).step_by(2))));
    let mut answers: BTreeMap<&str, u64> = BTreeMap::new();
    for half in halves {
        for (answer, count) in half.join().unwrap() {
            *answers.entry(answer).or_default() += count;
        }
    }
    println!("{answers:#?}");
    let packed = answers.remove(PACKED).unwrap_or_default();
    assert!(packed * 4 > CASES, "{packed} worlds were packed");
    assert_eq!(answers.values().sum::<u64>(), CASES);
    assert!(answers["ALLOW"] * 4 >= CASES, "less than a quarter is allowed");
    // No decision answers these two.
    let elsewhere = [Denial::AuditUnavailable, Denial::ShuttingDown];
    for denial in Denial::ALL.iter().filter(|denial| !elsewhere.contains(denial)) {
        let count = answers.get(denial.reason()).copied().unwrap_or_default();
        assert!(count * 50 > CASES, "{denial:?} is not above 2 %: {count}");
    }
}

/// One directory of each forest: in every group an API user with one grant there and nothing else,
/// and one client.
pub(crate) struct Forest {
    world: oracle::World,
    authoriser: Authoriser,
}

pub(crate) fn name(group: usize) -> GroupName {
    group_name(group).parse().unwrap()
}

pub(crate) fn memory(
    parents: &[Option<usize>],
    entities: Vec<Entity>,
    clients: Vec<Client>,
) -> World {
    let mut world = World::new();
    for (group, parent) in parents.iter().enumerate() {
        world.add_group(name(group), parent.map(name));
    }
    entities.into_iter().for_each(|entity| world.add_entity(entity));
    clients.into_iter().for_each(|client| world.add_client(client));
    world
}

impl Forest {
    pub(crate) fn new(parents: &[Option<usize>], client_owner: usize) -> Self {
        let mut world = forest_world(parents).unwrap();
        let mut users = Vec::new();
        for group in 0..parents.len() {
            let key = api_key(group);
            let user = Entity::new(EntityName::api_user(group as u128), name(group))
                .with_credential(ApiKey::parse(key.as_bytes()).unwrap().digest())
                .with_grants([format!("{}/roles/1", name(group)).parse::<Grant>().unwrap()]);
            world.api_users.push(oracle::ApiUser {
                name: user.name().to_string(),
                key_sha256: key_sha256(key.as_bytes()),
                owner: group_name(group),
                active: true,
                grants: vec![format!("{}/roles/1", group_name(group))],
            });
            users.push(user);
        }
        let client = Client::new(
            ClientName::from_ulid(1),
            name(client_owner),
            ClientType::Company,
            VerificationStatus::Verified,
        );
        world.clients.push(oracle::Client {
            name: client.name().to_string(),
            owner: group_name(client_owner),
            verified: true,
        });
        let memory = MemoryDirectory::new(memory(parents, users, vec![client])).unwrap();
        Self { world, authoriser: Authoriser::new(memory) }
    }

    /// Both answers to a call of the user of `user` in `executing`.
    pub(crate) fn answers(
        &self,
        user: usize,
        executing: usize,
        verified: bool,
    ) -> (&'static str, &'static str) {
        let policy = Policy { write: false, authorised: true, roles: vec![1], verified };
        let call = Call {
            policy: Some(policy.clone()),
            api_key: vec![api_key(user).into_bytes()],
            group: vec![group_name(executing).into_bytes()],
            touch: Touch::Nothing,
        };
        let presented = Presented::read(&differential::headers(&call));
        let decision = self.authoriser.decide(Some(differential::policy(&policy)), &presented);
        let denial = decision.now_or_never().unwrap().denial();
        (denial.map_or("ALLOW", Denial::reason), oracle::answer(&self.world, &call))
    }
}

/// Whether `above` is `group` or an ancestor of it, by walking up: a third opinion.
pub(crate) fn is_at_or_above(parents: &[Option<usize>], above: usize, group: usize) -> bool {
    std::iter::successors(Some(group), |at| parents[*at]).any(|at| at == above)
}

#[test]
fn t_f01_in_every_forest_of_up_to_six_groups_a_grant_counts_there_and_below() {
    let mut allowed = 0_u64;
    for size in 1..=6 {
        for parents in forests(size) {
            let forest = Forest::new(&parents, 0);
            for user in 0..size {
                for executing in 0..size {
                    let (got, expected) = forest.answers(user, executing, false);
                    let counts = is_at_or_above(&parents, user, executing);
                    assert_eq!(got, expected, "{parents:?} {user} {executing}");
                    assert_eq!(got == "ALLOW", counts, "{parents:?} {user} {executing}");
                    allowed += u64::from(counts);
                }
            }
        }
    }
    assert!(allowed > 100_000);
}

#[test]
fn in_every_forest_of_up_to_six_groups_the_client_is_the_nearest_one_above() {
    for size in 1..=6 {
        for parents in forests(size) {
            for client_owner in 0..size {
                let forest = Forest::new(&parents, client_owner);
                for user in 0..size {
                    let (got, expected) = forest.answers(user, user, true);
                    assert_eq!(got, expected, "{parents:?} {client_owner} {user}");
                    let has_client = is_at_or_above(&parents, client_owner, user);
                    let answer = if has_client { "ALLOW" } else { "VERIFICATION_REQUIRED" };
                    assert_eq!(got, answer, "{parents:?} {client_owner} {user}");
                }
            }
        }
    }
}

#[test]
fn t_e01_of_all_parent_functions_on_up_to_six_groups_exactly_the_cyclic_ones_are_refused() {
    let (mut loaded, mut refused) = (0, 0);
    for size in 1..=6 {
        for parents in parent_functions(size) {
            let directory = MemoryDirectory::new(memory(&parents, Vec::new(), Vec::new()));
            // A root that is its own owner is a root; any longer way back to itself is a cycle.
            let roots: Vec<_> = parents
                .iter()
                .enumerate()
                .map(|(group, parent)| parent.filter(|parent| *parent != group))
                .collect();
            match (directory, forest_world(&roots)) {
                (Ok(_), Some(_)) => loaded += 1,
                (Err(error), None) => {
                    assert!(matches!(error.fault(), WorldFault::Cycle(_)), "{parents:?} {error}");
                    refused += 1;
                }
                (directory, _) => panic!("{parents:?} {directory:?}"),
            }
        }
    }
    assert_eq!(loaded + refused, 2 + 9 + 64 + 625 + 7776 + 117_649);
    assert!(loaded > 18_248 && refused > 0);
}
