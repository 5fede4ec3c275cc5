//! When keys were last used, and which ones want care.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    API_KEY_HEADER, Authoriser, Client, Credential, Directory, Entity, Group, GroupName, KeyDigest,
    Lookup, MethodPolicy, Operation, Presented, RoleNumber, Validity,
    directory::{LastUses, LiveView},
};

use super::{database::bot, *};
use crate::{
    Actor, Administration, AdministrationError, Founder, IssuedKey,
    replica::{Replica, write_down},
};

const DAY: Duration = Duration::from_hours(24);

on_each_database! {
    what_lets_a_call_in_is_noted_to_the_hour,
    an_hour_never_goes_back_and_what_is_gone_is_passed_over,
    unused_keys_are_found_and_revoked_if_they_are_unused_still,
    nothing_is_called_unused_where_no_use_is_noted,
}

fn by() -> Actor {
    Actor::new(bot(1), group(1), vec![RoleNumber::new(1).unwrap()])
}

async fn office(database: &Database) -> (Administration, IssuedKey) {
    let administration = Administration::in_store(database.store.clone());
    let founder = Founder::new(group(1), bot(1), [RoleNumber::new(1).unwrap()]);
    let [key] = administration.found(&founder).await.unwrap().try_into().unwrap();
    (administration, key)
}

/// A copy that notes uses, and writes them down at once.
struct Noting {
    replica: Replica,
    uses: LastUses,
}

impl Directory for Noting {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        self.replica.view().entity(credential)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.replica.view().group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.replica.view().client(home)
    }

    fn view(&self) -> Option<&LiveView> {
        Some(self.replica.view())
    }

    fn last_uses(&self) -> Option<&LastUses> {
        Some(&self.uses)
    }
}

async fn call(authoriser: &Authoriser, key: &str) -> bool {
    use meshauth_runtime::{Method, Public, Read, ServicePolicy};
    struct Now;
    static CLOCK: ServicePolicy = ServicePolicy::new("time.v1.Clock", "0", &[&NOW], &[]);
    static NOW: MethodPolicy = MethodPolicy::public("/time.v1.Clock/Now", Operation::Read);
    impl Method for Now {
        const POLICY: &'static MethodPolicy = &NOW;
        const SERVICE: &'static ServicePolicy = &CLOCK;
        type Kind = Read;
        type Access = Public<Self>;
    }
    let mut headers = HeaderMap::new();
    headers.insert(API_KEY_HEADER, HeaderValue::from_str(key).unwrap());
    let explained = authoriser.decide(Some(&NOW), &Presented::read(&headers)).await;
    let allowed = authoriser.authorise::<Now>(&mut headers).await.is_ok();
    assert_eq!(allowed, explained.denial().is_none());
    allowed
}

async fn what_lets_a_call_in_is_noted_to_the_hour(database: &Database) {
    let (_, key) = office(database).await;
    let replica = Replica::start(database.source()).await.unwrap();
    let uses = LastUses::new();
    let every = Duration::from_millis(20);
    let writing = tokio::spawn(write_down(database.source(), uses.clone(), every));
    let authoriser = Authoriser::new(Noting { replica, uses });
    tokio::time::sleep(every).await;
    assert!(!call(&authoriser, &"A".repeat(43)).await, "nobody has this key");
    let count = "SELECT count(*) FROM meshauth_last_used";
    let started = std::time::Instant::now();
    while database.number(count).await == 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "it was not noted");
        // Before the first hour begins nothing is noted, and a use that is not noted is at the next.
        assert!(call(&authoriser, key.reveal()).await);
        tokio::time::sleep(every).await;
    }
    writing.abort();
    assert_eq!(database.number(count).await, 1);
    let hour = database.number("SELECT hour FROM meshauth_last_used").await;
    let now = i64::try_from(
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros(),
    );
    let since = now.unwrap() - hour;
    assert!((0..2 * crate::store::HOUR).contains(&since), "{since}");
}

async fn an_hour_never_goes_back_and_what_is_gone_is_passed_over(database: &Database) {
    let (_, key) = office(database).await;
    let gone = KeyDigest::from_bytes([9; 32]);
    let hour = |of: i64| of * crate::store::HOUR;
    let noted = async |digests: &[KeyDigest], at| {
        database.store.note_uses(digests, hour(at)).await.unwrap();
        database.number("SELECT hour FROM meshauth_last_used").await
    };
    let digests = [gone, *key.digest()];
    assert_eq!(noted(&digests, 5).await, hour(5));
    assert_eq!(noted(&digests, 4).await, hour(5));
    assert_eq!(noted(&digests, 6).await, hour(6));
    assert_eq!(database.number("SELECT count(*) FROM meshauth_last_used").await, 1);
    assert_eq!(database.number("SELECT first_hour FROM meshauth_uses_noted").await, hour(5));
    assert_eq!(database.number("SELECT last_hour FROM meshauth_uses_noted").await, hour(6));
}

