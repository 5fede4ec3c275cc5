//! Look-alikes, oversize, siblings... of the two headers (B03 to B05, B08, B09, B11, B13).

use std::iter;

use meshauth_runtime::Denial;
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Desk, Note, desk_service_guard::POLICY},
    worlds::{api_key, group_name},
};

use super::{
    answer::Told,
    call::{Call, MATCH, decided},
    server::{Wire, start},
};
use crate::service::{BROKER, BROKER_ADMIN, CORPORATE};

const INVALID: Told = Told::Denied(Denial::CredentialsInvalid);
const MISSING: Told = Told::Denied(Denial::CredentialsMissing);
const MALFORMED: Told = Told::Denied(Denial::GroupMalformed);

/// What a call with this key is told by the AUTHORISED and by the PUBLIC method.
async fn keyed(server: &Wire, key: &[u8]) -> [Told; 2] {
    let desk = Call::get_desk().key(key).group(group_name(CORPORATE));
    [server.h2(&desk).await.told(), server.h2(&Call::r#match().key(key)).await.told()]
}

#[tokio::test]
async fn t_b03_space_at_either_end_is_malformed_over_h2() {
    let server = start().await;
    let (key, group) = (api_key(BROKER_ADMIN), group_name(CORPORATE));
    assert_eq!(keyed(&server, key.as_bytes()).await, [Told::Allowed; 2]);
    for space in [" ", "\t", "  ", " \t "] {
        for spaced in
            [format!("{space}{key}"), format!("{key}{space}"), format!("{space}{key}{space}")]
        {
            assert_eq!(keyed(&server, spaced.as_bytes()).await, [INVALID; 2]);
        }
        for spaced in [format!("{space}{group}"), format!("{group}{space}")] {
            let call = Call::get_desk().key(&key).group(spaced);
            assert_eq!(server.h2(&call).await.told(), MALFORMED);
        }
    }
}

/// Values that are no key: empty, no text, text of other scripts, and 43 bytes that are nearly one.
fn unreadable() -> Vec<Vec<u8>> {
    let mut nearly = api_key(BROKER_ADMIN).into_bytes();
    nearly[20] = 0xff;
    let wide = format!("{}\u{ff21}", &api_key(BROKER_ADMIN)[..40]);
    let values = [b"".as_slice(), b"k\xe9", b"\xff", "\u{43a}\u{43b}\u{44e}\u{447}".as_bytes()];
    values.into_iter().map(<[u8]>::to_vec).chain([nearly, wide.into_bytes()]).collect()
}

#[tokio::test]
async fn t_b04_unreadable_keys_are_invalid_and_never_absent() {
    let server = start().await;
    for key in unreadable() {
        assert_eq!(keyed(&server, &key).await, [INVALID; 2], "{}", key.escape_ascii());
        let call = Call::r#match().key(&key);
        assert_eq!(server.h1(&call).await.told(), INVALID, "{}", key.escape_ascii());
    }
    assert_eq!(server.directory.take_calls(), (0, 0));
}

#[tokio::test]
async fn t_b04_unreadable_groups_are_malformed_and_never_absent() {
    let server = start().await;
    for group in unreadable() {
        let call = Call::get_desk().key(api_key(BROKER_ADMIN)).group(&group);
        assert_eq!(server.h2(&call).await.told(), MALFORMED, "{}", group.escape_ascii());
        assert_eq!(server.h1(&call).await.told(), MALFORMED, "{}", group.escape_ascii());
        let call = Call::r#match().group(&group);
        assert_eq!(server.h2(&call).await.header("caller"), Some("anonymous"));
    }
}

const LOOK_ALIKES: [&str; 8] = [
    "x-api-key-bin",
    "x_api_key",
    "x-api_key",
    "x-apikey",
    "api-key",
    "x-api-key-",
    "x-api-keys",
    "apikey",
];

#[tokio::test]
async fn t_b05_look_alikes_of_the_headers_are_not_read() {
    let server = start().await;
    for name in LOOK_ALIKES {
        for value in [&api_key(BROKER_ADMIN), "", "junk"] {
            let desk = Call::get_desk().with(name, value).group(group_name(CORPORATE));
            assert_eq!(server.h2(&desk).await.told(), MISSING, "{name}");
            assert_eq!(server.h1(&desk).await.told(), MISSING, "{name}");
            let public = Call::r#match().with(name, value);
            assert_eq!(server.h2(&public).await.header("caller"), Some("anonymous"), "{name}");
            let beside = Call::get_desk().with(name, value).by_admin();
            assert_eq!(server.h2(&beside).await.told(), Told::Allowed, "{name}");
        }
    }
    for name in ["x-group-bin", "x_group", "group", "x-groups"] {
        let call = Call::get_desk().key(api_key(BROKER_ADMIN)).with(name, group_name(CORPORATE));
        assert_eq!(server.h2(&call).await.told(), Told::Denied(Denial::GroupMissing), "{name}");
    }
}

#[tokio::test]
async fn t_b05_upper_case_is_the_same_name_over_h1_and_no_name_over_h2() {
    let server = start().await;
    for name in ["X-Api-Key", "X-API-KEY", "x-api-keY"] {
        let call =
            |value| Call::get_desk().with(name, value).with("X-Group", group_name(CORPORATE));
        assert_eq!(server.h1(&call(api_key(BROKER_ADMIN))).await.told(), Told::Allowed);
        // Two spellings are two values of one header.
        let twice = call(api_key(BROKER_ADMIN)).key(api_key(BROKER_ADMIN));
        assert_eq!(server.h1(&twice).await.told(), INVALID);
        assert_ne!(server.h2(&call(api_key(BROKER_ADMIN))).await.told(), Told::Allowed);
    }
}

/// Names that others' code has taken for its own, with values that would change a decision.
fn internal() -> Vec<(String, String)> {
    let group = group_name(BROKER);
    let names = [
        "x-forwarded-",
        "x-meshauth-",
        "x-middleware-",
        "x-auth-request-",
        "x-envoy-",
        "x-original-",
    ];
    let values = [
        ("user", "api_users/00000000000000000000000011".to_owned()),
        ("group", group.clone()),
        ("groups", group.clone()),
        ("role", "ROLE_TRADING_ADMIN".to_owned()),
        ("grants", format!("{group}/roles/5000000")),
        ("access", "PUBLIC".to_owned()),
        ("authorised", "true".to_owned()),
        ("uri", MATCH.to_owned()),
        ("proto", "https".to_owned()),
    ];
    let made = names.iter().flat_map(|name| {
        values.iter().map(move |(of, value)| (format!("{name}{of}"), value.clone()))
    });
    let known = [
        ("x-middleware-subrequest", "middleware:middleware:middleware"),
        ("x-original-url", MATCH),
        ("x-rewrite-url", MATCH),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-remote-user", "admin"),
        ("forwarded", "for=127.0.0.1;proto=https"),
        ("authorization", "Bearer admin"),
        ("proxy-authorization", "Basic YWRtaW46YWRtaW4="),
        ("cookie", "x-api-key=admin"),
        ("x-client-cert", "CN=admin"),
        ("grpc-previous-rpc-attempts", "1"),
    ];
    made.chain(known.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

#[tokio::test]
async fn t_b08_headers_that_others_trust_change_no_decision() {
    let server = start().await;
    let internal = internal();
    assert!(internal.len() >= 50);
    for (call, told) in decided() {
        let all = internal.iter().fold(call, |call, (name, value)| call.with(name, value));
        assert_eq!(server.h2(&all).await.told(), told);
        assert_eq!(server.h1(&all).await.told(), told);
    }
    for (name, value) in internal {
        let desk = Call::get_desk().with(&name, &value);
        assert_eq!(server.h2(&desk).await.told(), MISSING, "{name}");
        let public = Call::r#match().with(&name, &value);
        assert_eq!(server.h2(&public).await.header("caller"), Some("anonymous"), "{name}");
    }
}

/// The handlers themselves look: one that sees a header panics.
#[tokio::test]
async fn t_b09_no_handler_sees_the_headers() {
    let server = start().await;
    for policy in POLICY.methods() {
        let path = policy.path();
        let call = match path.rsplit('/').next().unwrap() {
            "GetDesk" | "GetStatement" | "WatchDesks" => {
                Call::to(path, &Note { text: "leak 2".into() })
            }
            "PutDesk" => Call::to(path, &Desk { name: "new".into(), ..Desk::default() }),
            _ => Call::to(path, &()),
        };
        let call = call.by(BROKER_ADMIN, BROKER).with("x-other", "seen");
        assert_eq!(server.h2(&call).await.told(), Told::Allowed, "{path}");
    }
    // Also where the group is ignored, and malformed.
    for groups in [vec![""], vec!["?"], vec!["a", "b", "c"], vec!["\u{e9}"]] {
        let call = groups.into_iter().fold(Call::r#match(), |call, group| call.group(group));
        assert_eq!(server.h2(&call).await.told(), Told::Allowed);
    }
}

#[tokio::test]
async fn t_b11_an_oversize_key_or_group_is_refused_without_a_look_up() {
    let server = start().await;
    let key = api_key(BROKER_ADMIN);
    for length in [42, 44, 86, 1_000, 15_000] {
        let long: String = key.chars().cycle().take(length).collect();
        assert_eq!(keyed(&server, long.as_bytes()).await, [INVALID; 2], "{length}");
        let h1 = server.h1(&Call::get_desk().key(&long).group(group_name(CORPORATE))).await;
        assert_eq!(h1.told(), INVALID, "{length}");
        assert_eq!(server.directory.take_calls(), (0, 0));

        let group = iter::repeat_n("groups/01", length / 9).collect::<String>();
        let call = Call::get_desk().key(&key).group(group);
        assert_eq!(server.h2(&call).await.told(), MALFORMED);
        assert_eq!(server.directory.take_calls().1, 0);
    }
}

#[tokio::test]
async fn t_b11_headers_beyond_16_kib_do_not_pass_http2() {
    let server = start().await;
    let call = Call::get_desk().key(vec![b'A'; 17_000]);
    assert_eq!(server.h2(&call).await.told(), Told::Http(431));
    let call = Call::get_desk().by_admin().with("x-other", vec![b'A'; 17_000]);
    assert_eq!(server.h2(&call).await.told(), Told::Http(431));
    assert_eq!(server.directory.take_calls(), (0, 0));
    let call = Call::get_desk().by_admin().with("x-other", vec![b'A'; 15_000]);
    assert_eq!(server.h2(&call).await.told(), Told::Allowed);
}

#[tokio::test]
async fn t_b13_the_siblings_of_a_key_are_unknown() {
    let server = start().await;
    let key = api_key(BROKER_ADMIN).into_bytes();
    let base64url = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = base64url.iter().position(|digit| *digit == key[42]).unwrap();
    // An encoder leaves the last two bits at 0; the siblings differ in them alone.
    assert_eq!(last % 4, 0);
    assert_eq!(keyed(&server, &key).await, [Told::Allowed; 2]);
    for bits in 1..4 {
        let mut sibling = key.clone();
        sibling[42] = base64url[last + bits];
        assert_eq!(keyed(&server, &sibling).await, [INVALID; 2]);
    }
    for shortened in [&key[..42], &key[1..], &key[..32]] {
        assert_eq!(keyed(&server, shortened).await, [INVALID; 2]);
    }
    assert_eq!(keyed(&server, &[&key, b"=".as_slice()].concat()).await, [INVALID; 2]);
}
