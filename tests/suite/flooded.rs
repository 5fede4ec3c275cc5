//! What strangers can do to the audit and the log by calling often: they push out nobody's records,
//! and what they write is bounded.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    Authoriser, Denial, MemoryDirectory, World,
    audit::{Audit, AuditRecord, AuditSink, AuditWrite},
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::method;
use tokio::sync::Semaphore;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    answers::Caller,
    audited::Kept,
    service::{BROKER_ADMIN, CORPORATE, Fault, Spy},
};

/// Decides a call, as a guard does.
async fn get(authoriser: &Authoriser, mut headers: HeaderMap) -> Result<(), Denial> {
    authoriser.authorise::<method::GetDesk>(&mut headers).await.map(drop)
}

fn admin() -> HeaderMap {
    Caller::new(BROKER_ADMIN, CORPORATE).headers()
}

/// A caller of whom nothing is known.
fn stranger() -> HeaderMap {
    HeaderMap::new()
}

/// A sink that writes a record for each permit.
#[derive(Clone)]
struct Held {
    permits: Arc<Semaphore>,
    kept: Kept,
}

impl AuditSink for Held {
    fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a> {
        Box::pin(async move {
            self.permits.acquire().await.unwrap().forget();
            self.kept.write(record).await
        })
    }
}

#[tokio::test]
async fn t_l05_strangers_push_out_no_record_of_a_caller_who_is_known() {
    for order in [[0, 1], [1, 0]] {
        let sink = Held { permits: Arc::new(Semaphore::new(0)), kept: Kept::default() };
        let audit = Audit::best_effort(sink.clone(), 100);
        let authoriser = Authoriser::builder(Spy::new()).audit(audit.clone()).build();
        for who in order {
            for _ in 0..[100, 10_000][who] {
                match who {
                    0 => get(&authoriser, admin()).await.unwrap(),
                    _ => {
                        let denial = get(&authoriser, stranger()).await.unwrap_err();
                        assert_eq!(denial, Denial::CredentialsMissing);
                    }
                }
            }
        }
        sink.permits.add_permits(1_000_000);
        audit.flush().await;
        let known = sink.kept.all().iter().filter(|record| record.entity.is_some()).count();
        assert_eq!(known, 100);
        // A quarter of the length is theirs, and what is not written is counted.
        let others = sink.kept.all().len() - known;
        assert!((25..=26).contains(&others), "{others}");
        assert_eq!(audit.lost_unidentified(), 10_000 - others as u64);
        assert_eq!(audit.lost(), audit.lost_unidentified());
    }
}

#[tokio::test]
async fn t_l05_records_of_strangers_wait_until_nothing_else_does() {
    let sink = Held { permits: Arc::new(Semaphore::new(0)), kept: Kept::default() };
    let audit = Audit::best_effort(sink.clone(), 100);
    let authoriser = Authoriser::builder(Spy::new()).audit(audit.clone()).build();
    for _ in 0..10 {
        get(&authoriser, stranger()).await.unwrap_err();
    }
    for _ in 0..10 {
        get(&authoriser, admin()).await.unwrap();
    }
    sink.permits.add_permits(20);
    audit.flush().await;
    let known: Vec<_> = sink.kept.all().iter().map(|record| record.entity.is_some()).collect();
    assert_eq!(known, [[true; 10], [false; 10]].concat());
    assert_eq!(audit.lost(), 0);
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// The fields of each event since the last time.
    fn take(&self) -> Vec<serde_json::Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        let read = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
        text.lines().map(|line| read(line)["fields"].take()).collect()
    }
}

/// Reads what is logged on this thread, on which the whole test runs.
fn read_log() -> (Lines, impl Sized) {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).finish();
    (lines, tracing::subscriber::set_default(subscriber))
}

fn reasons(lines: &[serde_json::Value], reason: &str) -> usize {
    lines.iter().filter(|fields| fields["reason"] == reason && fields["event"] == "CALL").count()
}

fn left_out(lines: &[serde_json::Value]) -> Vec<(&str, u64)> {
    let told = lines.iter().filter(|fields| fields["left_out"].is_u64());
    told.map(|fields| {
        (fields["reason"].as_str().unwrap_or_default(), fields["left_out"].as_u64().unwrap())
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn t_i01_denials_of_strangers_are_logged_by_sample_with_the_number_left_out() {
    let (log, _here) = read_log();
    let directory = Spy::new();
    let authoriser = Authoriser::builder(directory.clone()).build();
    let mut unknown = stranger();
    unknown.insert("x-api-key", HeaderValue::from_static("?"));
    for _ in 0..1000 {
        get(&authoriser, stranger()).await.unwrap_err();
    }
    for _ in 0..15 {
        get(&authoriser, unknown.clone()).await.unwrap_err();
    }
    let lines = log.take();
    assert_eq!(reasons(&lines, "CREDENTIALS_MISSING"), 10);
    assert_eq!(reasons(&lines, "CREDENTIALS_INVALID"), 10);
    assert_eq!(left_out(&lines), []);

    // At the end of the window it is said what was left out, even if nobody calls any more.
    tokio::time::sleep(Duration::from_millis(10_001)).await;
    let mut lines = log.take();
    lines.sort_by_key(|fields| fields["reason"].to_string());
    let expected = [("CREDENTIALS_INVALID", 5), ("CREDENTIALS_MISSING", 990)];
    assert_eq!((lines.len(), left_out(&lines)), (2, expected.to_vec()));

    // The next window begins anew; who is known is never left out.
    for _ in 0..20 {
        get(&authoriser, stranger()).await.unwrap_err();
        let known = Caller::new(BROKER_ADMIN, 999).headers();
        assert_eq!(get(&authoriser, known).await, Err(Denial::RoleRequired));
    }
    let lines = log.take();
    assert_eq!(reasons(&lines, "CREDENTIALS_MISSING"), 10);
    assert_eq!(reasons(&lines, "ROLE_REQUIRED"), 20);

    // Nobody is identified while the directory is out of reach. What is wrong with a record that
    // somebody has is said each time.
    directory.fail(Fault::Unreachable);
    for _ in 0..20 {
        get(&authoriser, admin()).await.unwrap_err();
    }
    directory.fail(Fault::UnusableUser);
    for _ in 0..20 {
        get(&authoriser, admin()).await.unwrap_err();
    }
    let lines = log.take();
    assert_eq!(reasons(&lines, "DIRECTORY_UNAVAILABLE"), 10);
    assert_eq!(reasons(&lines, "INTERNAL"), 20);
}

#[test]
fn t_i01_without_a_runtime_what_strangers_have_logged_is_bounded_all_the_same() {
    let (log, _here) = read_log();
    let authoriser = Authoriser::new(MemoryDirectory::new(World::new()).unwrap());
    for _ in 0..50 {
        get(&authoriser, stranger()).now_or_never().unwrap().unwrap_err();
    }
    assert_eq!(reasons(&log.take(), "CREDENTIALS_MISSING"), 10);
}