/// Uses are noted since ten days ago and until now; all keys are older than that.
async fn noted_for_ten_days(database: &Database) {
    let hours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 3600;
    let hour = |ago: u64| i64::try_from(hours - ago).unwrap() * crate::store::HOUR;
    for ago in [240, 0] {
        database.store.note_uses(&[], hour(ago)).await.unwrap();
    }
    database.by_hand("UPDATE meshauth_credentials SET created = 0").await.unwrap();
}

async fn unused_keys_are_found_and_revoked_if_they_are_unused_still(database: &Database) {
    let (administration, first) = office(database).await;
    administration.create_entity(by(), bot(2)).await.unwrap();
    let now = SystemTime::now();
    let issue = async |label: &str, validity: Validity| {
        issued(administration.issue_key(by(), bot(2), label, validity).await)
    };
    let soon = issue("soon", Validity::ALWAYS.until(now + 3 * DAY)).await;
    issue("later", Validity::ALWAYS.until(now + 30 * DAY)).await;
    let unused = issue("unused", Validity::ALWAYS.until(now + 30 * DAY)).await;
    let over = issue("over", Validity::ALWAYS.until(now + DAY)).await;
    noted_for_ten_days(database).await;
    database
        .by_hand("UPDATE meshauth_credentials SET valid_until = 1 WHERE label = 'over'")
        .await
        .unwrap();
    let used: Vec<_> = [&first, &soon, &over].map(|key| *key.digest()).to_vec();
    let hour = database.number("SELECT last_hour FROM meshauth_uses_noted").await;
    database.store.note_uses(&used, hour).await.unwrap();

    let care = administration.key_care(9 * DAY, 7 * DAY).await.unwrap();
    let said: Vec<_> = care
        .keys()
        .iter()
        .map(|key| (key.label(), key.unused_since().is_some(), key.ends().is_some()))
        .collect();
    let mut expected = vec![
        ("first key", false, false),
        ("soon", false, true),
        ("later", true, true),
        ("unused", true, true),
    ];
    expected.sort_unstable();
    let mut sorted = said.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    // Nobody could have noted a use eleven days ago.
    let longer = administration.key_care(11 * DAY, Duration::ZERO).await.unwrap();
    assert!(longer.keys().iter().all(|key| key.unused_since().is_none()), "{longer:?}");

    // One is used after it was listed.
    database.store.note_uses(&[*unused.digest()], hour).await.unwrap();
    for key in care.keys().iter().filter(|key| key.unused_since().is_some()) {
        let revoked = administration.revoke_unused_key(by(), key, 9 * DAY).await;
        let expected = match key.label() {
            "later" => Ok(()),
            _ => Err(AdministrationError::KeyInUse),
        };
        assert_eq!(revoked, expected, "{}", key.label());
        let again = administration.revoke_unused_key(by(), key, 9 * DAY).await;
        assert_eq!(again, Err(expected.err().unwrap_or(AdministrationError::NotFound)));
    }
    let labels = database.texts("SELECT label FROM meshauth_credentials ORDER BY label").await;
    assert_eq!(labels, ["first key", "over", "soon", "unused"]);
}

async fn nothing_is_called_unused_where_no_use_is_noted(database: &Database) {
    let (administration, _) = office(database).await;
    database.by_hand("UPDATE meshauth_credentials SET created = 0").await.unwrap();
    let unused = async || {
        let care = administration.key_care(DAY, DAY).await.unwrap();
        let [key] = care.keys() else { panic!("{care:?}") };
        (key.clone(), key.unused_since().is_some())
    };
    assert!(!unused().await.1);
    noted_for_ten_days(database).await;
    assert!(unused().await.1);
    // No service has noted anything for two days.
    database
        .by_hand(&format!(
            "UPDATE meshauth_uses_noted SET last_hour = last_hour - {}",
            48 * crate::store::HOUR
        ))
        .await
        .unwrap();
    let (key, is_unused) = unused().await;
    assert!(!is_unused);
    let revoked = administration.revoke_unused_key(by(), &key, DAY).await;
    assert_eq!(revoked, Err(AdministrationError::KeyInUse));
}
