//! Changes in the name of whoever makes them.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{
    ApiKey, Client, ClientName, ClientType, Entity, EntityName, EntityState, Grant, GroupName,
    RoleNumber, Validity, VerificationStatus, World,
};

use super::{
    database::{bot, digest},
    *,
};
use crate::{
    Actor, Administration, AdministrationError, DirectoryFault, Founder,
    error::{Refusal, SqlError},
};

const ADMIN: u32 = 1;
const TRADER: u32 = 2;
const AUDITOR: u32 = 3;

const FORGOTTEN: Duration = Duration::from_mins(1);

on_each_database! {
    a_directory_is_founded_once,
    every_change_has_its_record,
    a_change_is_made_by_who_holds_a_role_for_it_now,
    what_is_changed_is_owned_by_the_executing_group,
    a_move_wants_the_right_in_the_old_and_in_the_new_parent,
    t_c05_nobody_gives_a_role_that_they_do_not_hold,
    t_c05_nobody_lets_in_what_they_could_not_grant,
    a_key_is_issued_rotated_and_revoked,
    t_o11_no_key_is_in_a_record_or_a_debug,
    a_refused_change_leaves_nothing,
    a_check_finds_what_was_done_past_the_triggers,
    a_pruned_log_keeps_the_last_changes,
    what_is_imported_is_what_is_exported,
    t_o06_an_import_with_one_wrong_line_leaves_nothing,
}

fn number(role: u32) -> RoleNumber {
    RoleNumber::new(role).unwrap()
}

/// An administrator of the root (1), with groups 2 and 3 below it, and 4 below 2. A role of auditors is
/// held by nobody. Entity 2 is a trader of group 2, without a key.
struct Office<'d> {
    database: &'d Database,
    administration: Administration,
}

fn actor(entity: u128, executing: u128) -> Actor {
    Actor::new(bot(entity), group(executing), vec![number(ADMIN)])
}

impl<'d> Office<'d> {
    async fn open(database: &'d Database) -> Self {
        let administration = Administration::in_store(database.store.clone());
        let founder = Founder::new(group(1), bot(1), [number(ADMIN), number(TRADER)]);
        administration.found(&founder).await.unwrap();
        for (name, owner) in [(2, 1), (3, 1), (4, 2)] {
            administration.create_group(actor(1, owner), group(name)).await.unwrap();
        }
        administration.create_entity(actor(1, 2), bot(2)).await.unwrap();
        done(administration.grant(actor(1, 2), bot(2), role(TRADER, 2)).await);
        Self { database, administration }
    }

    /// The last record: who, what, before and after.
    async fn record(&self) -> [String; 4] {
        let sql = "SELECT actor || '|' || action || '|' || coalesce(before, '') || '|' || \
                   coalesce(after, '') FROM meshauth_records WHERE request_id IS NOT NULL \
                   ORDER BY id DESC LIMIT 1";
        let record = self.database.texts(sql).await.remove(0);
        let parts: Vec<_> = record.split('|').map(str::to_owned).collect();
        parts.try_into().unwrap()
    }

    async fn records(&self) -> i64 {
        self.database.number("SELECT count(*) FROM meshauth_records").await
    }

    async fn entity(&self, name: EntityName) -> meshauth_runtime::Entity {
        let world = self.database.store.snapshot().await.unwrap().world;
        world.entities().iter().find(|entity| entity.name() == name).unwrap().clone()
    }

    async fn owner(&self, name: GroupName) -> Option<GroupName> {
        let world = self.database.store.snapshot().await.unwrap().world;
        world.groups().iter().find(|(group, _)| *group == name).unwrap().1
    }
}

