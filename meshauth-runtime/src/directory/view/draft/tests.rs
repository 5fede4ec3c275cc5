use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

use super::*;
use crate::{
    credential::{KeyDigest, Validity},
    directory::{Directory, LiveView, World},
    names::{ClientName, EntityName},
    policy::{MethodPolicy, Operation, Role, RoleNumber},
    records::{Client, ClientType, Entity, EntityState, Grant, VerificationStatus},
};

const GROUPS: u128 = 9;
const ENTITIES: u128 = 6;
const KEYS: u8 = 8;

static METHOD: MethodPolicy = MethodPolicy::authorised(
    "/test.v1.Service/Method",
    Operation::Read,
    &[Role::new(1, "ROLE_A"), Role::new(2, "ROLE_B")],
);

/// Numbers that look random, and are other ones in each run.
struct Draws(RandomState, u64);

impl Draws {
    fn below(&mut self, end: u128) -> u128 {
        self.1 += 1;
        u128::from(self.0.hash_one(self.1)) % end
    }

    fn one_in(&mut self, count: u128) -> bool {
        self.below(count) == 0
    }

    fn group(&mut self) -> GroupName {
        GroupName::from_ulid(self.below(GROUPS))
    }

    /// With up to three credentials, some of them for a time.
    fn entity(&mut self) -> Entity {
        let name = self.below(ENTITIES);
        let name = if self.one_in(2) { EntityName::user(name) } else { EntityName::api_user(name) };
        let state = if self.one_in(5) { EntityState::Inactive } else { EntityState::Active };
        let mut entity = Entity::new(name, self.group()).with_state(state);
        for _ in 0..self.below(4) {
            let key = key(u8::try_from(self.below(u128::from(KEYS))).unwrap());
            let until = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
            let validity =
                if self.one_in(3) { Validity::ALWAYS.until(until) } else { Validity::ALWAYS };
            entity = entity.with_credential_during(key, validity);
        }
        let count = self.below(4);
        let grants: Vec<_> = (0..count).map(|_| Grant::new(self.group(), self.role())).collect();
        entity.with_grants(grants)
    }

    fn role(&mut self) -> RoleNumber {
        RoleNumber::new(u32::try_from(self.below(3)).unwrap() + 1).unwrap()
    }

    fn client(&mut self) -> Client {
        let status =
            [VerificationStatus::Verified, VerificationStatus::Failed][usize::from(self.one_in(2))];
        let name = ClientName::from_ulid(self.below(5));
        Client::new(name, self.group(), ClientType::Company, status)
    }

    fn update(&mut self) -> Update {
        let mut update = Update::new();
        for _ in 0..=self.below(4) {
            match self.below(8) {
                0 | 1 => {
                    let owner = (!self.one_in(4)).then(|| self.group());
                    update.put_group(self.group(), owner);
                }
                2 => update.remove_group(self.group()),
                3 | 4 => update.put_entity(self.entity()),
                5 => update.remove_entity(self.entity().name()),
                6 => update.put_client(self.client()),
                _ => update.remove_client(self.client().name()),
            }
        }
        update
    }
}

fn key(number: u8) -> KeyDigest {
    KeyDigest::from_bytes([number; 32])
}

/// All records by name, from which a world can be made anew.
#[derive(Clone, Default)]
struct Records(Update);

impl Records {
    fn changed(&self, update: &Update) -> Self {
        let mut records = self.clone();
        records.0.groups.extend(update.groups.clone());
        records.0.entities.extend(update.entities.clone());
        records.0.clients.extend(update.clients.clone());
        records
    }

    fn world(&self) -> World {
        let mut world = World::new();
        for (name, change) in &self.0.groups {
            match change {
                GroupChange::Root => world.add_group(*name, None),
                GroupChange::Below(owner) => world.add_group(*name, Some(*owner)),
                GroupChange::Removed => {}
            }
        }
        self.0.entities.values().flatten().for_each(|entity| world.add_entity(entity.clone()));
        self.0.clients.values().flatten().for_each(|client| world.add_client(*client));
        world
    }
}

