//! Every row of the table of answers, over a real socket: code, reason, and that nothing more is
//! told.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    time::Duration,
};

use meshauth_runtime::{Credential, KeyDigest};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_client::DeskServiceClient},
    worlds::{api_key, group_name, key_sha256},
};
use prost::Message;
use tokio_stream::StreamExt;
use tonic::{Code, Request, Status, codegen::http, metadata::MetadataValue};
use tonic_types::StatusExt;

use crate::{
    log,
    service::{
        BROKER, BROKER_ADMIN, CLIENTLESS, CORPORATE, CORPORATE_ADMIN, CORPORATE_VIEWER, DETACHED,
        Fault, INACTIVE, INCONSISTENT, INDIVIDUAL, Running, UNKNOWN, UNUSABLE, UNVERIFIED,
        WITHOUT_ROLE, desk, housed, sent, start,
    },
};

/// The headers of a call.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    keys: Vec<Vec<u8>>,
    groups: Vec<Vec<u8>>,
}

impl Caller {
    pub(crate) fn new(user: usize, group: usize) -> Self {
        Self::default().key(api_key(user)).group(group_name(group))
    }

    pub(crate) fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.keys.push(key.into());
        self
    }

    pub(crate) fn group(mut self, group: impl Into<Vec<u8>>) -> Self {
        self.groups.push(group.into());
        self
    }

    pub(crate) fn headers(&self) -> http::HeaderMap {
        let mut headers = http::HeaderMap::new();
        for (name, values) in [("x-api-key", &self.keys), ("x-group", &self.groups)] {
            for value in values {
                headers.append(name, http::HeaderValue::from_bytes(value).unwrap());
            }
        }
        headers
    }

    /// What the directory is asked for.
    pub(crate) fn credential(&self) -> Credential {
        let key: KeyDigest = key_sha256(&self.keys[0]).parse().unwrap();
        key.into()
    }

    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let metadata = tonic::metadata::MetadataMap::from_headers(self.headers());
        Request::from_parts(metadata, tonic::Extensions::new(), message)
    }
}

/// The kinds of calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rpc {
    Unary,
    ServerStream,
    ClientStream,
    BidirectionalStream,
}

pub(crate) const KINDS: [Rpc; 4] =
    [Rpc::Unary, Rpc::ServerStream, Rpc::ClientStream, Rpc::BidirectionalStream];

pub(crate) type Answered<'a> = Pin<Box<dyn Future<Output = Result<(), Status>> + Send + 'a>>;

impl Running {
    pub(crate) fn client(&self) -> DeskServiceClient<tonic::transport::Channel> {
        DeskServiceClient::new(self.channel.clone())
    }

    /// A call of this kind that only its caller decides about.
    pub(crate) fn call<'a>(&'a self, rpc: Rpc, caller: &'a Caller) -> Answered<'a> {
        let mut client = self.client();
        Box::pin(async move {
            let nothing = tokio_stream::iter(Vec::new());
            match rpc {
                Rpc::Unary => {
                    let note = Note { text: format!("leak {CORPORATE}") };
                    client.get_desk(caller.request(note)).await.map(drop)
                }
                Rpc::ServerStream => {
                    let answer = client.watch_desks(caller.request(Note::default())).await?;
                    drain(answer.into_inner()).await.map(drop)
                }
                Rpc::ClientStream => client.put_desks(caller.request(nothing)).await.map(drop),
                Rpc::BidirectionalStream => {
                    let answer = client.exchange_desks(caller.request(nothing)).await?;
                    drain(answer.into_inner()).await.map(drop)
                }
            }
        })
    }

    pub(crate) async fn get(&self, caller: &Caller, text: &str) -> Result<String, Status> {
        let note = Note { text: text.to_owned() };
        Ok(self.client().get_desk(caller.request(note)).await?.into_inner().name)
    }

    pub(crate) async fn put(
        &self,
        caller: &Caller,
        name: &str,
        owner: &str,
    ) -> Result<String, Status> {
        let desk = meshauth_tests::api::meshauth::testing::desk::v1::Desk {
            name: name.to_owned(),
            owner: owner.to_owned(),
            owners: vec![group_name(CORPORATE)],
        };
        Ok(self.client().put_desk(caller.request(desk)).await?.into_inner().owner)
    }
}