async fn a_directory_is_founded_once(database: &Database) {
    let administration = Administration::in_store(database.store.clone());
    let founder = Founder::new(group(1), bot(1), [number(ADMIN)]);
    let [key] = administration.found(&founder).await.unwrap().try_into().unwrap();
    let world = database.store.snapshot().await.unwrap().world;
    let entity = &world.entities()[0];
    assert_eq!(entity.name(), bot(1));
    assert_eq!(entity.grants().iter().collect::<Vec<_>>(), [role(ADMIN, 1)]);
    assert_eq!(ApiKey::parse(key.reveal().as_bytes()).unwrap().digest(), *key.digest());
    let again = administration.found(&Founder::new(group(9), bot(9), [])).await;
    assert_eq!(again.map(drop), Err(AdministrationError::Founded));
    assert_eq!(
        database.texts("SELECT actor FROM meshauth_records").await,
        ["the holder of the database"]
    );
}

async fn every_change_has_its_record(database: &Database) {
    let office = Office::open(database).await;
    let administration = &office.administration;
    let [one, two, three, four] = [1, 2, 3, 4].map(group);
    let (admin, trader) = (bot(1), bot(2));
    let client = ClientName::from_ulid(1);
    let said = async |action: &str, before: String, after: String| {
        let expected = [admin.to_string(), action.to_owned(), before, after];
        assert_eq!(office.record().await, expected);
    };
    let empty = String::new;

    done(administration.move_group(actor(1, 1), three, two).await);
    let moved = |owner: GroupName| format!(r#"{{"group":"{three}","owner":"{owner}"}}"#);
    said("groups.move", moved(one), moved(two)).await;
    assert_eq!(office.owner(three).await, Some(two));
    administration.remove_group(actor(1, 2), four).await.unwrap();
    said("groups.remove", format!(r#"{{"group":"{four}","owner":"{two}"}}"#), empty()).await;

    administration.deactivate(actor(1, 2), trader).await.unwrap();
    let state = |state: &str| format!(r#"{{"entity":"{trader}","state":"{state}"}}"#);
    said("entities.deactivate", state("ACTIVE"), state("INACTIVE")).await;
    done(administration.activate(actor(1, 2), trader).await);
    said("entities.activate", state("INACTIVE"), state("ACTIVE")).await;

    let grant = role(TRADER, 3);
    let granted = format!(r#"{{"entity":"{trader}","grant":"{grant}"}}"#);
    done(administration.grant(actor(1, 2), trader, grant).await);
    said("roles.grant", empty(), granted.clone()).await;
    administration.take_back(actor(1, 2), trader, grant).await.unwrap();
    said("roles.take_back", granted, empty()).await;

    administration.create_client(actor(1, 2), client, ClientType::Fund).await.unwrap();
    let made = format!(r#"{{"client":"{client}","owner":"{two}","type":"FUND"}}"#);
    said("clients.create", empty(), made).await;
    let verified = VerificationStatus::Verified;
    done(administration.set_verification(actor(1, 2), client, verified).await);
    let status =
        |status: &str| format!(r#"{{"client":"{client}","verification_status":"{status}"}}"#);
    said("clients.verify", status("NOT_STARTED"), status("VERIFIED")).await;
    done(administration.remove_client(actor(1, 2), client).await);
    said("clients.remove", status("VERIFIED"), empty()).await;

    done(administration.move_entity(actor(1, 2), trader, three).await);
    let owned = |owner: GroupName| format!(r#"{{"entity":"{trader}","owner":"{owner}"}}"#);
    said("entities.move", owned(two), owned(three)).await;
}

async fn a_change_is_made_by_who_holds_a_role_for_it_now(database: &Database) {
    let office = Office::open(database).await;
    let refused = async |actor: Actor| {
        let before = office.records().await;
        let made = office.administration.create_group(actor, group(20)).await;
        assert_eq!(made, Err(AdministrationError::NotAuthorised));
        assert_eq!(office.records().await, before);
    };
    // Another role, none, an entity that is not there, a group that is not.
    refused(Actor::new(bot(1), group(1), vec![number(AUDITOR)])).await;
    refused(Actor::new(bot(1), group(1), vec![])).await;
    refused(actor(2, 2)).await;
    refused(actor(99, 1)).await;
    refused(actor(1, 99)).await;
    // The right was there when the call was let in, and is not when the change is made.
    database
        .by_hand("UPDATE meshauth_entities SET state = 'INACTIVE' WHERE name LIKE '%1'")
        .await
        .unwrap();
    refused(actor(1, 1)).await;
    database.by_hand("UPDATE meshauth_entities SET state = 'ACTIVE'").await.unwrap();
    // A grant below does not count above.
    database
        .by_hand("UPDATE meshauth_grants SET granted_in = 'groups/00000000000000000000000002' WHERE entity LIKE '%1' AND role = 1")
        .await
        .unwrap();
    refused(actor(1, 1)).await;
    office.administration.create_group(actor(1, 4), group(20)).await.unwrap();
}

async fn what_is_changed_is_owned_by_the_executing_group(database: &Database) {
    let office = Office::open(database).await;
    let administration = &office.administration;
    let client = ClientName::from_ulid(1);
    administration.create_client(actor(1, 2), client, ClientType::Company).await.unwrap();
    // Executing group, and what comes of it for what group 2 owns.
    for (executing, expected) in [
        (1, AdministrationError::NotOwned),
        (3, AdministrationError::NotFound),
        (4, AdministrationError::NotFound),
    ] {
        let by = || actor(1, executing);
        let verified = VerificationStatus::Verified;
        let refused = [
            administration.move_group(by(), group(4), group(executing)).await.map(drop),
            administration.remove_group(by(), group(4)).await,
            administration.deactivate(by(), bot(2)).await,
            administration.activate(by(), bot(2)).await.map(drop),
            administration.move_entity(by(), bot(2), group(executing)).await.map(drop),
            administration.remove_client(by(), client).await.map(drop),
            administration.grant(by(), bot(2), role(TRADER, executing)).await.map(drop),
            administration.take_back(by(), bot(2), role(TRADER, 2)).await,
            administration.set_verification(by(), client, verified).await.map(drop),
            administration.issue_key(by(), bot(2), "x", Validity::ALWAYS).await.map(drop),
            administration.revoke_key(by(), bot(2), &digest(1)).await,
        ];
        for refused in refused {
            assert_eq!(refused, Err(expected.clone()), "{executing}");
        }
    }
    // A root has no owner that could be executing.
    let root = administration.remove_group(actor(1, 1), group(1)).await;
    assert_eq!(root, Err(AdministrationError::NotFound));
}

async fn a_move_wants_the_right_in_the_old_and_in_the_new_parent(database: &Database) {
    let office = Office::open(database).await;
    let administration = &office.administration;
    // Down, and up again: the right is held in the root, so in all of the tree.
    done(administration.move_group(actor(1, 1), group(3), group(4)).await);
    done(administration.move_group(actor(1, 4), group(3), group(1)).await);
    done(administration.move_group(actor(1, 2), group(4), group(2)).await);
    administration.create_entity(actor(1, 2), bot(5)).await.unwrap();
    done(administration.move_entity(actor(1, 2), bot(5), group(3)).await);
    done(administration.move_entity(actor(1, 3), bot(5), group(2)).await);
    assert_eq!(office.owner(group(3)).await, Some(group(1)));
    // Held in group 2 only: not to where it is not held, nor from there.
    done(administration.grant(actor(1, 2), bot(2), role(ADMIN, 2)).await);
    let lower = |executing| actor(2, executing);
    for below in [1, 3, 99] {
        let moved = administration.move_group(lower(2), group(4), group(below)).await;
        assert_eq!(moved, Err(AdministrationError::NotFound), "{below}");
        let moved = administration.move_entity(lower(2), bot(5), group(below)).await;
        assert_eq!(moved, Err(AdministrationError::NotFound), "{below}");
    }
    let moved = administration.move_group(lower(1), group(3), group(2)).await;
    assert_eq!(moved, Err(AdministrationError::NotAuthorised));
    // In another tree there are other people and rules, whatever is held there.
    let (tree, held) = (group(50), role(ADMIN, 50));
    change(&database.store, async |change| {
        change.create_group(tree, None).await?;
        change.grant(bot(1), held).await
    })
    .await
    .unwrap();
    for moved in [
        administration.move_group(actor(1, 1), group(3), tree).await,
        administration.move_entity(actor(1, 2), bot(5), tree).await,
    ] {
        assert_eq!(moved, Err(AdministrationError::AnotherTree));
    }
    let cycle = AdministrationError::Database(SqlError::Refused(Refusal::Cycle));
    assert_eq!(administration.move_group(actor(1, 1), group(2), group(4)).await, Err(cycle));
}

async fn t_c05_nobody_gives_a_role_that_they_do_not_hold(database: &Database) {
    let office = Office::open(database).await;
    let administration = &office.administration;
    let grant = async |role: Grant| administration.grant(actor(1, 2), bot(2), role).await;
    assert_eq!(grant(role(AUDITOR, 2)).await, Err(AdministrationError::MayNotGrant));
    assert_eq!(grant(role(ADMIN, 1)).await, Err(AdministrationError::NotFound));
    assert_eq!(grant(role(ADMIN, 3)).await, Err(AdministrationError::NotFound));
    done(grant(role(ADMIN, 4)).await);
    // Held below only: of the entity that has it there now.
    let lower = |executing| Actor::new(bot(2), group(executing), vec![number(ADMIN)]);
    let above = administration.create_group(lower(2), group(20)).await;
    assert_eq!(above, Err(AdministrationError::NotAuthorised));
    administration.create_entity(lower(4), bot(4)).await.unwrap();
    done(administration.grant(lower(4), bot(4), role(ADMIN, 4)).await);
    done(administration.grant(lower(4), bot(4), role(TRADER, 4)).await);
    administration.take_back(lower(4), bot(4), role(TRADER, 4)).await.unwrap();
}

async fn t_c05_nobody_lets_in_what_they_could_not_grant(database: &Database) {
    let office = Office::open(database).await;
    let administration = &office.administration;
    let issue = async || {
        administration.issue_key(actor(1, 2), bot(2), "x", Validity::ALWAYS).await.map(drop)
    };
    issue().await.unwrap();
    administration.deactivate(actor(1, 2), bot(2)).await.unwrap();
    // What the administrator does not hold, and what counts where the administrator does not look.
    for grant in [role(AUDITOR, 2), role(TRADER, 1), role(TRADER, 3)] {
        let granted =
            change(&database.store, async |change| change.grant(bot(2), grant).await).await;
        granted.unwrap();
        assert_eq!(issue().await, Err(AdministrationError::MayNotGrant), "{grant}");
        let activated = administration.activate(actor(1, 2), bot(2)).await;
        assert_eq!(activated, Err(AdministrationError::MayNotGrant), "{grant}");
        // What narrows is not held up.
        administration.deactivate(actor(1, 2), bot(2)).await.unwrap();
        let taken = change(&database.store, async |change| change.take_back(bot(2), grant).await);
        taken.await.unwrap();
    }
    done(administration.activate(actor(1, 2), bot(2)).await);
}

async fn a_key_is_issued_rotated_and_revoked(database: &Database) {
    let office = Office::open(database).await;
    let administration = &office.administration;
    let ends = SystemTime::now() + FORGOTTEN;
    let validity = Validity::ALWAYS.until(ends);
    let first = issued(administration.issue_key(actor(1, 2), bot(2), "laptop", validity).await);
    assert_eq!(office.entity(bot(2)).await.credentials().len(), 1);
    let old = first.digest();
    let overlap = Duration::from_secs(10);
    let rotated =
        administration.rotate_key(actor(1, 2), bot(2), old, overlap, Validity::ALWAYS).await;
    let second = issued(rotated);
    assert_ne!(first.reveal(), second.reveal());
    // Both count for a while, then the new one alone.
    let validities = async || {
        let entity = office.entity(bot(2)).await;
        let of = |key: &crate::IssuedKey| {
            let credential = meshauth_runtime::Credential::from(*key.digest());
            entity.credentials().find(|(held, _)| **held == credential).map(|(_, valid)| valid)
        };
        [of(&first), of(&second)]
    };
    let [Some(first_counts), Some(second_counts)] = validities().await else {
        panic!("a key is lost")
    };
    let now = SystemTime::now();
    assert!(first_counts.contains(now) && !first_counts.contains(now + overlap));
    assert_eq!(second_counts, Validity::ALWAYS);
    // A longer overlap does not make it valid for longer.
    let longer =
        administration.rotate_key(actor(1, 2), bot(2), old, FORGOTTEN * 60, Validity::ALWAYS).await;
    issued(longer);
    assert_eq!(validities().await[0], Some(first_counts));
    let labels = database
        .texts("SELECT DISTINCT label FROM meshauth_credentials WHERE entity LIKE '%2'")
        .await;
    assert_eq!(labels, ["laptop"]);

    let endless = administration
        .rotate_key(actor(1, 2), bot(2), old, Duration::MAX, Validity::ALWAYS)
        .await
        .map(drop);
    let refused = AdministrationError::Database(SqlError::Refused(Refusal::NeverEnds));
    assert_eq!(endless, Err(refused));

    administration.revoke_key(actor(1, 2), bot(2), second.digest()).await.unwrap();
    assert_eq!(validities().await[1], None);
    let again = administration.revoke_key(actor(1, 2), bot(2), second.digest()).await;
    assert_eq!(again, Err(AdministrationError::NotFound));
    let backwards = Validity::ALWAYS.from(ends).until(ends - overlap);
    let never = administration.issue_key(actor(1, 2), bot(2), "x", backwards).await.map(drop);
    let refused = AdministrationError::Database(SqlError::Refused(Refusal::NeverValid));
    assert_eq!(never, Err(refused));
}

async fn t_o11_no_key_is_in_a_record_or_a_debug(database: &Database) {
    let office = Office::open(database).await;
    let by = || actor(1, 2);
    let label = "a \"label\"";
    let key = office.administration.issue_key(by(), bot(2), label, Validity::ALWAYS).await;
    let key = issued(key);
    let rotated =
        office.administration.rotate_key(by(), bot(2), key.digest(), FORGOTTEN, Validity::ALWAYS);
    let rotated = issued(rotated.await);
    office.administration.revoke_key(by(), bot(2), rotated.digest()).await.unwrap();
    assert_eq!(format!("{key:?}"), "IssuedKey(redacted)");
    let records = database
        .texts("SELECT coalesce(before, '') || coalesce(after, '') FROM meshauth_records")
        .await;
    let records = records.concat();
    for key in [&key, &rotated] {
        let hex: Vec<_> =
            key.digest().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!records.contains(key.reveal()) && !records.contains(&hex.concat()));
    }
    assert!(records.contains(r#""label":"a \"label\"""#), "{records}");
}

async fn a_refused_change_leaves_nothing(database: &Database) {
    let office = Office::open(database).await;
    let before = database.store.snapshot().await.unwrap().position;
    let administration = &office.administration;
    let duplicate = administration.create_group(actor(1, 1), group(2)).await;
    let refused = AdministrationError::Database(SqlError::Refused(Refusal::Duplicate));
    assert_eq!(duplicate, Err(refused.clone()));
    assert_eq!(refused.denial(), None);
    let in_use = administration.remove_group(actor(1, 1), group(2)).await;
    assert_eq!(in_use, Err(AdministrationError::Database(SqlError::Refused(Refusal::InUse))));
    assert_eq!(database.store.snapshot().await.unwrap().position, before);
}

async fn a_check_finds_what_was_done_past_the_triggers(database: &Database) {
    let office = Office::open(database).await;
    assert_eq!(office.administration.check().await, Ok(vec![]));
    let off =
        if database.is_sqlite() { "" } else { "SET LOCAL session_replication_role = replica;" };
    let past = async |sql: &str| database.by_hand(&format!("{off} {sql}")).await.unwrap();
    // A path that is not, and one that is no more.
    past("DELETE FROM meshauth_group_paths WHERE above LIKE '%1' AND below LIKE '%4'").await;
    past("INSERT INTO meshauth_group_paths VALUES ('groups/00000000000000000000000003', 'groups/00000000000000000000000004', 1)").await;
    assert_eq!(office.administration.check().await, Ok(vec![DirectoryFault::Paths(2)]));
    past("UPDATE meshauth_changes SET position = position + 1000 WHERE kind = 'GROUP' AND name LIKE '%1'")
        .await;
    let found = office.administration.check().await.unwrap();
    assert_eq!(found, [DirectoryFault::Paths(2), DirectoryFault::Log(1)]);
    let said: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "2 rows of meshauth_group_paths are not what the owners of the groups say",
            "1 changes of the log have no place in it",
        ]
    );
}

/// A tree whose groups are not in the order of the tree, with all that there can be.
fn a_world() -> World {
    let mut world = World::new();
    world.add_group(group(1), Some(group(3)));
    world.add_group(group(3), None);
    world.add_group(group(2), Some(group(1)));
    world.add_client(Client::new(
        ClientName::from_ulid(1),
        group(1),
        ClientType::Trust,
        VerificationStatus::Verified,
    ));
    let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    world.add_entity(
        Entity::new(bot(1), group(2))
            .with_credential(digest(1))
            .with_credential_during(digest(2), Validity::ALWAYS.until(ends))
            .with_grants([role(ADMIN, 2), role(TRADER, 3)]),
    );
    world.add_entity(Entity::new(EntityName::user(1), group(3)).with_state(EntityState::Inactive));
    world
}

async fn what_is_imported_is_what_is_exported(database: &Database) {
    let administration = Administration::in_store(database.store.clone());
    administration.import(&a_world()).await.unwrap();
    let exported = administration.export().await.unwrap();
    let view = |world: &World| meshauth_runtime::directory::Update::between(world, &a_world());
    assert!(view(&exported).is_empty(), "{exported:#?}");
    assert_eq!(administration.check().await, Ok(vec![]));
    assert_eq!(
        database.texts("SELECT action || ' ' || after FROM meshauth_records").await,
        [r#"directory.import {"clients":1,"entities":2,"groups":3}"#]
    );
    assert_eq!(administration.import(&a_world()).await, Err(AdministrationError::Founded));
}

async fn t_o06_an_import_with_one_wrong_line_leaves_nothing(database: &Database) {
    let administration = Administration::in_store(database.store.clone());
    let before = database.store.snapshot().await.unwrap().position;
    let mut world = a_world();
    world.add_entity(Entity::new(bot(2), group(2)).with_credential(digest(2)));
    let error = administration.import(&world).await.unwrap_err();
    assert!(error.to_string().contains("entities[2].credentials[0]"), "{error}");
    assert_eq!(database.store.snapshot().await.unwrap().position, before);
}

async fn a_pruned_log_keeps_the_last_changes(database: &Database) {
    let office = Office::open(database).await;
    let early = database.store.snapshot().await.unwrap().position;
    office.administration.create_group(actor(1, 1), group(20)).await.unwrap();
    let late = database.store.snapshot().await.unwrap().position;
    office.administration.create_group(actor(1, 1), group(21)).await.unwrap();
    let records = office.records().await;
    assert!(office.administration.prune_log(2).await.unwrap() > 0);
    assert!(database.reloads(&early).await && !database.reloads(&late).await);
    assert_eq!(office.administration.prune_log(2).await, Ok(0));
    assert_eq!(office.records().await, records);
    assert_eq!(office.administration.prune_log(u32::MAX).await, Ok(0));
    assert_eq!(office.administration.check().await, Ok(vec![]));
}