/// All that decisions ask a view.
fn all_answers(view: &View) -> Vec<String> {
    let mut answers = Vec::new();
    for number in 0..KEYS {
        let credential = key(number).into();
        answers.push(format!("{:?}", view.entity(&credential)));
        let Some(row) = view.entity_row(&credential) else { continue };
        answers.push(format!("{:?}", view.client_of(row)));
        let name = view.entity_name(row);
        let found = view.row_of(name, u32::MAX).unwrap();
        assert_eq!(view.entity_name(found), name);
        for group in (0..GROUPS).filter_map(|group| view.group_row(GroupName::from_ulid(group))) {
            let grant = view.grant(row, group, &METHOD).map(|grant| view.grant_of(grant));
            answers.push(format!("{grant:?}"));
        }
    }
    for group in (0..GROUPS).map(GroupName::from_ulid) {
        answers.push(format!("{:?} {:?}", view.group(group), view.client_of_home(group)));
    }
    answers
}

/// Whatever happened to a view, it answers as one that is made of the same records.
#[test]
fn an_updated_view_is_the_view_of_the_updated_world() {
    let mut draws = Draws(RandomState::new(), 0);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..300 {
        let mut records = Records::default();
        let mut view = View::new(&World::new()).unwrap();
        for _ in 0..60 {
            let update = draws.update();
            let changed = records.changed(&update);
            let before = all_answers(&view);
            match (view.updated(&update), View::new(&changed.world())) {
                (Ok((updated, _)), Ok(anew)) => {
                    assert_eq!(all_answers(&updated), all_answers(&anew), "{update:?}");
                    assert_eq!(all_answers(&view), before, "the view itself changed");
                    (records, view) = (changed, updated);
                    taken += 1;
                }
                (Err(_), Err(_)) => refused += 1,
                // Who has no credential is in no view: nothing tells that it still has an owner.
                (Ok(_), Err(error)) if error.path().starts_with("entities[") => {
                    let WorldFault::UnknownGroup(_) = error.fault() else {
                        panic!("{error}: {update:?}");
                    };
                    let Some(entity) = at_fault(&changed.world(), &error) else { continue };
                    assert_eq!(entity.credentials().len(), 0, "{error}: {update:?}");
                }
                (updated, anew) => {
                    panic!("{:?} {:?}: {update:?}", updated.map(drop), anew.map(drop));
                }
            }
        }
    }
    assert!(taken > 3_000 && refused > 1_000, "{taken} taken, {refused} refused");
}

fn at_fault(world: &World, error: &WorldError) -> Option<Entity> {
    let index = error.path().strip_prefix("entities[")?.split_once(']')?.0.parse::<usize>().ok()?;
    world.entities().get(index).cloned()
}

#[test]
fn what_leads_from_one_world_to_another_is_all_that_differs() {
    let mut draws = Draws(RandomState::new(), 0);
    let mut found = 0;
    while found < 200 {
        let records = Records::default().changed(&draws.update()).changed(&draws.update());
        let (before, after) = (records.world(), records.changed(&draws.update()).world());
        let (Ok(view), Ok(anew)) = (View::new(&before), View::new(&after)) else { continue };
        let update = Update::between(&before, &after);
        assert_eq!(update.is_empty(), before == after);
        let (updated, _) = view.updated(&update).unwrap();
        assert_eq!(all_answers(&updated), all_answers(&anew));
        found += 1;
    }
}

/// A tree of three: a root, a child, a grandchild; and one aside.
fn small() -> (World, [GroupName; 4]) {
    let [root, child, grandchild, aside] = [1, 2, 3, 4].map(GroupName::from_ulid);
    let mut world = World::new();
    for (name, owner) in
        [(root, None), (child, Some(root)), (grandchild, Some(child)), (aside, Some(root))]
    {
        world.add_group(name, owner);
    }
    let role = RoleNumber::new(1).unwrap();
    for (number, owner) in [(1, root), (2, grandchild)] {
        let entity = Entity::new(EntityName::api_user(number), owner)
            .with_credential(key(u8::try_from(number).unwrap()))
            .with_grants([Grant::new(owner, role)]);
        world.add_entity(entity);
    }
    let status = VerificationStatus::Verified;
    let client = Client::new(ClientName::from_ulid(1), child, ClientType::Company, status);
    world.add_client(client);
    (world, [root, child, grandchild, aside])
}

