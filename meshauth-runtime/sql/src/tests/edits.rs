//! Edits by hand that the tables refuse.

use meshauth_runtime::{EntityName, EntityState, Validity};

use super::{
    log::a_desk,
    rules::{add_key, client, key},
    *,
};
use crate::error::{Refusal, SqlError};

async fn by_hand(database: &Database, sql: &str) -> Refusal {
    match database.by_hand(sql).await {
        Err(SqlError::Refused(refusal)) => refusal,
        other => panic!("{sql}: {other:?}"),
    }
}

on_each_database! {
    t_d01_a_name_in_another_spelling_is_refused,
    names_compare_by_bytes,
    a_word_or_number_out_of_range_is_refused,
    a_row_is_not_replaced_without_being_logged,
}

async fn t_d01_a_name_in_another_spelling_is_refused(database: &Database) {
    a_desk(&database.store).await;
    let ulid = "0000000000000000000000000A";
    let wrong = [
        ulid.to_lowercase(),
        format!("8{}", &ulid[1..]),
        ulid.replace('A', "I"),
        ulid.replace('A', "L"),
        ulid.replace('A', "O"),
        ulid.replace('A', "U"),
        ulid[1..].to_owned(),
        format!("{ulid}0"),
        format!("{ulid}\n"),
        format!(" {ulid}"),
        ulid.replace('A', "٣"),
        ulid.replace('A', "Ａ"),
        ulid.replace('A', " "),
        ulid.replace('A', "-"),
        ulid.replace('A', "/"),
        String::new(),
    ];
    let root = "groups/00000000000000000000000001";
    let inserts = |ulid: &str| {
        [
            format!("INSERT INTO meshauth_groups VALUES ('groups/{ulid}', NULL)"),
            format!(
                "INSERT INTO meshauth_entities VALUES ('api_users/{ulid}', '{root}', 'ACTIVE')"
            ),
            format!("INSERT INTO meshauth_entities VALUES ('users/{ulid}', '{root}', 'ACTIVE')"),
            format!(
                "INSERT INTO meshauth_clients VALUES ('clients/{ulid}', '{root}', 'FUND', 'PENDING')"
            ),
        ]
    };
    for ulid in &wrong {
        for sql in inserts(ulid) {
            assert_eq!(by_hand(database, &sql).await, Refusal::NotCanonical);
        }
    }
    for prefix in ["Groups/", "groups//", "/groups/", "group/", "users/", "clients/", ""] {
        let sql = format!("INSERT INTO meshauth_groups VALUES ('{prefix}{ulid}', NULL)");
        assert_eq!(by_hand(database, &sql).await, Refusal::NotCanonical);
    }
    if database.is_sqlite() {
        for name in [
            "'groups/0' || char(0) || '000000000000000000000000'",
            "'groups/0000000000000000000000000A' || char(0)",
        ] {
            let sql = format!("INSERT INTO meshauth_groups VALUES ({name}, NULL)");
            assert_eq!(by_hand(database, &sql).await, Refusal::NotCanonical, "{name}");
        }
    }
    for sql in inserts(ulid) {
        database.by_hand(&sql).await.unwrap();
    }
    database.store.snapshot().await.unwrap();
}

async fn names_compare_by_bytes(database: &Database) {
    a_desk(&database.store).await;
    let found = "SELECT count(*) FROM meshauth_entities \
         WHERE name = 'API_USERS/00000000000000000000000001' \
         OR name = 'api_users/00000000000000000000000001 ' \
         OR owner = 'Groups/00000000000000000000000002'";
    assert_eq!(database.number(found).await, 0);
    // In the order of bytes `_` is before `s`; in that of a language it is passed over.
    change(&database.store, async |change| {
        change.create_entity(EntityName::user(1), group(1), EntityState::Active).await
    })
    .await
    .unwrap();
    let last = "SELECT name FROM meshauth_entities ORDER BY name DESC LIMIT 1";
    assert_eq!(database.texts(last).await, ["users/00000000000000000000000001"]);
    if database.is_sqlite() {
        return;
    }
    let other = "SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute \
         WHERE attrelid::regclass::text LIKE 'meshauth\\_%' AND attnum > 0 \
         AND attname IN ('name', 'owner', 'above', 'below', 'entity', 'granted_in', 'kind', 'state', \
             'type', 'verification_status') \
         AND attcollation <> '\"C\"'::regcollation";
    assert_eq!(database.texts(other).await.join(" "), "");
}

