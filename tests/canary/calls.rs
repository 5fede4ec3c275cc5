//! Every path that a key can take, and what callers are told on it.

use std::{fmt::Debug, time::Duration};

use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Desk, Note, desk_service_client::DeskServiceClient},
    worlds::{api_key, group_name},
};
use tokio::time;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};

use crate::{
    forms::{HEADER, MESSAGE, USERS},
    lasting::until,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, Fault, INCONSISTENT, INDIVIDUAL, Running, UNKNOWN, sent,
    },
};

/// The values of both headers.
#[derive(Clone, Default)]
struct Sent {
    keys: Vec<Vec<u8>>,
    groups: Vec<Vec<u8>>,
}

impl Sent {
    fn new(user: usize, group: usize) -> Self {
        Self { keys: vec![api_key(user).into()], groups: vec![group_name(group).into()] }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut headers = http::HeaderMap::new();
        for (name, values) in [("x-api-key", &self.keys), ("x-group", &self.groups)] {
            for value in values {
                headers.append(name, http::HeaderValue::from_bytes(value).unwrap());
            }
        }
        headers.insert("x-correlation", http::HeaderValue::from_static("7"));
        let metadata = MetadataMap::from_headers(headers);
        Request::from_parts(metadata, tonic::Extensions::new(), message)
    }
}

/// What callers are told.
#[derive(Default)]
struct Told(String);

impl Told {
    fn failed(&mut self, status: &Status) {
        let details = String::from_utf8_lossy(status.details());
        self.0 += &format!("{status} {status:?} {details} {:?}\n", status.metadata());
    }

    /// The metadata of an answer; the message is the caller's own.
    fn answered<T>(&mut self, answer: Result<Response<T>, Status>) -> Option<T> {
        match answer {
            Ok(response) => {
                self.0 += &format!("{:?}\n", response.metadata());
                Some(response.into_inner())
            }
            Err(status) => {
                self.failed(&status);
                None
            }
        }
    }

    async fn streamed<T: Debug>(&mut self, answer: Result<Response<Streaming<T>>, Status>) {
        let Some(mut stream) = self.answered(answer) else { return };
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(status) => return self.failed(&status),
            }
        }
    }
}

fn desk() -> Desk {
    Desk { name: MESSAGE.to_owned(), ..sent(CORPORATE) }
}

fn note() -> Note {
    Note { text: MESSAGE.to_owned() }
}

