//! A desk service behind its guard, on a real socket, with a directory whose faults are switched on
//! by the tests.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    panic::resume_unwind,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use meshauth_runtime::{
    Authorised, Authoriser, AuthoriserBuilder, Client, ClientType, Credential, Directory, Entity,
    Group, GroupName, KeyDigest, Lookup, MemoryDirectory, Miss, Public, VerificationStatus,
    tonic::{GuardedRoutes, Incoming},
};
use meshauth_tests::{
    SERVICES,
    api::meshauth::testing::desk::v1::{
        Desk, Floor, House, Note,
        desk_service_guard::{self, DeskService, Guard, method},
        floor, house,
    },
    worlds::{api_key, group_name, key_sha256},
};
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt, wrappers::TcpListenerStream};
use tonic::{
    Request, Response, Status,
    transport::{Channel, Server, server::Router},
};

use crate::lasting::Lasting;

/// The groups of the world: a root and two children.
pub(crate) const BROKER: usize = 1;
pub(crate) const CORPORATE: usize = 2;
pub(crate) const INDIVIDUAL: usize = 3;
/// A root of its own, without a client.
pub(crate) const DETACHED: usize = 4;
/// Known to the directory, but inconsistent.
pub(crate) const INCONSISTENT: usize = 8;
/// Not in the directory.
pub(crate) const UNKNOWN: usize = 9;

/// The API users, by the index of their keys. Each is granted its roles in one group.
pub(crate) const BROKER_ADMIN: usize = 11;
pub(crate) const CORPORATE_ADMIN: usize = 12;
pub(crate) const CORPORATE_VIEWER: usize = 13;
pub(crate) const INACTIVE: usize = 14;
pub(crate) const WITHOUT_ROLE: usize = 15;
/// Owned by a group whose nearest client is not verified.
pub(crate) const UNVERIFIED: usize = 16;
/// Owned by a group without a client.
pub(crate) const CLIENTLESS: usize = 18;
/// Its record has a malformed grant.
pub(crate) const UNUSABLE: usize = 17;

/// Holds every role that any method lists, in the group of the broker.
pub(crate) const EVERYTHING: usize = 21;
/// The same, in the corporate client's group.
pub(crate) const CORPORATE_EVERYTHING: usize = 22;
/// The same, in the group of the client that is not verified.
pub(crate) const UNVERIFIED_EVERYTHING: usize = 23;
/// The same, in the group without a client.
pub(crate) const CLIENTLESS_EVERYTHING: usize = 24;

/// What the directory does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Every look-up fails.
    Unreachable,
    /// Every look-up takes for ever.
    Silent,
    /// Every look-up panics when it is asked.
    Panics,
    /// Every look-up panics while it is awaited.
    PanicsLater,
    /// The broker's admin is answered to whatever key.
    OtherApiUser,
    /// The broker is answered to whatever group.
    OtherGroup,
    /// The verified client of another group is answered to whatever group.
    OtherClient,
    /// Only the look-up of groups fails.
    GroupsUnreachable,
    /// Every look-up takes 80 milliseconds.
    Slow,
    /// No key is known any more.
    Revoked,
    /// Nobody holds a grant any more.
    Stripped,
    /// The record of whatever API user is unusable.
    UnusableUser,
    /// The hierarchy of whatever group is inconsistent.
    InconsistentGroup,
    /// The record of whatever client is unusable.
    UnusableClient,
    /// No client is verified any more.
    Unverified,
}

/// A directory that counts what it is asked, and fails as it is told.
#[derive(Clone)]
pub(crate) struct Spy(Arc<Inner>);

