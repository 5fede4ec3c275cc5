//! HTTP/1.1 (A07, B03, B06): the decision is the same, and what this protocol does to headers gains
//! a caller nothing.

use meshauth_runtime::Denial;
use meshauth_tests::worlds::{api_key, group_name};

use super::{
    answer::Told,
    call::{Call, decided},
    server::{start, start_http2_only},
};
use crate::service::{BROKER, BROKER_ADMIN, CORPORATE};

const INVALID: Told = Told::Denied(Denial::CredentialsInvalid);

/// The same call with a whole URL for its path, of an authority that is not the host's.
fn absolute(call: &Call) -> Call {
    call.clone().at([b"http://evil.example", call.path.as_slice()].concat())
}

#[tokio::test]
async fn t_a07_every_decision_is_the_same_over_h1_its_absolute_form_and_h2() {
    let server = start().await;
    for (call, told) in decided() {
        let elsewhere = Call { authority: b"evil.example:1".into(), ..call.clone() };
        let other_host = call.clone().with("host", "evil.example");
        for answer in [
            server.h2(&call).await,
            server.h2(&elsewhere).await,
            server.h2(&other_host).await,
            server.h1(&call).await,
            server.h1(&elsewhere).await,
            server.h1(&absolute(&call)).await,
            server.h1(&absolute(&elsewhere)).await,
        ] {
            assert_eq!(answer.told(), told);
            // Word for word: the same status, wherever the protocol puts it.
            if told != Told::Allowed {
                assert!(answer.body.is_empty() && answer.trailers.is_empty(), "{answer:?}");
                assert_eq!(answer.header("content-type"), Some("application/grpc"));
            }
        }
    }
}

#[tokio::test]
async fn t_a07_an_authority_is_no_part_of_a_path() {
    let server = start().await;
    for (path, told) in [
        ("http://evil.example", Told::Denied(Denial::MethodUnknown)),
        ("http://evil.example/", Told::Denied(Denial::MethodUnknown)),
        (
            "http://evil.example//meshauth.testing.desk.v1.DeskService/GetDesk",
            Told::Denied(Denial::MethodUnknown),
        ),
        (
            "http://meshauth.testing.desk.v1.DeskService/GetDesk",
            Told::Denied(Denial::MethodUnknown),
        ),
        ("http://meshauth.testing.desk.v1.DeskService/Match", Told::Denied(Denial::MethodUnknown)),
        ("meshauth.testing.desk.v1.DeskService:80", Told::Denied(Denial::MethodUnknown)),
    ] {
        assert_eq!(server.h1(&Call::get_desk().by_admin().at(path)).await.told(), told, "{path}");
    }
}

#[tokio::test]
async fn t_b03_h1_itself_trims_and_nothing_else_does() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    for space in ["", " ", "\t", " \t  "] {
        let call =
            Call::get_desk().key(format!("{space}{key}{space}")).group(format!("{group}{space}"));
        assert_eq!(server.h1(&call).await.told(), Told::Allowed, "{space:?}");
    }
    for space in ["\u{a0}", "\u{2003}", "\u{200b}", "%20", "\"", "'"] {
        let call = Call::get_desk().key(format!("{space}{key}")).group(&group);
        assert_eq!(server.h1(&call).await.told(), INVALID, "{space:?}");
        assert_eq!(server.h1(&Call::r#match().key(format!("{key}{space}"))).await.told(), INVALID);
    }
}

/// hyper takes a line feed alone for the end of a header. So it is another header, with all that
/// follows from it: what a caller could have sent in two lines.
#[tokio::test]
async fn t_b06_a_bare_line_feed_gains_nothing() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    let split = |name: &str, value: &str| format!("a\n{name}: {value}");

    let two = Call::get_desk().key(format!("{key}\nx-group: {group}"));
    assert_eq!(server.h1(&two).await.told(), Told::Allowed);
    // Behind a proxy that adds the true headers, the smuggled ones are the second.
    let smuggled =
        Call::get_desk().by_admin().with("x-other", split("x-group", &group_name(BROKER)));
    assert_eq!(server.h1(&smuggled).await.told(), Told::Denied(Denial::GroupMalformed));
    for call in [Call::get_desk().by_admin(), Call::r#match().by_admin()] {
        let smuggled = call.with("x-other", split("x-api-key", &key));
        assert_eq!(server.h1(&smuggled).await.told(), INVALID);
    }
    let unknown = Call::r#match().with("x-other", split("x-api-key", &api_key(99)));
    assert_eq!(server.h1(&unknown).await.told(), INVALID);
}

#[tokio::test]
async fn t_b06_other_breaks_in_a_header_are_refused_by_http_itself() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    for value in [
        format!("{key}\rx-group: {group}"),
        format!("\r\n {key}"),
        format!("{key}\r\n \t"),
        format!("{key}\0"),
        format!("{key}\x0b"),
        format!("{key}\x7f"),
    ] {
        let call = Call::get_desk().key(&value).group(&group);
        assert_eq!(server.h1(&call).await.told(), Told::Http(400), "{value:?}");
        assert_eq!(
            server.h1(&Call::r#match().key(&value)).await.told(),
            Told::Http(400),
            "{value:?}"
        );
        // HTTP/2 has no lines; such bytes make no header in it.
        assert_eq!(server.h2(&call).await.told(), Told::Ended, "{value:?}");
    }
}

#[tokio::test]
async fn t_b06_a_server_that_is_not_told_otherwise_does_not_speak_h1() {
    let server = start_http2_only().await;
    assert_eq!(server.h1(&Call::get_desk().by_admin()).await.told(), Told::Ended);
    assert_eq!(server.h2(&Call::get_desk().by_admin()).await.told(), Told::Allowed);
}
