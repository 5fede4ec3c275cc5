//! Hierarchies as a store may hold them: in circles, torn, stale, and made anew.

use std::sync::{Arc, RwLock};

use futures_util::FutureExt;
use http::HeaderMap;
use meshauth_runtime::{
    ApiKey, Authoriser, Check, Client, Credential, Denial, Directory, Entity, EntityName, Fault,
    Grant, Group, GroupFinding, GroupName, Header, Lookup, MemoryDirectory, MethodPolicy, Miss,
    Operation, Presented, Role, VerificationFinding, World, WorldFault,
};
use meshauth_tests::{
    differential::{self, Stored},
    oracle::{self, Call, Policy, Touch},
    worlds::{Rng, api_key, forest_world, forests, group_name, key_sha256, parent_functions},
};

use crate::{
    exhaustive,
    oracle::{memory, name},
};

static POLICY: MethodPolicy =
    MethodPolicy::authorised("/p.S/M", Operation::Read, &[Role::new(1, "ROLE")]);

fn user(index: usize, owner: GroupName, granted_in: impl IntoIterator<Item = GroupName>) -> Entity {
    let grant = |group| format!("{group}/roles/1").parse::<Grant>().unwrap();
    Entity::new(EntityName::api_user(index as u128), owner)
        .with_credential(ApiKey::parse(api_key(index).as_bytes()).unwrap().digest())
        .with_grants(granted_in.into_iter().map(grant))
}

/// A directory with one entity, and one answer about groups.
struct Answers(Arc<Entity>, Result<Arc<Group>, Miss>);

impl Directory for Answers {
    fn entity(&self, _: &Credential) -> Lookup<'_, Arc<Entity>> {
        Lookup::now(Ok(self.0.clone()))
    }

    fn group(&self, _: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::now(self.1.clone())
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        panic!("nobody asks for a client")
    }
}

/// The decision on a call of this user, with this answer about the executing group.
fn decided(
    user: &Arc<Entity>,
    executing: GroupName,
    group: Result<Arc<Group>, Miss>,
) -> (Option<Denial>, GroupFinding) {
    let (credential, _) = user.credentials().next().unwrap();
    let presented = Presented::new(Header::Value(credential.clone()), Header::Value(executing));
    let authoriser = Authoriser::new(Answers(user.clone(), group));
    let decision = authoriser.decide(Some(&POLICY), &presented).now_or_never().unwrap();
    (decision.denial(), decision.trace().group())
}

/// The `owners` that a store holds for a group by the parents of all, from the root down; and
/// whether they end in a circle, which is then followed for at least so many steps.
fn stored_owners(parents: &[Option<usize>], node: usize, steps: usize) -> (Vec<usize>, bool) {
    let (mut owners, mut circle, mut at) = (Vec::new(), false, node);
    // A root may be its own parent.
    while let Some(parent) = parents[at].filter(|parent| *parent != at) {
        circle |= parent == node || owners.contains(&parent);
        owners.push(parent);
        if circle && owners.len() >= steps {
            break;
        }
        at = parent;
    }
    owners.reverse();
    (owners, circle)
}

#[test]
fn t_e01_a_stored_path_in_a_circle_is_denied_in_every_world_of_up_to_six_groups() {
    let names: Vec<GroupName> = (0..6).map(name).collect();
    // Whoever is granted everything, everywhere.
    let user = Arc::new(user(1, names[0], names.clone()));
    let (mut allowed, mut denied) = (0, 0);
    for size in 1..=6 {
        for parents in parent_functions(size) {
            for node in 0..size {
                for steps in [0, 2 * size, 64, 65] {
                    let (owners, circle) = stored_owners(&parents, node, steps);
                    let owners: Vec<_> = owners.iter().map(|owner| names[*owner]).collect();
                    let owner = parents[node].map(|parent| names[parent]);
                    let group = Group::new(names[node], owner, &owners).map(Arc::new);
                    if circle {
                        assert!(group.is_err(), "{parents:?} {node} {owners:?}");
                        let told = decided(&user, names[node], Err(Miss::Unusable));
                        let finding = GroupFinding::Missed(names[node], Miss::Unusable);
                        assert_eq!(told, (Some(Denial::RoleRequired), finding));
                        denied += 1;
                        continue;
                    }
                    let told = decided(&user, names[node], Ok(group.unwrap()));
                    assert_eq!(told.0, None, "{parents:?} {node}");
                    allowed += 1;
                    break;
                }
            }
        }
    }
    assert!(allowed > 100_000 && denied > 100_000, "{allowed} {denied}");
}

