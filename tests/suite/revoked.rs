//! Revocations that come at a bad time: between a decision and what rests on it.

use std::time::Duration;

use meshauth_runtime::{Revocation, audit::AuditEvent, tonic::GuardedService};
use meshauth_tests::api::meshauth::testing::desk::v1::{Desk, Note, desk_service_guard::Guard};
use prost::Message;
use tokio::{sync::mpsc, task::JoinHandle, time};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, transport::Server};

use crate::{
    answers::{Caller, assert_told, drain},
    audited::{Audited, LONG, start_audited},
    lasting::until,
    service::{BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Fault, Running, sent, start_as},
};

fn admin() -> Caller {
    Caller::new(BROKER_ADMIN, CORPORATE)
}

/// A call whose headers are sent, and whose messages come when the test likes.
struct Late<Q> {
    messages: mpsc::Sender<Q>,
    call: JoinHandle<Result<Vec<Desk>, Status>>,
}

impl<Q: Message + Default + 'static> Late<Q> {
    fn begin(server: &Running, method: &str) -> Self {
        let (messages, late) = mpsc::channel(1);
        let request = admin().request(ReceiverStream::new(late));
        let mut grpc = tonic::client::Grpc::new(server.channel.clone());
        let path = format!("/meshauth.testing.desk.v1.DeskService/{method}").parse().unwrap();
        let call = tokio::spawn(async move {
            grpc.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<Q, Desk>::default();
            drain(grpc.streaming(request, path, codec).await?.into_inner()).await
        });
        Self { messages, call }
    }

    /// Sends the one message, and waits for the answer.
    async fn finish(self, message: Q) -> Result<Vec<Desk>, Status> {
        let _ = self.messages.send(message).await;
        drop(self.messages);
        time::timeout(Duration::from_secs(5), self.call).await.unwrap().unwrap()
    }
}

/// Whether the call went on, with one record of each decision.
async fn assert_decided_again(server: &Audited, answer: Result<Vec<Desk>, Status>, revoked: bool) {
    assert_eq!(server.desks.take_runs(), usize::from(!revoked));
    let records = server.take().await;
    let [call, again] = &records[..2] else { panic!("{records:?}") };
    assert_eq!((call.event, again.event), (AuditEvent::Call, AuditEvent::Stream));
    assert_eq!(call.request, again.request);
    assert_eq!((call.denial, again.denial.is_some()), (None, revoked));
    match answer {
        Err(status) => {
            assert!(revoked);
            assert_told(&status, Code::Unauthenticated, "CREDENTIALS_INVALID");
        }
        Ok(desks) => assert!(!revoked && desks.len() <= 2, "{desks:?}"),
    }
}

#[tokio::test]
async fn t_j01_a_revocation_between_the_decision_and_the_start_of_a_call_is_not_missed() {
    let server = start_audited(|authoriser| authoriser).await;
    for revoked in [true, false] {
        for method in ["GetDesk", "PutDesk", "WatchDesks"] {
            let (get, put) = if method == "PutDesk" {
                (None, Some(Late::<Desk>::begin(&server, method)))
            } else {
                (Some(Late::<Note>::begin(&server, method)), None)
            };
            server.kept.reach_more(1).await;
            if revoked {
                server.directory.fail(Fault::Revoked);
            }
            server.authoriser.revocations().announce(Revocation::Everything);
            let text = "2".to_owned();
            let answer = match (get, put) {
                (Some(get), _) => get.finish(Note { text }).await,
                (_, Some(put)) => put.finish(Desk { name: text, ..Desk::default() }).await,
                _ => unreachable!(),
            };
            assert_decided_again(&server, answer, revoked).await;
            server.directory.fail(Fault::None);
        }
    }
}

