//! A server that sheds load: whatever stands around a guard and takes its place in a queue, who is let
//! in is decided as ever, and what is shed reaches nobody.

use std::collections::BTreeMap;

use meshauth_runtime::{Authoriser, tonic::GuardedRoutes};
use meshauth_tests::api::meshauth::testing::desk::v1::{Note, desk_service_guard::Guard};
use tonic::{Code, Status, transport::Server};
use tonic_types::StatusExt;
use tower::{
    ServiceBuilder, buffer::BufferLayer, limit::GlobalConcurrencyLimitLayer,
    load_shed::LoadShedLayer,
};

use crate::{
    answers::Caller,
    service::{BROKER, CORPORATE, CORPORATE_VIEWER, Desks, Running, Spy, WITHOUT_ROLE, connect},
};

const CALLS: usize = 60;

/// Behind a buffer, and so many at once.
async fn start_limited(at_once: usize) -> Running {
    let (directory, desks) = (Spy::new(), Desks::default());
    let authoriser = Authoriser::new(directory.clone());
    let routes = GuardedRoutes::new(authoriser.clone()).add(Guard::new(desks.clone()));
    let around = ServiceBuilder::new()
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(at_once))
        .layer(BufferLayer::new(at_once));
    let server = Server::builder().layer(around).add_routes(routes.into_routes().unwrap());
    let (address, channel) = connect(|incoming| server.serve_with_incoming(incoming)).await;
    Running { address, channel, directory, desks, authoriser }
}

/// How the calls of three callers ended, all of them made at once: a reason, a code, or nothing.
async fn call_all(server: &Running) -> BTreeMap<(usize, String), usize> {
    let callers = [
        Caller::new(CORPORATE_VIEWER, CORPORATE),
        Caller::new(WITHOUT_ROLE, BROKER),
        Caller::default(),
    ];
    let calls = (0..CALLS).map(|number| {
        let who = number % callers.len();
        let (mut client, caller) = (server.client(), callers[who].clone());
        tokio::spawn(async move {
            let note = Note { text: "slow 2".to_owned() };
            (who, client.get_desk(caller.request(note)).await.map(drop))
        })
    });
    let mut ended = BTreeMap::new();
    for call in calls.collect::<Vec<_>>() {
        let (who, answer) = call.await.unwrap();
        *ended.entry((who, told(answer))).or_default() += 1;
    }
    ended
}

fn told(answer: Result<(), Status>) -> String {
    let Err(status) = answer else { return "ALLOW".to_owned() };
    status
        .get_details_error_info()
        .map_or_else(|| format!("{:?}", status.code()), |info| info.reason)
}

#[tokio::test]
async fn behind_load_shedding_and_a_buffer_calls_are_decided_or_shed() {
    let server = start_limited(5).await;
    let ended = call_all(&server).await;
    let of = |who, told: &str| ended.get(&(who, told.to_owned())).copied().unwrap_or_default();
    let each = CALLS / 3;
    let mut shed = 0;
    for (who, told) in [(0, "ALLOW"), (1, "ROLE_REQUIRED"), (2, "CREDENTIALS_MISSING")] {
        let left: usize = [Code::ResourceExhausted, Code::Unavailable, Code::Unknown]
            .map(|code| of(who, &format!("{code:?}")))
            .iter()
            .sum();
        assert_eq!(of(who, told) + left, each, "{ended:?}");
        shed += left;
    }
    assert!(shed > 0, "nothing was shed: {ended:?}");
    assert_eq!(server.desks.runs(), of(0, "ALLOW"));
    assert!(server.desks.runs() > 0);
}

#[tokio::test]
async fn a_buffer_that_is_long_enough_changes_nothing() {
    let server = start_limited(CALLS).await;
    let each = CALLS / 3;
    let expected = [(0, "ALLOW"), (1, "ROLE_REQUIRED"), (2, "CREDENTIALS_MISSING")];
    let expected = expected.map(|(who, told)| ((who, told.to_owned()), each));
    assert_eq!(call_all(&server).await, BTreeMap::from(expected));
    assert_eq!(server.desks.runs(), each);
}