/// A call of the user of key 1.
fn call(executing: usize, verified: bool) -> Call {
    Call {
        policy: Some(Policy { write: false, authorised: true, roles: vec![1], verified }),
        api_key: vec![api_key(1).into_bytes()],
        group: vec![group_name(executing).into_bytes()],
        touch: Touch::Nothing,
    }
}

/// A world of these groups and the user of key 1, granted the role in some of them.
fn world(
    parents: &[Option<usize>],
    owner: usize,
    granted_in: impl IntoIterator<Item = usize>,
) -> oracle::World {
    let mut world = forest_world(parents).unwrap();
    world.api_users.push(oracle::ApiUser {
        name: "1".to_owned(),
        key_sha256: key_sha256(api_key(1).as_bytes()),
        owner: group_name(owner),
        active: true,
        grants: granted_in.into_iter().map(|at| format!("{}/roles/1", group_name(at))).collect(),
    });
    let client = |owner| oracle::Client { name: String::new(), owner, verified: true };
    world.clients.push(client(group_name(0)));
    world
}

/// Makes the hierarchy of a group inconsistent.
type Tear<'a> = &'a dyn Fn(&mut oracle::World);

#[test]
fn t_e02_a_torn_hierarchy_is_denied_and_operators_see_it() {
    let [root, middle, leaf] = [0, 1, 2];
    let sound = || world(&[None, Some(0), Some(1)], root, [root, middle, leaf]);
    let torn: [(&str, Tear<'_>); 8] = [
        ("the parent has another name", &|world| world.groups[middle].name = group_name(9)),
        ("an orphan", &|world| drop(world.groups.remove(middle))),
        ("empty owners", &|world| world.groups[leaf].owners.clear()),
        ("only itself", &|world| world.groups[leaf].owners = vec![group_name(leaf)]),
        ("no owner", &|world| world.groups[leaf].owner.clear()),
        ("itself as the owner", &|world| world.groups[leaf].owner = group_name(leaf)),
        ("another last owner", &|world| world.groups[leaf].owners.reverse()),
        ("an unknown owner", &|world| {
            world.groups[leaf].owner = group_name(9);
            world.groups[leaf].owners = vec![group_name(9)];
        }),
    ];
    for (what, tear) in torn {
        let mut world = sound();
        tear(&mut world);
        let authoriser = Authoriser::new(Stored::new(world.clone()));
        let decision = differential::decide(&authoriser, &call(leaf, false));
        assert_eq!(decision.denial(), Some(Denial::RoleRequired), "{what}");
        assert_eq!(decision.refused_by(), Some(Check::Group), "{what}");
        let finding = match decision.trace().group() {
            GroupFinding::Missed(group, miss) => (group, miss),
            other => panic!("{what}: {other:?}"),
        };
        assert_eq!(finding, (name(leaf), Miss::Unusable), "{what}");
        assert!(decision.to_string().contains(&group_name(leaf)), "{what}: {decision}");
        assert_eq!(decision.trace().fault(), Some(Fault::HierarchyCorrupt), "{what}");
        assert_eq!(oracle::answer(&world, &call(leaf, false)), "ROLE_REQUIRED", "{what}");

        // Nor does the entity have a client by it.
        world.api_users[0].owner = group_name(leaf);
        let authoriser = Authoriser::new(Stored::new(world.clone()));
        let decision = differential::decide(&authoriser, &call(root, true));
        assert_eq!(decision.denial(), Some(Denial::VerificationRequired), "{what}");
        let finding = VerificationFinding::HomeMissed(name(leaf), Miss::Unusable);
        assert_eq!(decision.trace().verification(), finding, "{what}");
        assert_eq!(decision.trace().fault(), Some(Fault::HierarchyCorrupt), "{what}");
    }
    let authoriser = Authoriser::new(Stored::new(sound()));
    assert_eq!(differential::decide(&authoriser, &call(leaf, true)).denial(), None);

    // In memory, a world with an unknown parent is none.
    let mut orphan = World::new();
    orphan.add_group(name(leaf), Some(name(middle)));
    let refused = MemoryDirectory::new(orphan);
    assert_eq!(*refused.unwrap_err().fault(), WorldFault::UnknownGroup(name(middle)));
}

/// A world in which something is wrong with what is stored of some groups, and a call.
fn corrupted(seed: u64) -> (oracle::World, Call) {
    let mut rng = Rng(seed);
    let size = 2 + rng.below(7);
    let parent = |(group, rng): (usize, &mut Rng)| rng.below(group + 1).checked_sub(1);
    let parents: Vec<_> = (0..size).map(|group| parent((group, &mut rng))).collect();
    let (owner, granted_in) = (rng.below(size), [rng.below(size), rng.below(size)]);
    let mut world = world(&parents, owner, granted_in);
    world.clients[0].owner = group_name(rng.below(size));
    for _ in 0..1 + rng.below(3) {
        corrupt(&mut world, &mut rng);
    }
    let call = call(rng.below(size), rng.chance(30));
    (world, call)
}

fn corrupt(world: &mut oracle::World, rng: &mut Rng) {
    let size = world.groups.len();
    let at = rng.below(size);
    let other = rng.pick(&world.groups);
    let group = &mut world.groups[at];
    let above = group.owners.len();
    match rng.below(10) {
        // Moved; what is below it still has the old path.
        0..=2 => {
            group.owners = [other.owners, vec![other.name.clone()]].concat();
            group.owner = other.name;
        }
        3 => group.owner = other.name,
        4 if above > 0 => group.owners[above - 1] = other.name,
        5 if above > 1 => drop(group.owners.remove(rng.below(above - 1))),
        6 if above > 1 => group.owners[rng.below(above - 1)] = other.name,
        7 if above > 0 => group.owners.insert(rng.below(above), other.name),
        8 if above > 1 => group.owners.swap(0, rng.below(above)),
        9 if size > 1 => drop(world.groups.remove(at)),
        _ => group.owners.clear(),
    }
}

/// The same world by the other representation: the path of each group is what the parents give. One
/// that they do not give is left torn.
fn by_parents(world: &oracle::World) -> oracle::World {
    let owner_of = |name: &String| {
        let group = world.groups.iter().find(|group| group.name == *name)?;
        Some(if group.owner == *name { String::new() } else { group.owner.clone() })
    };
    let path = |group: &oracle::Group| {
        let (mut path, mut at) = (Vec::new(), owner_of(&group.name)?);
        while !at.is_empty() {
            if path.contains(&at) || at == group.name {
                return None;
            }
            path.insert(0, at.clone());
            at = owner_of(&at)?;
        }
        Some(path)
    };
    let mut walked = world.clone();
    for group in &mut walked.groups {
        match path(group) {
            Some(owners) => group.owners = owners,
            None => group.owners = vec![String::new()],
        }
    }
    walked
}

#[test]
fn t_e03_in_corrupted_worlds_an_allow_is_one_by_the_path_and_by_the_parents() {
    let worlds = if exhaustive() || !cfg!(debug_assertions) { 1_000_000 } else { 50_000 };
    let (mut by_path, mut by_both, mut stale) = (0, 0, 0);
    for seed in 0..worlds {
        let (world, call) = corrupted(seed);
        let expected = [&world, &by_parents(&world)].map(|world| oracle::answer(world, &call));

        let taken = differential::decide(&Authoriser::new(Stored::new(world.clone())), &call);
        assert_eq!(taken.denial().map_or("ALLOW", Denial::reason), expected[0], "seed {seed}");
        by_path += u64::from(expected[0] == "ALLOW");
        stale += u64::from(expected[0] == "ALLOW" && expected[1] != "ALLOW");

        let walked = differential::decide(&Authoriser::new(Stored::walking(world)), &call);
        if walked.denial().is_none() {
            assert_eq!(expected, ["ALLOW"; 2], "seed {seed}");
            by_both += 1;
        }
    }
    // The worlds are corrupt enough for it to matter, and not so much that nothing is allowed.
    let enough = worlds / 100;
    assert!(by_both > enough && stale > enough && by_path > by_both, "{by_path} {by_both} {stale}");
}

#[test]
fn t_e06_a_role_in_the_group_itself_counts_in_both_stored_forms_of_every_small_world() {
    for size in 1..=5 {
        for parents in forests(size) {
            for node in 0..size {
                let mut world = world(&parents, node, [node]);
                for with_itself in [false, true] {
                    if with_itself {
                        for group in &mut world.groups {
                            group.owners.push(group.name.clone());
                        }
                    }
                    let authoriser = Authoriser::new(Stored::new(world.clone()));
                    let decision = differential::decide(&authoriser, &call(node, false));
                    assert_eq!(decision.denial(), None, "{parents:?} {node} {with_itself}");
                }
            }
        }
    }
}

/// A directory whose world is another one from now on.
#[derive(Clone)]
struct Changing(Arc<RwLock<Arc<MemoryDirectory>>>);

impl Changing {
    fn now(&self) -> Arc<MemoryDirectory> {
        self.0.read().unwrap().clone()
    }
}

impl Directory for Changing {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        let (now, credential) = (self.now(), credential.clone());
        Lookup::later(async move { now.entity(&credential).await })
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        let now = self.now();
        Lookup::later(async move { now.group(name).await })
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        let (now, home) = (self.now(), home.clone());
        Lookup::later(async move { now.client(&home).await })
    }
}

