//! Copies that follow their database.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use meshauth_runtime::{
    Authoriser, Check, Credential, Denial, Directory, Entity, Header, MethodPolicy, Miss,
    Operation, Presented, Role, Validity, Verdict, directory::LiveView,
};
use tokio::time;

use super::{
    database::{bot, digest},
    log::a_desk,
    *,
};
use crate::{
    change::{Change, NewCredential},
    replica::Replica,
    store::Store,
};

pub(super) fn found(view: &LiveView, of: u8) -> Result<std::sync::Arc<Entity>, Miss> {
    view.entity(&Credential::from(digest(of))).now_or_never().unwrap()
}

/// Waits until it is so, and says how long that took.
pub(super) async fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(10), "waited in vain: {what}");
        time::sleep(Duration::from_millis(1)).await;
    }
    began.elapsed()
}

pub(super) async fn add_key(database: &Database, of: u8) {
    add_key_in(&database.store, of).await;
}

pub(super) async fn add_key_in(store: &Store, of: u8) {
    let digest = digest(of);
    let key = NewCredential {
        digest: &digest,
        label: "test",
        validity: Validity::ALWAYS,
        created: std::time::UNIX_EPOCH,
    };
    let add = async |change: &mut Change| change.add_credential(bot(1), &key).await;
    change(store, add).await.unwrap();
}

on_each_database! {
    a_change_is_felt_and_the_copy_stays_known_to_be_true,
    what_is_edited_by_hand_is_felt,
    t_o03_a_copy_of_another_history_is_read_anew,
    a_copy_that_is_dropped_stops_following,
    t_i02_unknown_keys_fill_nothing_and_ask_nobody,
}

async fn a_change_is_felt_and_the_copy_stays_known_to_be_true(database: &Database) {
    a_desk(&database.store).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let view = replica.view();
    assert_eq!(found(view, 9).unwrap_err(), Miss::Unknown);
    add_key(database, 9).await;
    let took = until("a new key", || found(view, 9).is_ok()).await;
    assert!(took < Duration::from_secs(1), "{took:?}");

    change(&database.store, async |change| change.grant(bot(1), role(1, 2)).await).await.unwrap();
    until("a grant", || found(view, 9).unwrap().grants().iter().any(|grant| grant == role(1, 2)))
        .await;
    change(&database.store, async |change| change.take_back(bot(1), role(1, 2)).await)
        .await
        .unwrap();
    until("one taken back", || {
        !found(view, 9).unwrap().grants().iter().any(|grant| grant == role(1, 2))
    })
    .await;

    change(&database.store, async |change| change.create_group(group(7), Some(group(2))).await)
        .await
        .unwrap();
    until("a group", || view.group(group(7)).now_or_never().unwrap().is_ok()).await;
    change(&database.store, async |change| change.move_group(group(7), Some(group(1))).await)
        .await
        .unwrap();
    until("its move", || {
        view.group(group(7)).now_or_never().unwrap().unwrap().hierarchy() == [group(1), group(7)]
    })
    .await;
    change(&database.store, async |change| change.remove_group(group(7)).await).await.unwrap();
    until("its end", || view.group(group(7)).now_or_never().unwrap().is_err()).await;

    // Nothing changes, and it is still known to be the truth.
    time::sleep(Duration::from_millis(2500)).await;
    let age = view.age().unwrap();
    assert!(age < Duration::from_millis(1800), "{age:?}");
}

async fn what_is_edited_by_hand_is_felt(database: &Database) {
    a_desk(&database.store).await;
    add_key(database, 9).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let view = replica.view();
    assert!(found(view, 9).is_ok());
    database.by_hand("UPDATE meshauth_entities SET state = 'INACTIVE'").await.unwrap();
    until("the state", || {
        found(view, 9).unwrap().state() == meshauth_runtime::EntityState::Inactive
    })
    .await;
    database.by_hand("DELETE FROM meshauth_credentials").await.unwrap();
    until("the deleted key", || found(view, 9).is_err()).await;
}