struct Inner {
    memory: MemoryDirectory,
    fault: Mutex<Fault>,
    calls: AtomicUsize,
    groups: AtomicUsize,
    /// What happens elsewhere while a group is looked up.
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Spy {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            memory: MemoryDirectory::from_json(&world()).unwrap(),
            fault: Mutex::new(Fault::None),
            calls: AtomicUsize::new(0),
            groups: AtomicUsize::new(0),
            meanwhile: Mutex::new(None),
        }))
    }

    /// Does this while the next group is looked up.
    pub(crate) fn meanwhile(&self, what: impl FnOnce() + Send + 'static) {
        *self.0.meanwhile.lock().unwrap() = Some(Box::new(what));
    }

    pub(crate) fn fail(&self, fault: Fault) {
        *self.0.fault.lock().unwrap() = fault;
    }

    /// The look-ups since the last time this was asked: all of them, and those of groups.
    pub(crate) fn take_calls(&self) -> (usize, usize) {
        (self.0.calls.swap(0, Ordering::SeqCst), self.0.groups.swap(0, Ordering::SeqCst))
    }

    /// Whether anything was looked up since the last time that was asked.
    pub(crate) fn was_asked(&self) -> bool {
        self.0.calls.load(Ordering::SeqCst) > 0
    }

    /// What a general fault answers; none if the look-up goes on.
    fn faulty<T: Send + Sync + 'static>(&self) -> Option<Lookup<'static, T>> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let fault = *self.0.fault.lock().unwrap();
        match fault {
            Fault::Unreachable => {
                Some(Lookup::later(async { Err(Miss::unavailable("connection refused")) }))
            }
            Fault::Silent => Some(Lookup::later(std::future::pending())),
            // Panics that say nothing: there are hundreds of them.
            Fault::Panics => resume_unwind(Box::new("the directory breaks")),
            Fault::PanicsLater => {
                Some(Lookup::later(async { resume_unwind(Box::new("the directory breaks")) }))
            }
            _ => None,
        }
    }

    fn fault(&self) -> Fault {
        *self.0.fault.lock().unwrap()
    }
}

impl Directory for Spy {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        if let Some(faulty) = self.faulty() {
            return faulty;
        }
        if *credential == digest(UNUSABLE).into() {
            return Lookup::now(Err(Miss::Unusable));
        }
        match self.fault() {
            Fault::OtherApiUser => Lookup::later(async { self.admin().await }),
            Fault::Revoked => Lookup::now(Err(Miss::Unknown)),
            Fault::UnusableUser => Lookup::now(Err(Miss::Unusable)),
            Fault::Stripped => {
                let found = self.0.memory.entity(credential);
                Lookup::later(async {
                    let user = found.await?;
                    Ok(Arc::new(Entity::clone(&user).with_grants([])))
                })
            }
            Fault::Slow => slowly(self.0.memory.entity(credential)),
            _ => self.0.memory.entity(credential),
        }
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.0.groups.fetch_add(1, Ordering::SeqCst);
        if let Some(faulty) = self.faulty() {
            return faulty;
        }
        let meanwhile = self.0.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        match self.fault() {
            Fault::Slow => slowly(self.0.memory.group(name)),
            Fault::InconsistentGroup => Lookup::now(Err(Miss::Unusable)),
            Fault::GroupsUnreachable => Lookup::now(Err(Miss::unavailable("switched off"))),
            Fault::OtherGroup => self.0.memory.group(group(BROKER)),
            _ if name == group(INCONSISTENT) => Lookup::now(Err(Miss::Unusable)),
            _ => self.0.memory.group(name),
        }
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        if let Some(faulty) = self.faulty() {
            return faulty;
        }
        let client = |owner, status| {
            let name = "clients/0000000000000000000000000Z".parse().unwrap();
            Lookup::now(Ok(Client::new(name, owner, ClientType::Company, status)))
        };
        match self.fault() {
            Fault::OtherClient => client(group(CORPORATE), VerificationStatus::Verified),
            Fault::Unverified => client(home.name(), VerificationStatus::Pending),
            Fault::UnusableClient => Lookup::now(Err(Miss::Unusable)),
            Fault::Slow => slowly(self.0.memory.client(home)),
            _ => self.0.memory.client(home),
        }
    }
}

