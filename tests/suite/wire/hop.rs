//! Headers that a caller declares to be of one hop (B07): a proxy takes them off, and whoever sent a
//! key would be anonymous behind it.

use meshauth_runtime::Denial;

use super::{answer::Told, call::Call, server::start};

const INVALID: Told = Told::Denied(Denial::CredentialsInvalid);

/// Ways to name a header, beside the `connection: close` that the client sends itself.
fn naming(name: &str) -> [String; 6] {
    [
        name.to_owned(),
        name.to_uppercase(),
        format!("close, {name}"),
        format!("{name},te"),
        format!("te ,\t{name} , x-other"),
        format!(",,{name}"),
    ]
}

#[tokio::test]
async fn t_b07_a_public_call_that_declares_the_key_to_be_of_one_hop_is_refused() {
    let server = start().await;
    for value in naming("x-api-key") {
        for call in [Call::r#match(), Call::r#match().by_admin()] {
            let call = call.with("connection", &value);
            assert_eq!(server.h1(&call).await.told(), INVALID, "{value}");
        }
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}

/// A PUBLIC call ignores its group, so it may lose it.
#[tokio::test]
async fn t_b07_a_group_of_one_hop_is_malformed() {
    let server = start().await;
    for value in naming("x-group") {
        let call = Call::get_desk().by_admin().with("connection", &value);
        let malformed = Told::Denied(Denial::GroupMalformed);
        assert_eq!(server.h1(&call).await.told(), malformed, "{value}");
        let call = Call::r#match().with("connection", &value);
        assert_eq!(server.h1(&call).await.header("caller"), Some("anonymous"), "{value}");
    }
}

#[tokio::test]
async fn t_b07_other_headers_may_be_of_one_hop() {
    let server = start().await;
    for name in ["keep-alive", "x-other", "x-api-keys", "x-api-key-bin", "x_api_key", "my-x-group"]
    {
        for value in naming(name) {
            let call = Call::r#match().with("connection", &value);
            assert_eq!(server.h1(&call).await.header("caller"), Some("anonymous"), "{value}");
        }
    }
}

#[tokio::test]
async fn t_b07_a_key_of_one_hop_is_invalid_for_an_authorised_call() {
    let server = start().await;
    for value in naming("x-api-key") {
        for call in [Call::get_desk(), Call::get_desk().by_admin()] {
            let call = call.with("connection", &value);
            assert_eq!(server.h1(&call).await.told(), INVALID, "{value}");
        }
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}

/// HTTP/2 has no such header.
#[tokio::test]
async fn t_b07_h2_refuses_the_header_itself() {
    let server = start().await;
    for call in [Call::r#match(), Call::get_desk().by_admin()] {
        let call = call.with("connection", "x-api-key");
        assert_eq!(server.h2(&call).await.told(), Told::Ended);
    }
}