pub(crate) async fn drain<T>(mut stream: tonic::Streaming<T>) -> Result<Vec<T>, Status> {
    let mut items = Vec::new();
    while let Some(item) = stream.message().await? {
        items.push(item);
    }
    Ok(items)
}

/// Checks all that a caller is told: the code, one `ErrorInfo` with the reason, one sentence that
/// names nobody, and no metadata but that of the protocol and the id of the call.
#[track_caller]
pub(crate) fn assert_told(status: &Status, code: Code, reason: &str) {
    assert_eq!(status.code(), code, "{status:?}");
    let details = tonic_types::pb::Status::decode(status.details()).unwrap();
    let [info] = details.details.as_slice() else { panic!("{details:?}") };
    assert_eq!(info.type_url, "type.googleapis.com/google.rpc.ErrorInfo");
    assert_eq!(details.code, code as i32);
    assert_eq!(details.message, status.message());
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, "meshauth"));
    assert!(info.metadata.is_empty());

    let sentence = status.message();
    assert!(!sentence.is_empty() && !sentence.contains('\n'));
    for name in ["ROLE_", "groups/", "users/", "clients/", "meshauth.testing"] {
        assert!(!sentence.contains(name), "{sentence}");
    }
    let of_the_protocol = ["content-type", "date", "content-length", "x-request-id"];
    let headers = status.metadata().clone().into_headers();
    let told: BTreeSet<_> = headers.keys().map(http::HeaderName::as_str).collect();
    let more: Vec<_> = told.into_iter().filter(|name| !of_the_protocol.contains(name)).collect();
    assert!(more.is_empty(), "{more:?}");
}

/// The same answer to every kind of call, and no handler runs.
async fn assert_refused(server: &Running, caller: &Caller, code: Code, reason: &str) {
    for rpc in KINDS {
        let status = server.call(rpc, caller).await.expect_err(reason);
        assert_told(&status, code, reason);
        assert_eq!(server.desks.take_runs(), 0, "{rpc:?}");
    }
}

#[tokio::test]
async fn t_a12_an_allowed_call_of_every_kind_runs_its_handler_once() {
    let server = start().await;
    for rpc in KINDS {
        server.call(rpc, &Caller::new(BROKER_ADMIN, CORPORATE)).await.unwrap();
        assert_eq!(server.desks.take_runs(), 1, "{rpc:?}");
    }
}

#[tokio::test]
async fn no_key() {
    let server = start().await;
    let code = Code::Unauthenticated;
    for group in [BROKER, UNKNOWN] {
        let caller = Caller::default().group(group_name(group));
        assert_refused(&server, &caller, code, "CREDENTIALS_MISSING").await;
    }
    assert_refused(&server, &Caller::default().group("?"), code, "CREDENTIALS_MISSING").await;
    assert_refused(&server, &Caller::default(), code, "CREDENTIALS_MISSING").await;
    assert_eq!(server.directory.take_calls(), (0, 0));
}

#[tokio::test]
async fn malformed_duplicated_or_unknown_key_or_inactive_user() {
    let server = start().await;
    let key = api_key(BROKER_ADMIN);
    let group = Caller::default().group(group_name(BROKER));
    let mut sibling = key.clone();
    let last = sibling.pop().unwrap();
    sibling.push(char::from(last as u8 + 1));
    for caller in [
        group.clone().key("short"),
        group.clone().key(""),
        group.clone().key(b"\xff".as_slice()),
        group.clone().key(format!(" {key}")),
        group.clone().key(format!("{key},{key}")),
        group.clone().key(key.clone()).key(key.clone()),
        group.clone().key(api_key(99)),
        group.clone().key(sibling),
        group.clone().key(api_key(INACTIVE)),
        // What is wrong with the group is not told before the caller is known.
        Caller::new(99, UNKNOWN),
        Caller::default().key(api_key(99)),
    ] {
        assert_refused(&server, &caller, Code::Unauthenticated, "CREDENTIALS_INVALID").await;
    }
}

#[tokio::test]
async fn t_h03_no_group_is_looked_up_before_the_caller_is_known() {
    let server = start().await;
    for user in [99, INACTIVE, UNUSABLE] {
        for group in [BROKER, UNKNOWN, INCONSISTENT] {
            server.call(Rpc::Unary, &Caller::new(user, group)).await.unwrap_err();
            let (_, groups) = server.directory.take_calls();
            assert_eq!(groups, 0);
        }
    }
}