fn slowly<'a, T: Send + 'a>(answer: Lookup<'a, T>) -> Lookup<'a, T> {
    Lookup::later(async {
        tokio::time::sleep(Duration::from_millis(80)).await;
        answer.await
    })
}

impl Spy {
    async fn admin(&self) -> Result<Arc<Entity>, Miss> {
        let name = "api_users/0000000000000000000000000Z".parse().unwrap();
        let entity = Entity::new(name, group(BROKER)).with_credential(digest(BROKER_ADMIN));
        Ok(Arc::new(entity))
    }
}

pub(crate) fn group(index: usize) -> GroupName {
    group_name(index).parse().unwrap()
}

fn digest(user: usize) -> KeyDigest {
    key_sha256(api_key(user).as_bytes()).parse().unwrap()
}

fn world() -> String {
    let group = |index, owner: Option<usize>| match owner {
        Some(owner) => {
            format!(r#"{{"name": "{}", "owner": "{}"}}"#, group_name(index), group_name(owner))
        }
        None => format!(r#"{{"name": "{}"}}"#, group_name(index)),
    };
    let user = |index, state, owner, roles: &[u32]| {
        let grants = roles.iter().map(|role| format!("\"{}/roles/{role}\"", group_name(owner)));
        format!(
            r#"{{"name": "api_users/000000000000000000000000{index}", "owner": "{}", "state": "{state}",
                "credentials": [{{"key_sha256": "{}"}}], "roles": [{}]}}"#,
            group_name(owner),
            key_sha256(api_key(index).as_bytes()),
            grants.collect::<Vec<_>>().join(",")
        )
    };
    let client = |index, owner, status| {
        format!(
            r#"{{"name": "clients/0000000000000000000000000{index}", "owner": "{}",
                "type": "COMPANY", "verification_status": "{status}"}}"#,
            group_name(owner)
        )
    };
    let groups = [
        group(BROKER, None),
        group(CORPORATE, Some(BROKER)),
        group(INDIVIDUAL, Some(BROKER)),
        group(DETACHED, None),
    ];
    let (trading_admin, trading_viewer) = (5_000_000, 5_000_001);
    let services = SERVICES.into_iter().chain([&desk_service_guard::POLICY]);
    let every: BTreeSet<_> = services
        .flat_map(|service| service.roles())
        .map(|row| row.role().number().value())
        .collect();
    let every: Vec<_> = every.into_iter().collect();
    let users = [
        user(BROKER_ADMIN, "ACTIVE", BROKER, &[trading_admin, 1_000_000]),
        user(CORPORATE_ADMIN, "ACTIVE", CORPORATE, &[trading_admin]),
        user(CORPORATE_VIEWER, "ACTIVE", CORPORATE, &[trading_viewer]),
        user(INACTIVE, "INACTIVE", BROKER, &[trading_admin]),
        user(WITHOUT_ROLE, "ACTIVE", BROKER, &[9_000_000]),
        user(CLIENTLESS, "ACTIVE", DETACHED, &[1_000_000]),
        user(UNVERIFIED, "ACTIVE", INDIVIDUAL, &[1_000_000]),
        user(EVERYTHING, "ACTIVE", BROKER, &every),
        user(CORPORATE_EVERYTHING, "ACTIVE", CORPORATE, &every),
        user(UNVERIFIED_EVERYTHING, "ACTIVE", INDIVIDUAL, &every),
        user(CLIENTLESS_EVERYTHING, "ACTIVE", DETACHED, &every),
    ];
    let clients = [client(1, BROKER, "VERIFIED"), client(2, INDIVIDUAL, "PENDING")];
    format!(
        r#"{{"groups": [{}], "entities": [{}], "clients": [{}]}}"#,
        groups.join(","),
        users.join(","),
        clients.join(",")
    )
}

/// The desk of a group, as it is stored.
pub(crate) fn desk(owner: usize) -> Desk {
    let path: &[usize] = if owner == BROKER { &[BROKER] } else { &[BROKER, owner] };
    Desk {
        name: format!("desk of {owner}"),
        owner: group_name(owner),
        owners: path.iter().map(|group| group_name(*group)).collect(),
    }
}

