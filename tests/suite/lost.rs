//! Records that cannot be written: what a best-effort audit loses is counted, and a strict one
//! refuses the WRITE.

use std::{
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    Authoriser, Denial, Revocation,
    audit::{Audit, AuditEvent, AuditRecord, AuditSink, AuditWrite},
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_guard::method},
    worlds::{api_key, group_name},
};
use tokio::sync::Semaphore;
use tonic::{Code, Status};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use crate::{
    answers::{Caller, Rpc, assert_told, drain},
    audited::{Broken, Kept, LONG},
    lasting::until,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Fault, INDIVIDUAL, Running, Spy,
        WITHOUT_ROLE, start_with,
    },
};

/// A sink that breaks when it is told to.
#[derive(Clone, Default)]
struct Breakable {
    broken: Arc<Mutex<Option<Broken>>>,
    kept: Kept,
}

impl AuditSink for Breakable {
    fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a> {
        let broken = *self.broken.lock().unwrap();
        match broken {
            Some(broken) => broken.write_static(),
            None => self.kept.write(record),
        }
    }
}

/// A sink that writes a record for each permit.
#[derive(Clone)]
struct Held {
    permits: Arc<Semaphore>,
    kept: Kept,
}

impl Held {
    fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(0)), kept: Kept::default() }
    }
}

impl AuditSink for Held {
    fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a> {
        Box::pin(async move {
            self.permits.acquire().await.unwrap().forget();
            self.kept.write(record).await
        })
    }
}

async fn start_recorded(audit: &Audit) -> Running {
    start_with(|authoriser| authoriser.max_decision_age(LONG).audit(audit.clone())).await
}

/// Every kind of WRITE, made by somebody who may.
async fn writes(server: &Running) -> Vec<Result<(), Status>> {
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    let note = || admin.request(Note::default());
    let echo = async || {
        let nothing = Caller::default().request(tokio_stream::iter(Vec::new()));
        drain(server.client().echo(nothing).await?.into_inner()).await.map(drop)
    };
    vec![
        server.put(&admin, "2", "").await.map(drop),
        server.client().put_statement(note()).await.map(drop),
        server.call(Rpc::ClientStream, &admin).await,
        server.call(Rpc::BidirectionalStream, &admin).await,
        echo().await,
    ]
}

/// A READ of either kind goes on, a denial of a WRITE is told as ever.
async fn assert_the_rest_goes_on(server: &Running) {
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    server.call(Rpc::Unary, &viewer).await.unwrap();
    server.call(Rpc::ServerStream, &viewer).await.unwrap();
    server.client().r#match(Caller::default().request(())).await.unwrap();
    assert_eq!(server.desks.take_runs(), 3);
    let stranger = Caller::new(WITHOUT_ROLE, BROKER);
    let status = server.put(&stranger, "1", "").await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "ROLE_REQUIRED");
    assert_eq!(server.desks.take_runs(), 0);
}

#[tokio::test]
async fn t_l05_a_best_effort_audit_never_holds_a_call_up() {
    for broken in Broken::ALL {
        let audit = Audit::best_effort(broken, 1000);
        let server = start_recorded(&audit).await;
        let started = Instant::now();
        for written in writes(&server).await {
            written.unwrap();
        }
        assert_eq!(server.desks.take_runs(), 5, "{broken:?}");
        assert_the_rest_goes_on(&server).await;
        assert!(started.elapsed() < Duration::from_secs(2), "{broken:?}");
        if broken != Broken::Hangs {
            audit.flush().await;
            // Nine decisions, and the ends of four streams.
            assert_eq!(audit.lost(), 13, "{broken:?}");
        }
    }
}

#[tokio::test]
async fn t_l05_a_strict_audit_refuses_a_write_whose_record_cannot_be_written() {
    for broken in Broken::ALL {
        let audit = Audit::strict(broken, 1000);
        let server = start_recorded(&audit).await;
        let written = tokio::time::timeout(Duration::from_secs(5), writes(&server)).await;
        for written in written.expect("nothing hangs") {
            let status = written.unwrap_err();
            assert_told(&status, Code::Unavailable, "AUDIT_UNAVAILABLE");
        }
        assert_eq!(server.desks.take_runs(), 0, "{broken:?}");
        if broken == Broken::Hangs {
            assert_eq!(audit.lost(), 5, "{broken:?}");
        } else {
            // The five records, and five that withdraw them.
            audit.flush().await;
            assert_eq!(audit.lost(), 10, "{broken:?}");
        }
        assert_the_rest_goes_on(&server).await;
    }
}