async fn a_word_or_number_out_of_range_is_refused(database: &Database) {
    a_desk(&database.store).await;
    let (root, entity) =
        ("groups/00000000000000000000000001", "api_users/00000000000000000000000001");
    let client = "clients/00000000000000000000000001";
    for sql in [
        format!("INSERT INTO meshauth_grants VALUES ('{entity}', '{root}', 0)"),
        format!("INSERT INTO meshauth_grants VALUES ('{entity}', '{root}', -1)"),
        format!("INSERT INTO meshauth_grants VALUES ('{entity}', '{root}', 2147483648)"),
        "UPDATE meshauth_entities SET state = 'active'".to_owned(),
        format!("INSERT INTO meshauth_clients VALUES ('{client}', '{root}', 'FUND', 'verified')"),
        format!("INSERT INTO meshauth_clients VALUES ('{client}', '{root}', 'BANK', 'VERIFIED')"),
    ] {
        assert!(matches!(by_hand(database, &sql).await, Refusal::Constraint(_)), "{sql}");
    }
    assert!(database.by_hand("INSERT INTO meshauth_position VALUES (2, 0, '')").await.is_err());
    let renamed = "UPDATE meshauth_groups SET name = 'groups/00000000000000000000000009' \
                   WHERE name = 'groups/00000000000000000000000002'";
    assert_eq!(by_hand(database, renamed).await, Refusal::Renamed);
}

async fn a_row_is_not_replaced_without_being_logged(database: &Database) {
    a_desk(&database.store).await;
    if !database.is_sqlite() {
        for table in ["groups", "entities", "credentials", "grants", "clients", "group_paths"] {
            let sql = format!("TRUNCATE meshauth_{table} CASCADE");
            assert!(database.by_hand(&sql).await.is_err(), "{table}");
        }
        return;
    }
    change(&database.store, async |change| {
        add_key(change, 1, key(1, Validity::ALWAYS)).await?;
        add_key(change, 2, key(2, Validity::ALWAYS)).await?;
        change.put_client(&client(1, 1)).await?;
        change.put_client(&client(2, 2)).await
    })
    .await
    .unwrap();
    let (one, other) = ("01".repeat(32), "02".repeat(32));
    let (root, second) =
        ("groups/00000000000000000000000001", "api_users/00000000000000000000000002");
    let replaced_group =
        "REPLACE INTO meshauth_groups VALUES ('groups/00000000000000000000000002', NULL)"
            .to_owned();
    let replaced_key = format!(
        "REPLACE INTO meshauth_credentials SELECT digest, '{second}', 'x', NULL, NULL, 0 \
         FROM meshauth_credentials WHERE digest = x'{one}'"
    );
    let taken_key = format!(
        "UPDATE OR REPLACE meshauth_credentials SET digest = x'{one}' WHERE digest = x'{other}'"
    );
    let third = "clients/00000000000000000000000003";
    let replaced_client =
        format!("REPLACE INTO meshauth_clients VALUES ('{third}', '{root}', 'FUND', 'VERIFIED')");
    let taken_group = format!("UPDATE OR REPLACE meshauth_clients SET owner = '{root}'");
    for (sql, refused) in [
        (replaced_group, Refusal::Duplicate),
        (replaced_key, Refusal::Duplicate),
        (taken_key, Refusal::Duplicate),
        (replaced_client, Refusal::SecondClient),
        (taken_group, Refusal::SecondClient),
    ] {
        assert_eq!(by_hand(database, &sql).await, refused, "{sql}");
    }
}