#[tokio::test]
async fn no_group() {
    let server = start().await;
    let caller = Caller::default().key(api_key(BROKER_ADMIN));
    assert_refused(&server, &caller, Code::InvalidArgument, "GROUP_MISSING").await;
}

#[tokio::test]
async fn malformed_or_duplicated_group() {
    let server = start().await;
    let name = group_name(BROKER);
    let key = Caller::default().key(api_key(BROKER_ADMIN));
    for caller in [
        key.clone().group(name.replace("groups", "Groups")),
        key.clone().group(group_name(CORPORATE).replace('0', "o")),
        key.clone().group(""),
        key.clone().group(b"\xff\xfe".as_slice()),
        key.clone().group(format!("{name} ")),
        key.clone().group(format!("{name},{name}")),
        key.clone().group(name.clone()).group(name.clone()),
        key.clone().group(format!("{name}/roles/5000000")),
    ] {
        assert_refused(&server, &caller, Code::InvalidArgument, "GROUP_MALFORMED").await;
    }
}

#[tokio::test]
async fn t_h02_unknown_foreign_or_inconsistent_group_and_missing_role_are_one_answer() {
    let server = start().await;
    let mut answers = BTreeSet::new();
    for caller in [
        Caller::new(BROKER_ADMIN, UNKNOWN),
        Caller::new(BROKER_ADMIN, INCONSISTENT),
        // A grant in a sibling, one below, and no role at all.
        Caller::new(CORPORATE_ADMIN, INDIVIDUAL),
        Caller::new(CORPORATE_ADMIN, BROKER),
        Caller::new(WITHOUT_ROLE, BROKER),
    ] {
        assert_refused(&server, &caller, Code::PermissionDenied, "ROLE_REQUIRED").await;
        server.directory.take_calls();
        let status = server.call(Rpc::Unary, &caller).await.unwrap_err();
        let (calls, groups) = server.directory.take_calls();
        let headers = status.metadata().clone().into_headers();
        let names: BTreeSet<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        let bytes = (status.message().to_owned(), status.details().to_vec(), names);
        answers.insert((bytes, calls, groups));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn client_missing_or_not_verified() {
    let server = start().await;
    let statement = async |user, group| {
        let request = Caller::new(user, group).request(Note::default());
        server.client().get_statement(request).await.map(drop)
    };
    statement(BROKER_ADMIN, BROKER).await.unwrap();
    // The client is that of the user's owner, whatever group it acts in.
    statement(BROKER_ADMIN, INDIVIDUAL).await.unwrap();
    server.desks.take_runs();
    for (user, group) in [(UNVERIFIED, INDIVIDUAL), (CLIENTLESS, DETACHED)] {
        let status = statement(user, group).await.unwrap_err();
        assert_told(&status, Code::PermissionDenied, "VERIFICATION_REQUIRED");
    }
    // A client from outside the hierarchy of the user's owner is nobody's proof (K04).
    server.directory.fail(Fault::OtherClient);
    let status = statement(UNVERIFIED, INDIVIDUAL).await.unwrap_err();
    assert_told(&status, Code::Internal, "INTERNAL");
    server.directory.fail(Fault::None);
    // Without the role nothing is told of the client, and it is not looked up.
    server.directory.take_calls();
    let status = statement(UNVERIFIED, BROKER).await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "ROLE_REQUIRED");
    assert_eq!(server.directory.take_calls(), (2, 1));
    assert_eq!(server.desks.take_runs(), 0);
}

#[tokio::test]
async fn roles_imply_nothing() {
    let server = start().await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    server.call(Rpc::Unary, &viewer).await.unwrap();
    server.call(Rpc::ServerStream, &viewer).await.unwrap();
    for writes in [Rpc::ClientStream, Rpc::BidirectionalStream] {
        let status = server.call(writes, &viewer).await.unwrap_err();
        assert_told(&status, Code::PermissionDenied, "ROLE_REQUIRED");
    }
}

#[tokio::test]
async fn resource_outside_the_scope_of_a_read_or_one_that_does_not_exist() {
    let server = start().await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    assert_eq!(server.get(&viewer, "2").await.unwrap(), desk(CORPORATE).name);
    let outside = server.get(&viewer, "3").await.unwrap_err();
    let absent = server.get(&viewer, "7").await.unwrap_err();
    assert_told(&outside, Code::NotFound, "RESOURCE_NOT_FOUND");
    assert_told(&absent, Code::NotFound, "RESOURCE_NOT_FOUND");
    assert_eq!(outside.message(), absent.message());
    assert_eq!(outside.details(), absent.details());
    // The broker sees what is below.
    assert_eq!(server.get(&Caller::new(BROKER_ADMIN, BROKER), "3").await.unwrap(), "desk of 3");
}

#[tokio::test]
async fn resource_outside_the_scope_of_a_write() {
    let server = start().await;
    let corporate = Caller::new(BROKER_ADMIN, CORPORATE);
    assert_eq!(server.put(&corporate, "2", "").await.unwrap(), group_name(CORPORATE));
    for invisible in ["1", "3", "7"] {
        let status = server.put(&corporate, invisible, "").await.unwrap_err();
        assert_told(&status, Code::NotFound, "RESOURCE_NOT_FOUND");
    }
    let broker = Caller::new(BROKER_ADMIN, BROKER);
    let status = server.put(&broker, "2", "").await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");
}

#[tokio::test]
async fn t_f03_a_write_request_that_states_another_owner_never_reaches_the_handler() {
    let server = start().await;
    let corporate = Caller::new(BROKER_ADMIN, CORPORATE);
    for foreign in [group_name(INDIVIDUAL), group_name(BROKER), "?".to_owned(), " ".to_owned()] {
        let status = server.put(&corporate, "new", &foreign).await.unwrap_err();
        assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");
        assert_eq!(server.desks.take_runs(), 0);
    }
    // No owner states nothing, and the owners that a caller sends are never believed.
    for own in [String::new(), group_name(CORPORATE)] {
        assert_eq!(server.put(&corporate, "new", &own).await.unwrap(), group_name(CORPORATE));
    }
}

#[tokio::test]
async fn a_response_outside_the_scope_never_leaves_and_operators_are_told() {
    let server = start().await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    let status = server.get(&viewer, "leak 3").await.unwrap_err();
    assert_told(&status, Code::Internal, "INTERNAL");
    let log = log::so_far();
    let told = log.lines().any(|line| {
        line.contains("SCOPE_VIOLATION")
            && line.contains("/meshauth.testing.desk.v1.DeskService/GetDesk")
            && line.contains(&group_name(CORPORATE))
    });
    assert!(told, "operators were not told");
}

#[tokio::test]
async fn a_streamed_response_outside_the_scope_ends_the_stream() {
    let server = start().await;
    let viewer = Caller::new(CORPORATE_VIEWER, CORPORATE);
    let watch = |text: &str| viewer.request(Note { text: text.to_owned() });
    let seen = server.client().watch_desks(watch("")).await.unwrap().into_inner();
    assert_eq!(drain(seen).await.unwrap(), [desk(CORPORATE)]);

    let mut stream = server.client().watch_desks(watch("leak")).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap(), Some(desk(CORPORATE)));
    assert_told(&stream.message().await.unwrap_err(), Code::Internal, "INTERNAL");
    assert_eq!(stream.message().await.unwrap(), None);
}