#[tokio::test]
async fn t_l05_a_strict_audit_allows_writes_again_when_its_sink_is_back() {
    let sink = Breakable::default();
    let audit = Audit::strict(sink.clone(), 1000);
    let server = start_recorded(&audit).await;
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    for broken in [Some(Broken::Panics), None, Some(Broken::Fails), None] {
        *sink.broken.lock().unwrap() = broken;
        assert_eq!(server.put(&admin, "2", "").await.is_ok(), broken.is_none());
        assert_eq!(server.desks.take_runs(), usize::from(broken.is_none()));
    }
    audit.flush().await;
    assert_eq!(sink.kept.of(AuditEvent::Call).len(), 2);
    // What withdraws the other two may come when the sink is back.
    let withdrawn = sink.kept.of(AuditEvent::Withdrawn).len() as u64;
    assert_eq!(audit.lost(), 4 - withdrawn);
}

#[tokio::test]
async fn t_l05_a_strict_audit_writes_the_record_before_the_handler_runs() {
    let sink = Held::new();
    let server = start_recorded(&Audit::strict(sink.clone(), 1000)).await;
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    let (mut put, desks) = (Box::pin(server.put(&admin, "2", "")), server.desks.clone());
    let early = tokio::time::timeout(Duration::from_millis(50), &mut put).await;
    assert!(early.is_err());
    assert_eq!((desks.take_runs(), sink.kept.all().len()), (0, 0));
    sink.permits.add_permits(1);
    put.await.unwrap();
    assert_eq!((desks.take_runs(), sink.kept.of(AuditEvent::Call).len()), (1, 1));
}

#[tokio::test]
async fn t_l05_directory_and_sink_share_one_deadline() {
    let server = start_with(|authoriser| {
        let authoriser = authoriser.deadline(Duration::from_secs(1));
        authoriser.audit(Audit::strict(Broken::Hangs, 10))
    })
    .await;
    // Four look-ups: 320 of 1000 milliseconds.
    server.directory.fail(Fault::Slow);
    let caller = Caller::new(BROKER_ADMIN, INDIVIDUAL);
    let started = Instant::now();
    let put = server.client().put_statement(caller.request(Note::default())).await;
    assert_told(&put.unwrap_err(), Code::Unavailable, "AUDIT_UNAVAILABLE");
    assert!(started.elapsed() < Duration::from_millis(1250), "{:?}", started.elapsed());
}

#[tokio::test]
async fn t_l05_an_open_write_stream_whose_record_cannot_be_written_ends() {
    let sink = Breakable::default();
    let server = start_recorded(&Audit::strict(sink.clone(), 1000)).await;
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    let mut request = admin.request(tokio_stream::pending());
    request.metadata_mut().insert("handler", "elsewhere".parse().unwrap());
    let mut client = server.client();
    let mut put = tokio::spawn(async move { client.put_desks(request).await.map(drop) });
    until(|| server.desks.lasting.alive() == 1).await;
    server.authoriser.revocations().announce(Revocation::Everything);
    sink.kept.reach(2).await;
    assert!(tokio::time::timeout(Duration::from_millis(20), &mut put).await.is_err());
    *sink.broken.lock().unwrap() = Some(Broken::Fails);
    server.authoriser.revocations().announce(Revocation::Everything);
    let ended = tokio::time::timeout(Duration::from_secs(5), put).await.expect("it ends");
    let status = ended.unwrap().unwrap_err();
    assert_told(&status, Code::Unavailable, "AUDIT_UNAVAILABLE");
    assert_eq!(server.desks.lasting.alive(), 0);
    assert_eq!(sink.kept.of(AuditEvent::Stream).len(), 1);
}

#[tokio::test]
async fn t_l05_a_full_queue_drops_and_counts() {
    let sink = Held::new();
    let audit = Audit::best_effort(sink.clone(), 4);
    let server = start_recorded(&audit).await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    for _ in 0..20 {
        server.call(Rpc::Unary, &viewer).await.unwrap();
    }
    // One is being written, four wait.
    assert_eq!((sink.kept.all().len(), audit.lost()), (0, 15));
    sink.permits.add_permits(100);
    audit.flush().await;
    assert_eq!((sink.kept.all().len(), audit.lost()), (5, 15));
    // What comes later is written again.
    server.call(Rpc::Unary, &viewer).await.unwrap();
    audit.flush().await;
    assert_eq!((sink.kept.all().len(), audit.lost()), (6, 15));
}