async fn t_o03_a_copy_of_another_history_is_read_anew(database: &Database) {
    a_desk(&database.store).await;
    add_key(database, 9).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let view = replica.view();
    assert!(found(view, 9).is_ok());
    // Acknowledged and lost: the database that is there now has never had this key, and its
    // numbers are those of before.
    database
        .by_hand(
            "DELETE FROM meshauth_credentials;
         DELETE FROM meshauth_changes;
         UPDATE meshauth_position SET mark = 'another', position = 1;
         INSERT INTO meshauth_changes (position, mark, kind, name) VALUES
             (1, 'another', 'GROUP', 'groups/00000000000000000000000001')",
        )
        .await
        .unwrap();
    until("the key that was never there", || found(view, 9).is_err()).await;
}

async fn a_copy_that_is_dropped_stops_following(database: &Database) {
    a_desk(&database.store).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let view = replica.view().clone();
    drop(replica);
    time::sleep(Duration::from_millis(1500)).await;
    assert!(view.age().unwrap() > Duration::from_millis(1400));
}

/// There is no cache of what is not there: nothing that strangers could fill, and nothing that hides
/// what is new.
async fn t_i02_unknown_keys_fill_nothing_and_ask_nobody(database: &Database) {
    a_desk(&database.store).await;
    add_key(database, 9).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let view = replica.view();
    refuse_strangers(view);
    assert!(found(view, 9).is_ok());
    // One that was unknown a moment ago.
    assert!(found(view, 8).is_err());
    add_key(database, 8).await;
    let took = until("a key that was unknown", || found(view, 8).is_ok()).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// Has an authoriser refuse millions of keys, each another one, and looks at the memory of the process.
/// `MESHAUTH_STRANGERS=20000000` sets how many.
pub(super) fn refuse_strangers(view: &LiveView) {
    const GROWTH: usize = 16 * 1024 * 1024;
    static POLICY: MethodPolicy =
        MethodPolicy::authorised("/p.v1.S/Get", Operation::Read, &[Role::new(1, "ROLE_ADMIN")]);
    let strangers = std::env::var("MESHAUTH_STRANGERS");
    let strangers = strangers.map_or(2_000_000, |count| count.parse::<u64>().unwrap());
    let authoriser = Authoriser::new(view.clone());
    let stranger = |number: u64| {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        digest[24..].copy_from_slice(&(!number).to_le_bytes());
        let key = meshauth_runtime::KeyDigest::from_bytes(digest);
        Presented::new(Header::Value(key.into()), Header::Value(group(1)))
    };
    let refused = Verdict::Deny { denial: Denial::CredentialsInvalid, by: Check::Entity };
    let before = resident();
    for number in 0..strangers {
        // Answered at once: nobody is asked.
        let answer = authoriser.verdict(Some(&POLICY), &stranger(number)).now_or_never();
        assert_eq!(answer.unwrap(), refused);
    }
    let grown = resident().saturating_sub(before);
    println!("{strangers} unknown keys: {grown} bytes more are resident");
    assert!(grown < GROWTH, "{grown} bytes");
}

/// How much memory the process has, in bytes; nothing where that cannot be asked.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<usize>().ok());
    pages.unwrap_or_default() * 4096
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_file_is_all_that_sqlite_needs() {
    use crate::SqliteDirectory;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh.db");
    let directory = SqliteDirectory::open(&path).await.unwrap();
    assert!(directory.view().unwrap().age().is_some());
    drop(directory);
    SqliteDirectory::open(&path).await.unwrap();
    let not = folder.path().join("not.db");
    std::fs::write(&not, "no database, but a text that is long enough to be looked at").unwrap();
    let error = SqliteDirectory::open(&not).await.unwrap_err();
    assert!(!error.to_string().contains("text that is long"), "{error}");
}