fn revoked(update: &Update) -> Vec<Revocation> {
    View::new(&small().0).unwrap().updated(update).unwrap().1
}

#[test]
fn an_update_revokes_what_was_there_and_nothing_else() {
    let (world, [root, child, grandchild, aside]) = small();
    let mut update = Update::new();
    update.put_group(GroupName::from_ulid(9), Some(root));
    update.put_entity(Entity::new(EntityName::api_user(9), root).with_credential(key(9)));
    update.put_group(grandchild, Some(child));
    assert_eq!(revoked(&update), []);

    let mut update = Update::new();
    update.put_group(grandchild, Some(aside));
    assert_eq!(revoked(&update), [Revocation::Group(grandchild)]);

    let mut update = Update::new();
    update.remove_entity(EntityName::api_user(2));
    assert_eq!(revoked(&update), [Revocation::Entity(EntityName::api_user(2))]);

    let mut update = Update::new();
    let client = world.clients()[0];
    let failed = VerificationStatus::Failed;
    update.put_client(Client::new(client.name(), child, client.client_type(), failed));
    assert_eq!(revoked(&update), [Revocation::Group(child)]);

    let mut update = Update::new();
    update.put_client(Client::new(client.name(), aside, client.client_type(), client.status()));
    assert_eq!(revoked(&update), [Revocation::Group(child), Revocation::Group(aside)]);
}

/// What is told, and the change that it is told of.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Update));

#[test]
fn an_update_that_is_refused_names_the_place_and_changes_nothing() {
    let (world, [root, child, grandchild, _]) = small();
    let mut writer = crate::directory::ViewWriter::new();
    writer.replace(View::new(&world).unwrap(), std::time::Instant::now());
    let view: LiveView = writer.view();
    let cases: [Case<'_>; 4] = [
        ("groups[groups/00000000000000000000000001].owner: the owners form a cycle", &|update| {
            update.put_group(root, Some(grandchild));
        }),
        ("groups[groups/00000000000000000000000003].owner: groups/0", &|update| {
            update.remove_group(child);
            update.remove_client(ClientName::from_ulid(1));
        }),
        ("entities[api_users/00000000000000000000000002].owner: groups/0", &|update| {
            update.remove_group(grandchild);
        }),
        (
            "entities[api_users/00000000000000000000000005].credentials[0]: is there twice",
            &|update| {
                let five = EntityName::api_user(5);
                update.put_entity(Entity::new(five, root).with_credential(key(1)));
            },
        ),
    ];
    for (told, change) in cases {
        let mut update = Update::new();
        change(&mut update);
        // Of an update with a fault, nothing is taken.
        update.put_entity(Entity::new(EntityName::api_user(1), root));
        if told.contains("is there twice") {
            update.entities.remove(&EntityName::api_user(1));
        }
        let error = writer.update(&update, std::time::Instant::now()).unwrap_err();
        assert!(error.to_string().starts_with(told), "{error}");
        let still = futures_util::FutureExt::now_or_never(view.entity(&key(1).into()));
        assert!(matches!(still, Some(Ok(_))), "{told}");
    }
}

/// What an update costs is what it touches: one chunk and not the world.
#[test]
fn an_update_shares_all_that_it_does_not_touch() {
    let mut world = World::new();
    let root = GroupName::from_ulid(0);
    world.add_group(root, None);
    for number in 0..10_000_u128 {
        let mut digest = [0; 32];
        digest[..16].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        digest[..8].copy_from_slice(
            &u64::try_from(number).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes(),
        );
        let entity = Entity::new(EntityName::api_user(number), root)
            .with_credential(KeyDigest::from_bytes(digest));
        world.add_entity(entity);
    }
    let view = View::new(&world).unwrap();
    let mut update = Update::new();
    let changed = world.entities()[5_000].clone().with_state(EntityState::Inactive);
    update.put_entity(changed);
    let (updated, _) = view.updated(&update).unwrap();
    let (copied, chunks) = updated.entities.copied_since(&view.entities);
    assert_eq!(copied, 1, "of {chunks}");
    assert!(chunks > 50);
}