#[tokio::test]
async fn a_stream_of_requests_with_another_owner_fails_whatever_the_handler_makes_of_it() {
    let server = start().await;
    let corporate = Caller::new(BROKER_ADMIN, CORPORATE);
    let own = || vec![sent(CORPORATE), sent(CORPORATE)];
    let foreign = || vec![sent(CORPORATE), sent(INDIVIDUAL), sent(CORPORATE)];

    let put = server.client().put_desks(corporate.request(tokio_stream::iter(own()))).await;
    assert_eq!(put.unwrap().into_inner().text, "desk of 2desk of 2");
    let put = server.client().put_desks(corporate.request(tokio_stream::iter(foreign()))).await;
    assert_told(&put.unwrap_err(), Code::PermissionDenied, "RESOURCE_NOT_OWNED");
    // The handler saw an error in place of the foreign one, and nothing after it.
    assert_eq!(server.desks.take_seen(), ["desk of 2", "desk of 2", "desk of 2", "refused"]);

    let exchange = |desks| {
        let (mut client, request) = (server.client(), corporate.request(tokio_stream::iter(desks)));
        async move { drain(client.exchange_desks(request).await?.into_inner()).await }
    };
    assert_eq!(exchange(own()).await.unwrap().len(), 2);
    let status = exchange(foreign()).await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");
    assert_eq!(server.desks.take_seen(), ["desk of 2", "desk of 2", "desk of 2", "refused"]);

    // A handler that goes on to the trailers reads what is in between.
    let mut skipped = foreign();
    skipped[0].name = "trailers".to_owned();
    let put = server.client().put_desks(corporate.request(tokio_stream::iter(skipped))).await;
    assert_told(&put.unwrap_err(), Code::PermissionDenied, "RESOURCE_NOT_OWNED");
    assert_eq!(server.desks.take_seen(), ["trailers"]);

    // A handler that reads in a task of its own, and has nothing to answer for now.
    let mut idle = foreign();
    idle[0].name = "idle".to_owned();
    let ended = tokio::time::timeout(Duration::from_secs(5), exchange(idle)).await;
    let status = ended.expect("the call ends at once").unwrap_err();
    assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");

    let mut leak = sent(CORPORATE);
    leak.name = format!("leak {INDIVIDUAL}");
    assert_told(&exchange(vec![leak]).await.unwrap_err(), Code::Internal, "INTERNAL");
}