#[tokio::test]
async fn t_j02_a_request_that_is_long_in_coming_is_decided_again() {
    let recheck = Duration::from_millis(20);
    let server = start_audited(|authoriser| authoriser.max_decision_age(recheck)).await;
    for revoked in [true, false] {
        let put = Late::<Desk>::begin(&server, "PutDesk");
        server.kept.reach_more(1).await;
        if revoked {
            server.directory.fail(Fault::Revoked);
        }
        time::sleep(recheck * 2).await;
        let answer = put.finish(Desk { name: "2".to_owned(), ..Desk::default() }).await;
        assert_decided_again(&server, answer, revoked).await;
        server.directory.fail(Fault::None);
    }
}

/// The gate's result is already too old for the guard, and the revocation comes while it decides
/// itself.
#[tokio::test]
async fn t_g01_t_j01_a_revocation_while_a_stream_is_decided_is_not_missed() {
    let by_hand = |authoriser, desks| {
        Server::builder().add_service(Guard::new(desks).into_server(authoriser))
    };
    let server = start_as(|authoriser| authoriser.max_decision_age(LONG), by_hand).await;
    for idle in ["idle", "flood"] {
        let (directory, authoriser) = (server.directory.clone(), server.authoriser.clone());
        server.directory.meanwhile(move || {
            authoriser.revocations().announce(Revocation::Everything);
            directory.clone().meanwhile(move || {
                directory.fail(Fault::Revoked);
                authoriser.revocations().announce(Revocation::Everything);
            });
        });
        let watch = admin().request(Note { text: idle.to_owned() });
        let ends = async { drain(server.client().watch_desks(watch).await?.into_inner()).await };
        let ended = time::timeout(Duration::from_secs(5), ends).await.expect("it ends at once");
        assert_told(&ended.unwrap_err(), Code::Unauthenticated, "CREDENTIALS_INVALID");
        server.directory.fail(Fault::None);
    }
}

#[tokio::test]
async fn t_j02_a_message_after_the_revocation_is_not_seen_by_the_handler() {
    let server = start_audited(|authoriser| authoriser).await;
    for method in ["PutDesks", "ExchangeDesks"] {
        let Late { messages, call } = Late::<Desk>::begin(&server, method);
        messages.send(sent(CORPORATE)).await.unwrap();
        until(|| server.desks.seen() == 1).await;
        server.directory.fail(Fault::Revoked);
        server.authoriser.revocations().announce(Revocation::Everything);
        // It is over, whether or not the caller sends more.
        let _ = messages.send(sent(CORPORATE)).await;
        let status = time::timeout(Duration::from_secs(5), call).await.unwrap().unwrap();
        assert_told(&status.unwrap_err(), Code::Unauthenticated, "CREDENTIALS_INVALID");
        let seen = server.desks.take_seen();
        assert_eq!(seen.iter().filter(|seen| *seen == "desk of 2").count(), 1, "{seen:?}");
        server.directory.fail(Fault::None);
    }
}

/// A caller that does not read is not told, but nothing more is made for it.
#[tokio::test]
async fn t_j01_a_caller_that_stops_reading_gets_nothing_that_was_made_after_the_revocation() {
    let server = start_audited(|authoriser| authoriser).await;
    let flood = Caller::new(CORPORATE_VIEWER, CORPORATE).request(Note { text: "flood".to_owned() });
    let mut flood = server.client().watch_desks(flood).await.unwrap().into_inner();
    assert!(flood.message().await.unwrap().is_some());
    let mut made = 0;
    while made < server.desks.lasting.made() {
        made = server.desks.lasting.made();
        time::sleep(Duration::from_millis(30)).await;
    }
    server.directory.fail(Fault::Revoked);
    server.authoriser.revocations().announce(Revocation::Everything);
    server.kept.reach(2).await;
    let mut read = 1;
    let status = loop {
        match flood.message().await {
            Ok(Some(_)) => read += 1,
            Ok(None) => panic!("it ended well"),
            Err(status) => break status,
        }
    };
    assert_told(&status, Code::Unauthenticated, "CREDENTIALS_INVALID");
    assert_eq!(server.desks.lasting.made(), made);
    assert!(read <= made, "{read} of {made}");
    until(|| server.desks.lasting.alive() == 0).await;
}