/// The desk of a group, as a caller would send it: without `owners`.
pub(crate) fn sent(owner: usize) -> Desk {
    Desk { owners: Vec::new(), ..desk(owner) }
}

/// What a note asks for: the stored desk of a group. `leak 2` answers it without a look at the
/// scope.
fn asked(text: &str) -> Option<Desk> {
    let index = text.rsplit(' ').next().and_then(|word| word.parse().ok());
    index.filter(|index| (BROKER..=INDIVIDUAL).contains(index)).map(desk)
}

/// What `slow 2` asks for before anything else: longer than the tests let a decision live.
pub(crate) const SLOW: Duration = Duration::from_millis(300);

async fn take_time(text: &str) {
    if text.starts_with("slow") {
        tokio::time::sleep(SLOW).await;
    }
}

/// Handlers that use their scope, unless they are asked to leak.
#[derive(Clone, Default)]
pub(crate) struct Desks {
    /// How often a handler ran.
    pub(crate) runs: Arc<AtomicUsize>,
    /// What came through the streams of requests, in order.
    seen: Arc<Mutex<Vec<String>>>,
    /// What handlers hold that go on until they are stopped.
    pub(crate) lasting: Lasting,
}

impl Desks {
    pub(crate) fn take_runs(&self) -> usize {
        self.runs.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    pub(crate) fn seen(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub(crate) fn take_seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn see(&self, message: &Result<Desk, Status>) {
        let name = message.as_ref().map_or("refused", |desk| desk.name.as_str());
        self.seen.lock().unwrap().push(name.to_owned());
    }

    fn run<T>(&self, request: &Request<T>) {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let metadata = request.metadata();
        assert!(metadata.get("x-api-key").is_none() && metadata.get("x-group").is_none());
    }
}

type Stored = Pin<Box<dyn Stream<Item = Result<Desk, Status>> + Send>>;

impl DeskService for Desks {
    async fn get_desk(
        &self,
        access: Authorised<method::GetDesk>,
        request: Request<Note>,
    ) -> Result<Response<Desk>, Status> {
        self.run(&request);
        let text = request.into_inner().text;
        assert_ne!(text, "panic", "as it was asked to");
        take_time(&text).await;
        let found = asked(&text);
        if text.starts_with("leak") {
            return Ok(Response::new(found.unwrap_or_default()));
        }
        let mut response = Response::new(access.scope().permit(found)?);
        if text.starts_with("id") {
            tracing::info!(target: "meshauth_test", "in the handler");
            let id = access.request_id().to_string().parse().unwrap();
            response.metadata_mut().insert("handled-as", id);
        }
        Ok(response)
    }

    async fn get_statement(
        &self,
        access: Authorised<method::GetStatement>,
        request: Request<Note>,
    ) -> Result<Response<Note>, Status> {
        self.run(&request);
        Ok(Response::new(Note { text: access.entity().to_string() }))
    }

    async fn put_statement(
        &self,
        access: Authorised<method::PutStatement>,
        request: Request<Note>,
    ) -> Result<Response<Note>, Status> {
        self.run(&request);
        Ok(Response::new(Note { text: access.entity().to_string() }))
    }

    type WatchStatementsStream = Pin<Box<dyn Stream<Item = Result<Note, Status>> + Send>>;

    async fn watch_statements(
        &self,
        _access: Authorised<method::WatchStatements>,
        request: Request<Note>,
    ) -> Result<Response<Self::WatchStatementsStream>, Status> {
        self.run(&request);
        match request.get_ref().text.as_str() {
            "idle" => Ok(Response::new(Box::pin(self.lasting.idle()))),
            _ => Ok(Response::new(Box::pin(tokio_stream::once(Ok(Note::default()))))),
        }
    }

    async fn put_desk(
        &self,
        access: Authorised<method::PutDesk>,
        request: Request<Desk>,
    ) -> Result<Response<Desk>, Status> {
        self.run(&request);
        let sent = request.into_inner();
        assert_ne!(sent.name, "panic", "as it was asked to");
        take_time(&sent.name).await;
        if sent.name == "new" {
            // As it came: its owner is set, or it does not leave.
            return Ok(Response::new(sent));
        }
        Ok(Response::new(access.scope().permit(asked(&sent.name))?))
    }

    type WatchDesksStream = Stored;

    async fn watch_desks(
        &self,
        access: Authorised<method::WatchDesks>,
        request: Request<Note>,
    ) -> Result<Response<Stored>, Status> {
        self.run(&request);
        let text = request.into_inner().text;
        if text == "idle" {
            return Ok(Response::new(Box::pin(self.lasting.idle())));
        }
        if text == "id" {
            let item = async {
                tracing::info!(target: "meshauth_test", "in the stream");
                Ok(desk(CORPORATE))
            };
            return Ok(Response::new(Box::pin(futures_util::stream::once(item))));
        }
        if text == "flood" {
            let large = Desk { name: "d".repeat(16 * 1024), ..desk(CORPORATE) };
            return Ok(Response::new(Box::pin(self.lasting.flood(large))));
        }
        if text == "panic" {
            let first = tokio_stream::once(Ok(desk(CORPORATE)));
            let then = tokio_stream::once(()).map(|()| panic!("as it was asked to"));
            return Ok(Response::new(Box::pin(first.chain(then))));
        }
        let leak = text.starts_with("leak");
        let stored = [CORPORATE, INDIVIDUAL, BROKER].map(desk).into_iter();
        let seen: Vec<_> = stored.filter(|desk| leak || access.scope().contains(desk)).collect();
        Ok(Response::new(Box::pin(tokio_stream::iter(seen.into_iter().map(Ok)))))
    }

    async fn put_desks(
        &self,
        _access: Authorised<method::PutDesks>,
        request: Request<Incoming<method::PutDesks>>,
    ) -> Result<Response<Note>, Status> {
        self.run(&request);
        let (elsewhere, mut desks) = (waits_elsewhere(&request), request.into_inner());
        if elsewhere {
            return self.lasting.never().await;
        }
        let mut text = String::new();
        // A handler that takes no notice of errors.
        while let Some(message) = desks.next().await {
            self.see(&message);
            if matches!(&message, Ok(desk) if desk.name == "trailers") {
                let _ = desks.trailers().await;
            }
            text += message.map_or("refused".to_owned(), |desk| desk.name).as_str();
        }
        Ok(Response::new(Note { text }))
    }

    type ExchangeDesksStream = Stored;

    async fn exchange_desks(
        &self,
        access: Authorised<method::ExchangeDesks>,
        request: Request<Incoming<method::ExchangeDesks>>,
    ) -> Result<Response<Stored>, Status> {
        self.run(&request);
        let owner = access.scope().group().to_string();
        let this = self.clone();
        let answer = move |message: Result<Desk, Status>| {
            this.see(&message);
            let desk = message.ok()?;
            let leak = desk.name.starts_with("leak");
            let answer =
                if leak { asked(&desk.name)? } else { Desk { owner: owner.clone(), ..desk } };
            Some(Ok(answer))
        };
        let elsewhere = waits_elsewhere(&request);
        let mut requests = request.into_inner();
        if elsewhere {
            return self.lasting.never().await;
        }
        let first = requests.next().await;
        if matches!(&first, Some(Ok(desk)) if desk.name == "idle") {
            // Reads elsewhere, and answers nothing for now.
            tokio::spawn(async move { while requests.next().await.is_some() {} });
            return Ok(Response::new(Box::pin(tokio_stream::pending())));
        }
        Ok(Response::new(Box::pin(tokio_stream::iter(first).chain(requests).filter_map(answer))))
    }

    async fn put_floor(
        &self,
        _access: Authorised<method::PutFloor>,
        request: Request<Floor>,
    ) -> Result<Response<Floor>, Status> {
        self.run(&request);
        Ok(Response::new(request.into_inner()))
    }

    async fn put_house(
        &self,
        _access: Authorised<method::PutHouse>,
        request: Request<House>,
    ) -> Result<Response<House>, Status> {
        self.run(&request);
        Ok(Response::new(furnished(request.into_inner())))
    }

    type ExchangeHousesStream = Pin<Box<dyn Stream<Item = Result<House, Status>> + Send>>;

    async fn exchange_houses(
        &self,
        _access: Authorised<method::ExchangeHouses>,
        request: Request<Incoming<method::ExchangeHouses>>,
    ) -> Result<Response<Self::ExchangeHousesStream>, Status> {
        self.run(&request);
        let answers = request.into_inner().map(|house| house.map(furnished));
        Ok(Response::new(Box::pin(answers)))
    }

    async fn r#match(
        &self,
        access: Public<method::Match>,
        request: Request<()>,
    ) -> Result<Response<()>, Status> {
        self.run(&request);
        let mut response = Response::new(());
        let caller = access.entity().map_or("anonymous".to_owned(), |user| user.to_string());
        response.metadata_mut().insert("caller", caller.parse().unwrap());
        Ok(response)
    }

    type EchoStream = Pin<Box<dyn Stream<Item = Result<Note, Status>> + Send>>;

    async fn echo(
        &self,
        _access: Public<method::Echo>,
        request: Request<Incoming<method::Echo>>,
    ) -> Result<Response<Self::EchoStream>, Status> {
        self.run(&request);
        Ok(Response::new(Box::pin(request.into_inner())))
    }
}

/// Whether the handler is asked to wait for something else, and to read no request.
fn waits_elsewhere<T>(request: &Request<T>) -> bool {
    request.metadata().get("handler").is_some_and(|asked| asked == "elsewhere")
}

/// The house with a desk deep in it, if it asks for one of this group.
fn furnished(mut house: House) -> House {
    if let Some(house::More::Note(owner)) = house.more.take() {
        house = housed(Desk { owner, ..Desk::default() });
    }
    house
}

/// A desk three levels below a house.
pub(crate) fn housed(desk: Desk) -> House {
    let inside = Some(floor::Inside { desk: Some(desk) });
    let wing = House { floors: vec![Floor { inside, ..Floor::default() }], ..House::default() };
    House { wings: [("west".to_owned(), wing)].into(), ..House::default() }
}

/// A running server, and what to look at from outside.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) channel: Channel,
    pub(crate) directory: Spy,
    pub(crate) desks: Desks,
    pub(crate) authoriser: Authoriser,
}

