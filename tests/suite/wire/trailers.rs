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
    server::{Wire, start, start_by_hand},
};
use crate::service::{BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, INDIVIDUAL};

const MISSING: Told = Told::Denied(Denial::CredentialsMissing);

fn trailing(call: Call, key: &str) -> Call {
    let key: Header = (b"x-api-key".into(), key.into());
    let group: Header = (b"x-group".into(), group_name(CORPORATE).into());
    Call { trailers: vec![key, group], ..call }
}

/// However the service is mounted.
async fn servers() -> [Wire; 2] {
    [start().await, start_by_hand().await]
}

async fn assert_told(server: &Wire, call: &Call, told: Told) {
    assert_eq!(server.h2(call).await.told(), told);
    assert_eq!(server.h1(call).await.told(), told);
}

/// Who the PUBLIC method takes the caller for.
async fn assert_caller(server: &Wire, call: &Call, caller: &str) {
    assert_eq!(server.h2(call).await.header("caller"), Some(caller));
    assert_eq!(server.h1(call).await.header("caller"), Some(caller));
}

#[tokio::test]
async fn t_b10_a_key_in_the_trailers_is_no_key() {
    for server in servers().await {
        let desks = Call::to(<method::PutDesks as Method>::POLICY.path(), &Desk::default());
        for call in [Call::get_desk(), desks] {
            assert_told(&server, &trailing(call, &api_key(BROKER_ADMIN)), MISSING).await;
        }
        assert_eq!(server.directory.take_calls(), (0, 0));
    }
}

#[tokio::test]
async fn t_b10_trailers_turn_no_denial_into_another() {
    let key = api_key(CORPORATE_ADMIN);
    for server in servers().await {
        for (call, denial) in [
            (Call::get_desk().by(99, CORPORATE), Denial::CredentialsInvalid),
            (Call::r#match().key("short"), Denial::CredentialsInvalid),
            (Call::get_desk().key(&key), Denial::GroupMissing),
            (Call::get_desk().by(CORPORATE_ADMIN, INDIVIDUAL), Denial::RoleRequired),
        ] {
            assert_told(&server, &trailing(call, &key), Told::Denied(denial)).await;
        }
    }
}

#[tokio::test]
async fn t_b10_a_key_in_the_trailers_is_no_second_one() {
    for server in servers().await {
        for key in [&api_key(BROKER_ADMIN), "short", ""] {
            let call = trailing(Call::get_desk().by_admin(), key);
            assert_told(&server, &call, Told::Allowed).await;
        }
    }
}

#[tokio::test]
async fn t_b10_trailers_make_no_other_caller() {
    let sent = "api_users/00000000000000000000000012";
    for server in servers().await {
        for key in [&api_key(BROKER_ADMIN), "short", ""] {
            assert_caller(&server, &trailing(Call::r#match(), key), "anonymous").await;
            let call = Call::r#match().key(api_key(CORPORATE_ADMIN));
            assert_caller(&server, &trailing(call, key), sent).await;
        }
    }
}
