//! A decision in memory allocates nothing, whatever comes of it.

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a fault in a test fails it"
)]

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{Authoriser, Denial, MemoryDirectory};
use meshauth_tests::{
    api::meshtrade::wallet::account::v1::account_service_guard::method::GetAccount,
    worlds::{api_key, group_name, key_sha256},
};

fn world() -> String {
    let [root, desk] = [1, 2].map(group_name);
    let user = |index: usize, roles: &str| {
        format!(
            r#"{{"name": "api_users/0000000000000000000000000{index}", "owner": "{desk}",
                "state": "ACTIVE", "credentials": [{{"key_sha256": "{}"}}], "roles": [{roles}]}}"#,
            key_sha256(api_key(index).as_bytes())
        )
    };
    let granted = user(1, &format!("\"{root}/roles/1000000\""));
    format!(
        r#"{{"groups": [{{"name": "{root}"}}, {{"name": "{desk}", "owner": "{root}"}}],
            "entities": [{granted}, {}],
            "clients": [{{"name": "clients/00000000000000000000000001", "owner": "{root}",
                "type": "COMPANY", "verification_status": "VERIFIED"}}]}}"#,
        user(2, "")
    )
}

#[test]
fn a_decision_in_memory_allocates_nothing() {
    let authoriser = Authoriser::new(MemoryDirectory::from_json(&world()).unwrap());
    for (user, group, expected) in [
        (1, 2, None),
        (1, 1, None),
        (2, 2, Some(Denial::RoleRequired)),
        (1, 9, Some(Denial::RoleRequired)),
        (9, 2, Some(Denial::CredentialsInvalid)),
    ] {
        let headers = || {
            let mut headers = HeaderMap::new();
            headers.insert("x-api-key", HeaderValue::from_str(&api_key(user)).unwrap());
            headers.insert("x-group", HeaderValue::from_str(&group_name(group)).unwrap());
            headers
        };
        // The first of its kind makes the series that it is counted in.
        let mut first = headers();
        let _ = authoriser.authorise::<GetAccount>(&mut first).now_or_never();
        let mut headers = headers();
        let mut denial = None;
        let counted = allocation_counter::measure(|| {
            let access = authoriser.authorise::<GetAccount>(&mut headers).now_or_never();
            denial = access.unwrap().err();
        });
        assert_eq!(denial, expected);
        assert_eq!(counted.count_total, 0, "{expected:?}: {counted:?}");
    }
}