#[tokio::test]
async fn t_e07_a_group_that_was_deleted_and_made_anew_has_nothing_of_the_old_one() {
    let [left, right, group] = [0, 1, 2];
    // Three users: one granted the role left, one right, and one in the group.
    let world = |parents: &[Option<usize>], in_the_group: Option<usize>| {
        let users = vec![
            user(1, name(left), [name(left)]),
            user(2, name(left), [name(right)]),
            user(3, name(left), in_the_group.map(name)),
        ];
        Arc::new(MemoryDirectory::new(memory(parents, users, Vec::new())).unwrap())
    };
    let directory = Changing(Arc::new(RwLock::new(world(&[None, None, Some(0)], Some(group)))));
    let authoriser = Authoriser::new(directory.clone());
    let allowed = async || {
        let mut allowed = Vec::new();
        for user in 1..=3 {
            let mut headers = HeaderMap::new();
            headers.insert("x-api-key", api_key(user).parse().unwrap());
            headers.insert("x-group", group_name(group).parse().unwrap());
            let decision = authoriser.decide(Some(&POLICY), &Presented::take(&mut headers)).await;
            match decision.denial() {
                None => allowed.push(user),
                Some(denial) => assert_eq!(denial, Denial::RoleRequired),
            }
        }
        allowed
    };
    assert_eq!(allowed().await, [1, 3]);
    *directory.0.write().unwrap() = world(&[None, None], None);
    assert!(allowed().await.is_empty());
    *directory.0.write().unwrap() = world(&[None, None, Some(1)], None);
    assert_eq!(allowed().await, [2]);
}