#[tokio::test]
async fn every_field_that_can_hold_a_resource_is_looked_at() {
    use meshauth_runtime::codegen::Exchange;
    use meshauth_tests::api::{
        meshauth::testing::desk::v1::{Floor, desk::Seat, desk_service_guard::method, floor},
        meshtrade::wallet::account::v1::Account,
    };
    let server = start().await;
    let corporate = Caller::new(BROKER_ADMIN, CORPORATE);
    let put = async |floor| server.client().put_floor(corporate.request(floor)).await;
    let (own, foreign) = (|| sent(CORPORATE), || sent(INDIVIDUAL));
    let seat = |owner: usize| Seat { owner: Some(group_name(owner)), owners: Vec::new() };
    let account = |owner: usize| Account { owner: group_name(owner), ..Account::default() };
    // Maps and boxes are as the build script has told prost to make them.
    let keyed = |desk| BTreeMap::from([("a".to_owned(), own()), ("b".to_owned(), desk)]);

    let floors = |owner: usize, desk: &dyn Fn() -> _| {
        [
            Floor { desk: Some(desk()), ..Floor::default() },
            Floor { desks: vec![own(), desk()], ..Floor::default() },
            Floor { by_name: keyed(desk()), ..Floor::default() },
            Floor { r#type: Some(floor::Type::First(desk())), ..Floor::default() },
            Floor { r#type: Some(floor::Type::Self_(seat(owner))), ..Floor::default() },
            Floor { maybe: Some(Box::new(desk())), ..Floor::default() },
            Floor { account: Some(account(owner)), ..Floor::default() },
            Floor { seat: Some(seat(owner)), ..Floor::default() },
        ]
    };
    for floor in floors(CORPORATE, &own) {
        put(floor).await.unwrap();
    }
    server.desks.take_runs();
    for floor in floors(INDIVIDUAL, &foreign) {
        let status = put(floor).await.unwrap_err();
        assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");
    }
    assert_eq!(server.desks.take_runs(), 0);
    // The same fields are looked at on the way out: where there are two desks, both.
    let seen = floors(INDIVIDUAL, &foreign).map(|floor| {
        let mut seen = 0;
        <method::PutFloor as Exchange>::response_admitted(&floor, &mut |_| {
            seen += 1;
            true
        });
        seen
    });
    assert_eq!(seen, [1, 2, 2, 1, 1, 1, 1, 1]);
    // A oneof without a resource, and a message without any.
    put(Floor { r#type: Some(floor::Type::Note("a".to_owned())), ..Floor::default() })
        .await
        .unwrap();
    put(Floor::default()).await.unwrap();
}

#[tokio::test]
async fn a_resource_at_any_depth_is_looked_at_where_the_method_asks_for_it() {
    use meshauth_tests::api::meshauth::testing::desk::v1::{Floor, House, floor, house};
    let server = start().await;
    let corporate = Caller::new(BROKER_ADMIN, CORPORATE);
    let put = async |house| server.client().put_house(corporate.request(house)).await;
    let annexed =
        |desk| House { more: Some(house::More::Annex(Box::new(housed(desk)))), ..House::default() };
    let asks_for = |owner: usize| House {
        more: Some(house::More::Note(group_name(owner))),
        ..House::default()
    };
    let shapes: [&dyn Fn(_) -> House; 2] = [&housed, &annexed];
    for shape in shapes {
        put(shape(sent(CORPORATE))).await.unwrap();
        server.desks.take_runs();
        let status = put(shape(sent(INDIVIDUAL))).await.unwrap_err();
        assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");
        assert_eq!(server.desks.take_runs(), 0);
    }
    put(asks_for(CORPORATE)).await.unwrap();
    let status = put(asks_for(INDIVIDUAL)).await.unwrap_err();
    assert_told(&status, Code::Internal, "INTERNAL");

    let exchange = |houses: Vec<House>| {
        let (mut client, request) =
            (server.client(), corporate.request(tokio_stream::iter(houses)));
        async move { drain(client.exchange_houses(request).await?.into_inner()).await }
    };
    assert_eq!(exchange(vec![housed(sent(CORPORATE)); 2]).await.unwrap().len(), 2);
    let status = exchange(vec![House::default(), housed(sent(INDIVIDUAL))]).await.unwrap_err();
    assert_told(&status, Code::PermissionDenied, "RESOURCE_NOT_OWNED");
    let status = exchange(vec![asks_for(CORPORATE), asks_for(INDIVIDUAL)]).await.unwrap_err();
    assert_told(&status, Code::Internal, "INTERNAL");

    // Where it does not ask, the guard looks at direct fields.
    let inside = Some(floor::Inside { desk: Some(sent(INDIVIDUAL)) });
    let floor = Floor { inside, ..Floor::default() };
    server.client().put_floor(corporate.request(floor)).await.unwrap();
}

#[tokio::test]
async fn method_without_a_policy() {
    let server = start().await;
    let caller = Caller::new(BROKER_ADMIN, BROKER);
    for path in [
        "/meshauth.testing.desk.v1.DeskService/NoSuchMethod",
        "/meshauth.testing.desk.v1.DeskService/getdesk",
        "/meshauth.testing.desk.v1.DeskService/GetDesk/",
        "/meshauth.testing.desk.v1.DeskService//GetDesk",
        "/meshauth.testing.desk.v1.DeskService/GetDes%6B",
        "/meshauth.testing.desk.v1.NoSuchService/GetDesk",
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/",
    ] {
        for caller in [&caller, &Caller::default()] {
            let mut grpc = tonic::client::Grpc::new(server.channel.clone());
            grpc.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<Note, Note>::default();
            let path = http::uri::PathAndQuery::from_static(path);
            let called = grpc.unary(caller.request(Note::default()), path.clone(), codec).await;
            assert_told(&called.unwrap_err(), Code::Unimplemented, "METHOD_UNKNOWN");
        }
    }
    assert_eq!(server.desks.take_runs(), 0);
}

#[tokio::test]
async fn t_k02_directory_out_of_reach_or_too_slow() {
    let server = start().await;
    let caller = Caller::new(BROKER_ADMIN, BROKER);
    for fault in [Fault::Unreachable, Fault::Silent, Fault::GroupsUnreachable] {
        server.directory.fail(fault);
        assert_refused(&server, &caller, Code::Unavailable, "DIRECTORY_UNAVAILABLE").await;
    }
    server.directory.fail(Fault::None);
    server.call(Rpc::Unary, &caller).await.unwrap();
}

#[tokio::test]
async fn t_k01_t_k04_unusable_record_another_answer_or_panic() {
    let server = start().await;
    let caller = Caller::new(UNUSABLE, BROKER);
    assert_refused(&server, &caller, Code::Internal, "INTERNAL").await;
    // Without a group, too: the caller's own record is looked at first.
    let caller = Caller::default().key(api_key(UNUSABLE));
    assert_refused(&server, &caller, Code::Internal, "INTERNAL").await;

    for (fault, caller) in [
        (Fault::Panics, Caller::new(BROKER_ADMIN, BROKER)),
        (Fault::PanicsLater, Caller::new(BROKER_ADMIN, BROKER)),
        (Fault::OtherApiUser, Caller::new(CORPORATE_ADMIN, CORPORATE)),
        (Fault::OtherGroup, Caller::new(BROKER_ADMIN, CORPORATE)),
    ] {
        server.directory.fail(fault);
        assert_refused(&server, &caller, Code::Internal, "INTERNAL").await;
        server.directory.fail(Fault::None);
        server.call(Rpc::Unary, &Caller::new(BROKER_ADMIN, CORPORATE)).await.unwrap();
        server.desks.take_runs();
    }
}

/// Who a PUBLIC method was told calls it.
async fn matched(server: &Running, caller: &Caller) -> Result<String, Status> {
    let response = server.client().r#match(caller.request(())).await?;
    let who = response.metadata().get("caller").map(MetadataValue::to_str);
    Ok(who.unwrap().unwrap().to_owned())
}

#[tokio::test]
async fn t_k03_a_public_method_takes_no_credentials_or_valid_ones() {
    let server = start().await;
    let anonymous = Caller::default();
    assert_eq!(matched(&server, &anonymous).await.unwrap(), "anonymous");
    assert_eq!(matched(&server, &anonymous.clone().group("?")).await.unwrap(), "anonymous");
    assert_eq!(server.directory.take_calls(), (0, 0));
    let known = Caller::new(WITHOUT_ROLE, UNKNOWN);
    assert!(matched(&server, &known).await.unwrap().starts_with("api_users/"));

    let code = Code::Unauthenticated;
    for invalid in [
        Caller::default().key(""),
        Caller::default().key(b"\xff".as_slice()),
        Caller::default().key(api_key(99)),
        Caller::default().key(api_key(INACTIVE)),
        Caller::default().key(api_key(BROKER_ADMIN)).key(api_key(BROKER_ADMIN)),
    ] {
        let status = matched(&server, &invalid).await.unwrap_err();
        assert_told(&status, code, "CREDENTIALS_INVALID");
    }
    server.directory.fail(Fault::Unreachable);
    let status = matched(&server, &known).await.unwrap_err();
    assert_told(&status, Code::Unavailable, "DIRECTORY_UNAVAILABLE");
    assert_eq!(matched(&server, &anonymous).await.unwrap(), "anonymous");
}

#[tokio::test]
async fn a_public_stream_passes_both_ways() {
    let server = start().await;
    let notes: Vec<_> = ["a", "b"].map(|text| Note { text: text.to_owned() }).into();
    let request = Caller::default().request(tokio_stream::iter(notes.clone()));
    // The build script has told tonic to make notes comparable.
    assert!(notes[0] < notes[1]);
    let echoed = server.client().echo(request).await.unwrap().into_inner();
    assert_eq!(echoed.map(Result::unwrap).collect::<Vec<_>>().await, notes);
}

#[tokio::test]
async fn t_l01_no_key_is_logged_at_any_level() {
    let server = start().await;
    for user in [BROKER_ADMIN, INACTIVE, UNUSABLE, UNVERIFIED, 99] {
        let _ = server.call(Rpc::Unary, &Caller::new(user, BROKER)).await;
    }
    for fault in [Fault::Unreachable, Fault::Silent, Fault::Panics, Fault::OtherApiUser] {
        server.directory.fail(fault);
        let _ = server.call(Rpc::Unary, &Caller::new(CORPORATE_ADMIN, BROKER)).await;
    }
    let log = log::so_far();
    assert!(log.contains("denied with"));
    for user in [BROKER_ADMIN, CORPORATE_ADMIN, INACTIVE, UNUSABLE, UNVERIFIED, 99] {
        let key = api_key(user);
        assert!(!log.contains(&key));
        assert!(!log.contains(&meshauth_tests::worlds::key_sha256(key.as_bytes())));
    }
}

#[tokio::test]
async fn t_k01_a_handler_that_panics_is_an_answer() {
    let server = start().await;
    let caller = Caller::new(BROKER_ADMIN, CORPORATE);
    assert_told(&server.get(&caller, "panic").await.unwrap_err(), Code::Internal, "INTERNAL");
    let watch = caller.request(Note { text: "panic".to_owned() });
    let mut stream = server.client().watch_desks(watch).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap(), Some(desk(CORPORATE)));
    assert_told(&stream.message().await.unwrap_err(), Code::Internal, "INTERNAL");
    // The next call on the same connection works.
    server.call(Rpc::Unary, &caller).await.unwrap();
}