/// One call of every kind.
async fn kinds(server: &Running, sent: &Sent, told: &mut Told) {
    let mut client = DeskServiceClient::new(server.channel.clone());
    told.answered(client.get_desk(sent.request(note())).await);
    told.answered(client.get_statement(sent.request(note())).await);
    told.answered(client.put_statement(sent.request(note())).await);
    told.answered(client.put_desk(sent.request(desk())).await);
    told.streamed(client.watch_desks(sent.request(note())).await).await;
    told.streamed(client.watch_statements(sent.request(note())).await).await;
    let desks = || sent.request(tokio_stream::iter(vec![desk(), desk()]));
    told.answered(client.put_desks(desks()).await);
    told.streamed(client.exchange_desks(desks()).await).await;
    told.answered(client.r#match(sent.request(())).await);
    told.streamed(client.echo(sent.request(tokio_stream::iter(vec![note()]))).await).await;
}

/// Every kind of call, by some who may and some who may not.
pub(crate) async fn every_kind(server: &Running) -> String {
    let mut told = Told::default();
    for user in USERS {
        kinds(server, &Sent::new(user, CORPORATE), &mut told).await;
    }
    told.0
}

/// All that there is.
pub(crate) async fn every(server: &Running) -> String {
    let mut told = Told(every_kind(server).await);
    for group in [BROKER, INDIVIDUAL, UNKNOWN, INCONSISTENT] {
        kinds(server, &Sent::new(BROKER_ADMIN, group), &mut told).await;
    }
    for sent in malformed() {
        kinds(server, &sent, &mut told).await;
    }
    faults(server, &mut told).await;
    handlers(server, &mut told).await;
    paths(server, &mut told).await;
    open_streams(server, &mut told).await;
    told.0
}

fn malformed() -> Vec<Sent> {
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    let keys = [
        vec![key.clone(), key.clone()],
        vec![format!("{key},{key}")],
        vec![format!(" {key}")],
        vec![format!("{key} ")],
        vec![format!("Bearer {key}")],
        vec![key[..42].to_owned()],
        vec![key.to_uppercase()],
        vec![HEADER.to_owned()],
        vec![String::new()],
    ];
    let groups = [
        vec![key.clone()],
        vec![HEADER.to_owned()],
        vec![group.clone(), group.clone()],
        vec![format!("{group}{key}")],
        Vec::new(),
    ];
    let bytes = |values: Vec<String>| values.into_iter().map(String::into_bytes).collect();
    let valid = || Sent::new(BROKER_ADMIN, CORPORATE);
    let mut all: Vec<_> =
        keys.into_iter().map(|keys| Sent { keys: bytes(keys), ..valid() }).collect();
    all.extend(groups.into_iter().map(|groups| Sent { groups: bytes(groups), ..valid() }));
    let not_text = [key.as_bytes(), b"\xff"].concat();
    all.extend([Sent { keys: vec![not_text.clone()], groups: vec![not_text] }, Sent::default()]);
    all
}

async fn faults(server: &Running, told: &mut Told) {
    for fault in [
        Fault::Unreachable,
        Fault::Silent,
        Fault::Slow,
        Fault::Panics,
        Fault::PanicsLater,
        Fault::OtherApiUser,
        Fault::OtherGroup,
        Fault::OtherClient,
        Fault::GroupsUnreachable,
        Fault::UnusableUser,
        Fault::InconsistentGroup,
        Fault::UnusableClient,
        Fault::Revoked,
        Fault::Stripped,
        Fault::Unverified,
    ] {
        server.directory.fail(fault);
        kinds(server, &Sent::new(BROKER_ADMIN, INDIVIDUAL), told).await;
    }
    server.directory.fail(Fault::Silent);
    let mut client = DeskServiceClient::new(server.channel.clone());
    for waits in [Duration::from_nanos(1), Duration::from_millis(20)] {
        let mut request = Sent::new(BROKER_ADMIN, CORPORATE).request(note());
        request.set_timeout(waits);
        told.answered(client.get_desk(request).await);
    }
    server.directory.fail(Fault::None);
}

/// Handlers that panic, leak, and are sent what they may not have.
async fn handlers(server: &Running, told: &mut Told) {
    let mut client = DeskServiceClient::new(server.channel.clone());
    let sent = Sent::new(BROKER_ADMIN, CORPORATE);
    for text in ["panic", "leak 3", "2"] {
        let note = || Note { text: text.to_owned() };
        told.answered(client.get_desk(sent.request(note())).await);
        told.streamed(client.watch_desks(sent.request(note())).await).await;
    }
    let foreign = || Desk { owner: group_name(INDIVIDUAL), ..desk() };
    told.answered(client.put_desk(sent.request(foreign())).await);
    let foreign = || sent.request(tokio_stream::iter(vec![desk(), foreign()]));
    told.answered(client.put_desks(foreign()).await);
    told.streamed(client.exchange_desks(foreign()).await).await;
}

async fn paths(server: &Running, told: &mut Told) {
    for path in [
        "/",
        "/meshauth.testing.desk.v1.DeskService/NoSuchMethod",
        "/meshauth.testing.desk.v1.DeskService/GetDesk/",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        for sent in [Sent::new(BROKER_ADMIN, CORPORATE), Sent::default()] {
            let mut grpc = tonic::client::Grpc::new(server.channel.clone());
            grpc.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<Note, Note>::default();
            told.answered(grpc.unary(sent.request(note()), path.parse().unwrap(), codec).await);
        }
    }
}

/// Streams that are revoked, and some that their callers drop.
async fn open_streams(server: &Running, told: &mut Told) {
    let mut client = DeskServiceClient::new(server.channel.clone());
    let sent = Sent::new(BROKER_ADMIN, CORPORATE);
    let idle = || sent.request(Note { text: "idle".to_owned() });
    for change in [Fault::Revoked, Fault::UnusableUser, Fault::Panics, Fault::Stripped] {
        let watch = client.watch_desks(idle()).await;
        let statements = client.watch_statements(idle()).await;
        let houses = client.exchange_houses(sent.request(tokio_stream::pending())).await;
        server.directory.fail(change);
        server.authoriser.revocations().announce(meshauth_runtime::Revocation::Everything);
        let ended = async {
            told.streamed(watch).await;
            told.streamed(statements).await;
            told.streamed(houses).await;
        };
        time::timeout(Duration::from_secs(5), ended).await.unwrap();
        server.directory.fail(Fault::None);
    }
    drop(client.watch_desks(idle()).await.unwrap());
    until(|| server.desks.lasting.alive() == 0).await;
}