#[tokio::test]
async fn t_l05_a_slow_sink_loses_nothing_that_fits_the_queue() {
    let sink = Held::new();
    let audit = Audit::best_effort(sink.clone(), 100);
    let server = start_recorded(&audit).await;
    for _ in 0..100 {
        let without = Caller::new(WITHOUT_ROLE, BROKER);
        server.call(Rpc::Unary, &without).await.unwrap_err();
    }
    assert_eq!(sink.kept.all().len(), 0);
    sink.permits.add_permits(100);
    audit.flush().await;
    assert_eq!((sink.kept.all().len(), audit.lost()), (100, 0));
}

/// Counts records, and fails to take every hundredth.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>, Arc<AtomicUsize>);

impl AuditSink for Counting {
    fn write<'a>(&'a self, _: &'a AuditRecord) -> AuditWrite<'a> {
        let asked = self.1.fetch_add(1, Ordering::Relaxed);
        if asked % 100 == 99 {
            return Broken::Fails.write_static();
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
}

/// `MESHAUTH_DECISIONS` sets how many.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_l05_every_decision_is_a_record_or_counted_as_lost() {
    let decisions = env::var("MESHAUTH_DECISIONS").map_or(100_000, |count| count.parse().unwrap());
    for (strict, capacity) in [(false, 16), (true, 16), (false, decisions)] {
        let sink = Counting::default();
        let audit = if strict {
            Audit::strict(sink.clone(), capacity)
        } else {
            Audit::best_effort(sink.clone(), capacity)
        };
        let authoriser = Authoriser::builder(Spy::new()).audit(audit.clone()).build();
        let tasks: Vec<_> = (0..4)
            // What is logged of so many decisions, nobody reads.
            .map(|task| {
                let decided = decide(authoriser.clone(), task, decisions / 4);
                tokio::spawn(decided.with_subscriber(NoSubscriber::default()))
            })
            .collect();
        let mut withdrawn = 0;
        for task in tasks {
            withdrawn += task.await.unwrap();
        }
        audit.flush().await;
        let (written, lost) = (sink.0.load(Ordering::Relaxed), audit.lost());
        assert_eq!(written as u64 + lost, decisions as u64 / 4 * 4 + withdrawn, "{audit:?}");
        assert_eq!(withdrawn > 0, strict);
        let failed = (sink.1.load(Ordering::Relaxed) / 100) as u64;
        assert!(if capacity == decisions { lost == failed } else { lost >= failed });
        assert!(written > 0);
    }
}

/// How many of these were refused for want of a record: another record withdraws each.
async fn decide(authoriser: Authoriser, task: usize, count: usize) -> u64 {
    let mut refused = 0;
    for number in 0..count {
        let user = [BROKER_ADMIN, CORPORATE_VIEWER, WITHOUT_ROLE, 99][(number + task) % 4];
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_str(&api_key(user)).unwrap());
        headers.insert("x-group", HeaderValue::from_str(&group_name(CORPORATE)).unwrap());
        let decided = match number % 3 {
            0 => authoriser.authorise::<method::PutDesk>(&mut headers).await.map(drop),
            1 => authoriser.authorise::<method::GetDesk>(&mut headers).await.map(drop),
            _ => authoriser.authorise::<method::Match>(&mut headers).await.map(drop),
        };
        refused += u64::from(decided == Err(Denial::AuditUnavailable));
    }
    refused
}

#[tokio::test]
async fn without_a_runtime_to_write_it_a_record_is_lost_and_counted() {
    let audit = Audit::best_effort(Kept::default(), 10);
    let authoriser = Authoriser::builder(Spy::new()).audit(audit.clone()).build();
    std::thread::spawn(move || {
        use futures_util::FutureExt;
        let mut headers = HeaderMap::new();
        let decided = authoriser.authorise::<method::GetDesk>(&mut headers).now_or_never();
        assert!(decided.unwrap().is_err());
    })
    .join()
    .unwrap();
    assert_eq!(audit.lost(), 1);
}
