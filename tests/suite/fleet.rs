//! Thousands of streams of many tenants, over a directory that is slow and answers few at once: what
//! becomes of one tenant is nothing to the others.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use meshauth_runtime::{
    Authoriser, AuthoriserBuilder, Client, Credential, DEFAULT_DECISION_AGE, Directory, Entity,
    EntityName, Grant, Group, GroupName, KeyDigest, Lookup, MemoryDirectory, Miss, Revocation,
    RoleNumber, World, tonic::GuardedRoutes,
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{
        Note, desk_service_client::DeskServiceClient, desk_service_guard::Guard,
    },
    worlds::{api_key, key_sha256},
};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    task::JoinSet,
    time::{self, Instant},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Status,
    transport::{Endpoint, Server},
};

use crate::{
    answers::{Caller, assert_told},
    audited::LONG,
    service::Desks,
};

/// Waits until it is so, for half a minute: there are thousands of streams.
async fn until(mut is_so: impl FnMut() -> bool) {
    let waited = time::timeout(Duration::from_secs(30), async {
        while !is_so() {
            time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain");
}

const TENANTS: usize = 50;
const STREAMS_OF_EACH: usize = 160;
const CONNECTIONS: usize = 20;

/// A directory behind five connections.
#[derive(Clone)]
struct Remote(Arc<Inner>);

struct Inner {
    memory: MemoryDirectory,
    connections: Semaphore,
    is_slow: AtomicBool,
    is_down: AtomicBool,
    revoked: Mutex<Option<Credential>>,
    asked: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl Remote {
    fn new() -> Self {
        Self(Arc::new(Inner {
            memory: MemoryDirectory::new(world()).unwrap(),
            connections: Semaphore::new(5),
            is_slow: AtomicBool::new(false),
            is_down: AtomicBool::new(false),
            revoked: Mutex::new(None),
            asked: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
        }))
    }

    /// A query that takes 50 milliseconds of one connection.
    fn query<'a, T: Send + 'a>(&'a self, answer: Lookup<'a, T>) -> Lookup<'a, T> {
        let Inner { connections, is_slow, is_down, under_way, most_under_way, .. } = &*self.0;
        Lookup::later(async move {
            if is_slow.load(Ordering::SeqCst) {
                let _under_way = UnderWay::begin(under_way, most_under_way);
                let _connection = connections.acquire().await.map_err(Miss::unavailable)?;
                time::sleep(Duration::from_millis(50)).await;
            }
            if is_down.load(Ordering::SeqCst) {
                return Err(Miss::unavailable("connection refused"));
            }
            answer.await
        })
    }
}

/// A query that is counted until it ends, or is broken off.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn begin(count: &'a AtomicUsize, most: &AtomicUsize) -> Self {
        most.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Directory for Remote {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        if self.0.revoked.lock().unwrap().as_ref() == Some(credential) {
            return self.query(Lookup::now(Err(Miss::Unknown)));
        }
        self.query(self.0.memory.entity(credential))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.query(self.0.memory.group(name))
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.query(self.0.memory.client(home))
    }
}

fn tenant(number: usize) -> GroupName {
    GroupName::from_ulid(1_000 + number as u128)
}

fn entity(number: usize) -> EntityName {
    EntityName::api_user(2_000 + number as u128)
}

fn credential(number: usize) -> Credential {
    let digest: KeyDigest = key_sha256(api_key(100 + number).as_bytes()).parse().unwrap();
    digest.into()
}

fn world() -> World {
    let mut world = World::new();
    let root = GroupName::from_ulid(1);
    world.add_group(root, None);
    let viewer = RoleNumber::new(5_000_001).unwrap();
    for number in 0..TENANTS {
        world.add_group(tenant(number), Some(root));
        let user = Entity::new(entity(number), tenant(number))
            .with_credential(credential(number))
            .with_grants([Grant::new(tenant(number), viewer)]);
        world.add_entity(user);
    }
    world
}

/// The streams that ended, by tenant, with how they did.
type Ended = Arc<Mutex<BTreeMap<usize, Vec<Status>>>>;

struct Fleet {
    directory: Remote,
    authoriser: Authoriser,
    desks: Desks,
    ended: Ended,
    _streams: JoinSet<()>,
}

impl Fleet {
    async fn start(
        streams_of_each: usize,
        settings: impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder,
    ) -> Self {
        let directory = Remote::new();
        let authoriser = settings(Authoriser::builder(directory.clone())).build();
        let desks = Desks::default();
        let routes = GuardedRoutes::new(authoriser.clone()).add(Guard::new(desks.clone()));
        let server = Server::builder().max_concurrent_streams(10_000);
        let server = server.clone().add_routes(routes.into_routes().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let mut streams = JoinSet::new();
        let ended = Ended::default();
        for _ in 0..CONNECTIONS {
            let channel = Endpoint::from_shared(address.clone()).unwrap().connect().await.unwrap();
            for number in 0..TENANTS {
                for _ in 0..streams_of_each / CONNECTIONS {
                    let mut client = DeskServiceClient::new(channel.clone());
                    let caller = Caller::default()
                        .key(api_key(100 + number))
                        .group(tenant(number).to_string());
                    let ended = Arc::clone(&ended);
                    streams.spawn(async move {
                        let idle = caller.request(Note { text: "idle".to_owned() });
                        let status = match client.watch_desks(idle).await {
                            Ok(stream) => stream.into_inner().message().await.unwrap_err(),
                            Err(status) => status,
                        };
                        ended.lock().unwrap().entry(number).or_default().push(status);
                    });
                }
            }
        }
        let fleet = Self { directory, authoriser, desks, ended, _streams: streams };
        until(|| fleet.alive() == TENANTS * streams_of_each).await;
        fleet.directory.0.is_slow.store(true, Ordering::SeqCst);
        fleet
    }

    fn alive(&self) -> usize {
        self.desks.lasting.alive()
    }

    fn assert_none_ended(&self) {
        let ended = self.ended.lock().unwrap();
        let first = ended.values().flatten().next();
        assert!(ended.is_empty(), "{} tenants lost streams: {first:?}", ended.len());
    }

    /// How many queries there were at once at the most, since the last time.
    fn take_most(&self) -> usize {
        self.directory.0.most_under_way.swap(0, Ordering::SeqCst)
    }

    fn take_asked(&self) -> usize {
        self.directory.0.asked.swap(0, Ordering::SeqCst)
    }
}

/// What is not due by time is asked only for whom it concerns, and once for all that ask the same.
#[tokio::test]
async fn t_i03_an_announcement_asks_one_question_and_only_of_whom_it_names() {
    let fleet = Fleet::start(CONNECTIONS, |authoriser| authoriser.max_decision_age(LONG)).await;
    let revocations = fleet.authoriser.revocations();
    for (revocation, asked) in [
        (Revocation::Entity(entity(7)), 1),
        (Revocation::Entity(entity(TENANTS)), 0),
        (Revocation::Group(tenant(7)), 1),
        (Revocation::Group(GroupName::from_ulid(1)), TENANTS),
        (Revocation::Everything, TENANTS),
    ] {
        fleet.take_asked();
        revocations.announce(revocation);
        time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(fleet.take_asked(), asked, "{revocation:?}");
    }
    fleet.assert_none_ended();
}

/// By time some four would be asked at once, and of what was announced all.
#[tokio::test]
async fn t_i03_so_many_are_asked_at_once_and_no_more() {
    let fleet = Fleet::start(CONNECTIONS, |authoriser| {
        authoriser.rechecks_at_once(2).max_decision_age(Duration::from_secs(8))
    })
    .await;
    fleet.take_most();
    fleet.take_asked();
    time::sleep(Duration::from_secs(7)).await;
    assert!(fleet.take_asked() >= TENANTS);
    assert_eq!(fleet.take_most(), 2);

    fleet.authoriser.revocations().announce(Revocation::Everything);
    until(|| fleet.directory.0.asked.load(Ordering::SeqCst) >= TENANTS).await;
    // What is due meanwhile has as many of its own.
    let most = fleet.take_most();
    assert!((2..=4).contains(&most), "{most} at once");
    fleet.assert_none_ended();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_j01_of_8000_streams_the_revoked_tenants_end_within_the_bound_and_no_other_does() {
    let fleet = Fleet::start(STREAMS_OF_EACH, |authoriser| authoriser).await;
    // Two rounds of rechecks: each tenant's streams are one question. What opened them is over.
    fleet.take_asked();
    fleet.take_most();
    time::sleep(DEFAULT_DECISION_AGE * 2).await;
    fleet.assert_none_ended();
    let asked = fleet.take_asked();
    assert!((2 * TENANTS..=4 * TENANTS).contains(&asked), "{asked} look-ups of entities");
    let most = fleet.take_most();
    assert!(most <= 16, "{most} at once");

    let revoked = 7;
    *fleet.directory.0.revoked.lock().unwrap() = Some(credential(revoked));
    let announced = Instant::now();
    fleet.authoriser.revocations().announce(Revocation::Entity(entity(revoked)));
    let ended = || fleet.ended.lock().unwrap().get(&revoked).map_or(0, Vec::len);
    until(|| ended() == STREAMS_OF_EACH).await;
    let took = announced.elapsed();
    assert!(took < DEFAULT_DECISION_AGE / 2, "{took:?}");
    println!("{} streams ended {took:?} after the announcement", ended());

    // Nothing of it reaches the others.
    time::sleep(DEFAULT_DECISION_AGE).await;
    let all = std::mem::take(&mut *fleet.ended.lock().unwrap());
    assert_eq!(all.keys().collect::<Vec<_>>(), [&revoked]);
    for status in &all[&revoked] {
        assert_told(status, Code::Unauthenticated, "CREDENTIALS_INVALID");
    }
    assert_eq!(fleet.alive(), (TENANTS - 1) * STREAMS_OF_EACH);

    // A directory that comes back in time was never gone; one that does not ends all of them.
    fleet.directory.0.is_down.store(true, Ordering::SeqCst);
    time::sleep(DEFAULT_DECISION_AGE / 10).await;
    fleet.directory.0.is_down.store(false, Ordering::SeqCst);
    time::sleep(DEFAULT_DECISION_AGE).await;
    fleet.assert_none_ended();
    fleet.directory.0.is_down.store(true, Ordering::SeqCst);
    let down = Instant::now();
    until(|| fleet.alive() == 0).await;
    let took = down.elapsed();
    // Within the bound no message passes any more; that all of them are gone takes the processor longer.
    assert!(took < DEFAULT_DECISION_AGE * 3, "{took:?}");
    let ended = fleet.ended.lock().unwrap();
    for status in ended.values().flatten().take(100) {
        assert_told(status, Code::Unavailable, "DIRECTORY_UNAVAILABLE");
    }
}
