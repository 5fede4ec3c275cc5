//! Headers behind the body (B10). A proxy looks at those before it, and so does the decision: what
//! comes later is no credential, and replaces none.

use meshauth_runtime::{Denial, Method};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Desk, desk_service_guard::method},
    worlds::{api_key, group_name},
};

use super::{
    answer::Told,
    call::{Call, Header},
    server::{Wire, start},
};
use crate::service::{BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, INDIVIDUAL};

const INVALID: Told = Told::Denied(Denial::CredentialsInvalid);
const MISSING: Told = Told::Denied(Denial::CredentialsMissing);

fn trailing(call: Call, key: &str) -> Call {
    let key: Header = (b"x-api-key".into(), key.into());
    let group: Header = (b"x-group".into(), group_name(CORPORATE).into());
    Call { trailers: vec![key, group], ..call }
}

async fn assert_told(server: &Wire, call: &Call, told: Told) {
    assert_eq!(server.h2(call).await.told(), told);
    assert_eq!(server.h1(call).await.told(), told);
}

#[tokio::test]
async fn t_b10_a_key_in_the_trailers_is_no_key() {
    let server = start().await;
    let desks = Call::to(<method::PutDesks as Method>::POLICY.path(), &Desk::default());
    for call in [Call::get_desk(), desks] {
        assert_told(&server, &trailing(call, &api_key(BROKER_ADMIN)), MISSING).await;
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}

#[tokio::test]
async fn t_b10_trailers_replace_no_header() {
    let server = start().await;
    let key = api_key(CORPORATE_ADMIN);
    let call = trailing(Call::get_desk().by(99, CORPORATE), &key);
    assert_told(&server, &call, INVALID).await;
    let call = trailing(Call::r#match().key("short"), &key);
    assert_told(&server, &call, INVALID).await;
    let call = trailing(Call::get_desk().key(&key), &key);
    assert_told(&server, &call, Told::Denied(Denial::GroupMissing)).await;
    let call = trailing(Call::get_desk().by(CORPORATE_ADMIN, INDIVIDUAL), &key);
    assert_told(&server, &call, Told::Denied(Denial::RoleRequired)).await;
}

#[tokio::test]
async fn t_b10_a_key_in_the_trailers_is_no_second_one() {
    let server = start().await;
    for key in [&api_key(BROKER_ADMIN), "short", ""] {
        let call = trailing(Call::get_desk().by_admin(), key);
        assert_told(&server, &call, Told::Allowed).await;
    }
}

#[tokio::test]
async fn t_b10_a_key_in_the_trailers_of_a_public_call_leaves_the_caller_anonymous() {
    let server = start().await;
    for key in [&api_key(BROKER_ADMIN), "short", ""] {
        let call = trailing(Call::r#match(), key);
        assert_eq!(server.h2(&call).await.header("caller"), Some("anonymous"));
        assert_eq!(server.h1(&call).await.header("caller"), Some("anonymous"));
    }
}
