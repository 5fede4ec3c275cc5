//! One connection carries the calls of many (A14): what we refuse never ends it.

use meshauth_runtime::Method;
use meshauth_tests::{
    api::meshauth::testing::desk::v1::desk_service_guard::method,
    worlds::{api_key, group_name},
};

use super::{
    answer::Told,
    call::{Call, decided},
    frames::Connection,
    server::start,
};
use crate::service::{BROKER, BROKER_ADMIN};

const PUT_DESKS: &str = <method::PutDesks as Method>::POLICY.path();

/// Calls that HTTP takes, and that are refused or odd.
fn odd() -> Vec<Call> {
    let mut calls: Vec<_> = decided()
        .into_iter()
        .filter(|(_, told)| *told != Told::Allowed)
        .map(|(call, _)| call)
        .collect();
    let desk = Call::get_desk;
    calls.extend([
        desk().at("/"),
        desk().at("/x.Y/Z").by_admin(),
        desk().at("//x/../\u{435}%00"),
        desk().method("GET"),
        desk().method("FOO"),
        desk().method("OPTIONS").at("/"),
        desk().content_type("application/json"),
        desk().without("content-type"),
        desk().without("te"),
        desk().key(b"\xff\xfe".as_slice()),
        desk().key("k\u{e9}").group("\u{200b}"),
        desk().key(vec![b'A'; 15_000]),
        (0..200).fold(desk(), |call, _| call.key("a")),
        (0..200).fold(desk(), |call, at| call.with(format!("x-{at}"), "a")),
        desk().key(api_key(BROKER_ADMIN)).group([group_name(BROKER), group_name(BROKER)].join(",")),
        desk().with("grpc-timeout", "1n"),
        desk().with("grpc-timeout", "soon"),
        desk().with("grpc-encoding", "gzip"),
        // A stream of requests that goes on.
        Call { ended: false, ..desk().at(PUT_DESKS) },
        Call { ended: false, body: Vec::new(), ..desk().at(PUT_DESKS) },
        Call { body: b"\0\xff\xff\xff\xffno message".to_vec(), ..desk() },
        Call { body: Vec::new(), ..desk() },
        Call { trailers: vec![(b"x-api-key".into(), b"\xff".into())], ..desk() },
    ]);
    calls
}

#[tokio::test]
async fn t_a14_a_connection_survives_every_call_that_is_refused() {
    let server = start().await;
    let mut connection = Connection::open(server.address).await;
    for (at, call) in odd().iter().cycle().take(200).enumerate() {
        let answer = server.on(&mut connection, call).await;
        assert_ne!(answer.told(), Told::Allowed);
        assert!(!connection.is_gone(), "after {at}: {answer:?}");
    }
    for _ in 0..10 {
        connection.call_and_cancel(&Call::get_desk()).await;
    }
    let good = Call::get_desk().by_admin();
    assert_eq!(server.on(&mut connection, &good).await.told(), Told::Allowed);
}