/// Starts the service on a free port of the loopback interface. It runs until the test's runtime
/// ends.
pub(crate) async fn start() -> Running {
    start_with(|authoriser| authoriser).await
}

/// The same with settings of the test's own.
pub(crate) async fn start_with(
    settings: impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder,
) -> Running {
    start_as(settings, |authoriser, desks| {
        let guarded = GuardedRoutes::new(authoriser).add(Guard::new(desks));
        Server::builder().add_routes(guarded.into_routes().unwrap())
    })
    .await
}

/// The same, mounted as the test likes.
pub(crate) async fn start_as(
    settings: impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder,
    mount: impl FnOnce(Authoriser, Desks) -> Router,
) -> Running {
    crate::log::capture();
    let (directory, desks) = (Spy::new(), Desks::default());
    let builder = Authoriser::builder(directory.clone()).deadline(Duration::from_millis(200));
    let authoriser = settings(builder).build();
    let server = mount(authoriser.clone(), desks.clone());
    let (address, channel) = connect(|incoming| server.serve_with_incoming(incoming)).await;
    Running { address, channel, directory, desks, authoriser }
}

/// A server of any kind on a free port of the loopback interface, and a connection to it.
pub(crate) async fn connect<S>(serve: impl FnOnce(TcpListenerStream) -> S) -> (SocketAddr, Channel)
where
    S: Future<Output: Send> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(TcpListenerStream::new(listener)));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    (address, channel.connect().await.unwrap())
}
