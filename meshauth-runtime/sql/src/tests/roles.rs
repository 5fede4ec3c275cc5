//! What each of the three roles may do.

use std::time::Duration;

use meshauth_runtime::{
    ClientName, ClientType, EntityName, EntityState, RoleNumber, Validity, VerificationStatus,
};

use super::{
    database::{bot, execute_in},
    log::a_desk,
    postgres::{on_postgres, open_with},
    *,
};
use crate::{
    Actor, Administration, AdministrationError, Agreement, Founder, FourEyes, Outcome,
    POSTGRES_ROLES, error::SqlError, store::ChangesSince,
};

/// As a login that has one of the roles.
async fn as_role(database: &Database, role: &str, sql: &str) -> Result<(), SqlError> {
    let mut session = database.store.write().await?;
    execute_in(&mut session, &format!("SET LOCAL ROLE {role}")).await?;
    execute_in(&mut session, sql).await?;
    session.commit().await
}

on_postgres! {
    t_o12_a_service_cannot_change_the_directory,
    the_roles_are_enough_for_what_they_are_for,
    an_administrator_needs_no_more_than_its_role,
    t_o12_an_administrator_keeps_to_four_eyes_and_does_not_break_the_glass,
}

async fn t_o12_a_service_cannot_change_the_directory(database: &Database) {
    a_desk(&database.store).await;
    let key = "'\\x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'";
    let (root, entity) =
        ("groups/00000000000000000000000001", "api_users/00000000000000000000000001");
    database
        .by_hand(&format!(
            "INSERT INTO meshauth_credentials VALUES ({key}, '{entity}', 'x', NULL, NULL, 0)"
        ))
        .await
        .unwrap();
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    let used = format!(
        "INSERT INTO meshauth_last_used VALUES ({key}, 0)
        ON CONFLICT (digest) DO UPDATE SET hour = excluded.hour"
    );
    as_role(database, "meshauth_service", &used).await.unwrap();
    as_role(database, "meshauth_service", &used).await.unwrap();
    let changes = [
        format!("INSERT INTO meshauth_grants VALUES ('{entity}', '{root}', 7)"),
        "INSERT INTO meshauth_groups VALUES ('groups/00000000000000000000000009', NULL)".to_owned(),
        "UPDATE meshauth_entities SET state = 'INACTIVE'".to_owned(),
        "DELETE FROM meshauth_credentials".to_owned(),
    ];
    let past_the_triggers = [
        "DELETE FROM meshauth_changes",
        "INSERT INTO meshauth_changes (kind, name) VALUES ('GROUP', 'x')",
        "UPDATE meshauth_position SET position = 0",
        "DELETE FROM meshauth_group_paths",
        "UPDATE meshauth_records SET actor = 'x'",
        "DELETE FROM meshauth_records",
        "INSERT INTO meshauth_records (position, actor, action, at) VALUES (1, 'x', 'x', 0)",
        "UPDATE meshauth_schema SET version = 2",
        "SELECT meshauth_log('GROUP', 'x')",
    ];
    for role in ["meshauth_reader", "meshauth_service"] {
        for sql in changes.iter().map(String::as_str).chain(past_the_triggers) {
            assert_eq!(
                as_role(database, role, sql).await,
                Err(SqlError::Forbidden),
                "{role}: {sql}"
            );
        }
        as_role(database, role, "SELECT digest FROM meshauth_credentials").await.unwrap();
    }
    assert_eq!(as_role(database, "meshauth_reader", &used).await, Err(SqlError::Forbidden));
    let before = database.store.snapshot().await.unwrap().position;
    for sql in &changes {
        as_role(database, "meshauth_administrator", sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    assert!(before.number() + 4 == database.store.snapshot().await.unwrap().position.number());
    for sql in past_the_triggers {
        let refused = as_role(database, "meshauth_administrator", sql).await;
        assert_eq!(refused, Err(SqlError::Forbidden), "{sql}");
    }
    // A table that is put before ours is not the one that the triggers write.
    let shadow = "CREATE TEMPORARY TABLE meshauth_changes (LIKE meshauth_changes INCLUDING ALL);
        UPDATE meshauth_entities SET state = 'ACTIVE'; DROP TABLE pg_temp.meshauth_changes";
    let before = database.store.snapshot().await.unwrap().position;
    as_role(database, "meshauth_administrator", shadow).await.unwrap();
    assert_eq!(database.changes(&before).await.entities.len(), 2);
}

async fn the_roles_are_enough_for_what_they_are_for(database: &Database) {
    a_desk(&database.store).await;
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    let as_login = async |role: &str| open_with(database, &format!("&options[role]={role}")).await;
    let administrator = as_login("meshauth_administrator").await;
    let position = change(&administrator, async |change| {
        change.create_group(group(3), Some(group(2))).await?;
        change.move_group(group(3), Some(group(1))).await?;
        change.create_entity(bot(3), group(3), EntityState::Active).await?;
        change.grant(bot(3), role(1, 3)).await
    })
    .await
    .unwrap();
    for reader in ["meshauth_reader", "meshauth_service"] {
        let store = as_login(reader).await;
        assert_eq!(store.snapshot().await.unwrap().position, position);
        let since = store.changes_since(&position).await.unwrap();
        assert!(matches!(since, ChangesSince::Changes(_)));
        let changed =
            change(&store, async |change| change.create_group(group(4), None).await).await;
        assert_eq!(changed, Err(SqlError::Forbidden));
    }
}

async fn an_administrator_needs_no_more_than_its_role(database: &Database) {
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    let owner = Administration::in_store(database.store.clone());
    let number = RoleNumber::new(1).unwrap();
    owner.found(&Founder::new(group(1), bot(1), [number])).await.unwrap();
    let store = open_with(database, "&options[role]=meshauth_administrator").await;
    let administration = Administration::in_store(store);
    let by = || Actor::new(bot(1), group(1), vec![number]);
    administration.create_group(by(), group(2)).await.unwrap();
    administration.create_group(by(), group(3)).await.unwrap();
    done(administration.move_group(by(), group(3), group(2)).await);
    administration.create_entity(by(), bot(2)).await.unwrap();
    done(administration.grant(by(), bot(2), role(1, 2)).await);
    let key = issued(administration.issue_key(by(), bot(2), "key", Validity::ALWAYS).await);
    let hour = Duration::from_hours(1);
    let rotated = administration.rotate_key(by(), bot(2), key.digest(), hour, Validity::ALWAYS);
    let rotated = issued(rotated.await);
    administration.revoke_key(by(), bot(2), rotated.digest()).await.unwrap();
    administration.take_back(by(), bot(2), role(1, 2)).await.unwrap();
    administration.deactivate(by(), bot(2)).await.unwrap();
    done(administration.activate(by(), bot(2)).await);
    done(administration.move_entity(by(), bot(2), group(3)).await);
    let client = ClientName::from_ulid(1);
    administration.create_client(by(), client, ClientType::Fund).await.unwrap();
    let verified = VerificationStatus::Verified;
    done(administration.set_verification(by(), client, verified).await);
    done(administration.remove_client(by(), client).await);
    assert_eq!(administration.check().await, Ok(vec![]));
    // The log is of who owns the tables.
    assert_eq!(administration.prune_log(0).await, Err(SqlError::Forbidden));
    // A service reads, and changes nothing whatever it asks for.
    let store = open_with(database, "&options[role]=meshauth_service").await;
    let service = Administration::in_store(store);
    let refused = service.create_group(by(), group(9)).await;
    assert_eq!(refused, Err(AdministrationError::Database(SqlError::Forbidden)));
}

async fn t_o12_an_administrator_keeps_to_four_eyes_and_does_not_break_the_glass(
    database: &Database,
) {
    database.by_hand(POSTGRES_ROLES).await.unwrap();
    let owner = Administration::in_store(database.store.clone());
    let number = RoleNumber::new(1).unwrap();
    let [one, two] = [1, 2].map(EntityName::user);
    let founder = Founder::new(group(1), one, [number]).with_administrator(two);
    owner.found(&founder).await.unwrap();
    let store = open_with(database, "&options[role]=meshauth_administrator").await;
    let administration = Administration::in_store(store);
    let by = |entity| Actor::new(entity, group(1), vec![number]);
    done(administration.allow_operators(by(one), number).await);
    administration.deny_operators(by(one), number).await.unwrap();
    done(administration.require_four_eyes(by(one), FourEyes::default()).await);
    let key = administration.issue_key(by(one), two, "x", Validity::ALWAYS).await.unwrap();
    let (_, Outcome::Proposed(withdrawn)) = key else { panic!("it did not wait") };
    administration.withdraw(by(two), withdrawn).await.unwrap();
    let ended = administration.end_four_eyes(by(one)).await;
    let Ok(Outcome::Proposed(ended)) = ended else { panic!("{ended:?}") };
    assert_eq!(administration.agree(by(one), ended).await, Err(AdministrationError::CountsAlready));
    assert_eq!(administration.agree(by(two), ended).await, Ok(Agreement::CarriedOut));
    let broken = administration.break_glass(group(1)).await.map(drop);
    assert_eq!(broken, Err(AdministrationError::Database(SqlError::Forbidden)));
    // What was proposed and agreed stays, whoever made whose key too.
    for sql in [
        "DELETE FROM meshauth_proposals",
        "UPDATE meshauth_proposals SET change = '{}'",
        "DELETE FROM meshauth_consents",
        "DELETE FROM meshauth_key_makers",
        "INSERT INTO meshauth_break_glass SELECT name, owner, 0 FROM meshauth_entities",
    ] {
        let refused = as_role(database, "meshauth_administrator", sql).await;
        assert_eq!(refused, Err(SqlError::Forbidden), "{sql}");
    }
}
