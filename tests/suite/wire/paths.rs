//! Odd paths (A01 to A04): only the very bytes of a method's path reach its handler. A query and a
//! fragment are no part of a path.

use std::collections::BTreeSet;

use meshauth_runtime::{Denial, ServicePolicy};
use meshauth_tests::{SERVICES, api::meshauth::testing::desk::v1::desk_service_guard};

use super::{
    answer::Told,
    call::{Call, GET_DESK, MATCH},
    server::{Wire, start},
};

const SERVICE: &str = desk_service_guard::POLICY.name();

/// Over both protocols, no caller gets to a handler, and nothing is looked up for any.
async fn assert_no_method(path: impl AsRef<[u8]>, server: &Wire) {
    let path = path.as_ref();
    for call in [Call::get_desk(), Call::get_desk().by_admin(), Call::r#match().by_admin()] {
        let call = call.at(path);
        let shown = path.escape_ascii();
        assert_not_found(server.h2(&call).await.told(), &shown);
        // In a request line these end the path; h1 has tests of its own for whole URLs.
        let in_a_line = !path.is_empty()
            && !path.starts_with(b"http")
            && !path.iter().any(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        if in_a_line {
            assert_not_found(server.h1(&call).await.told(), &shown);
        }
        assert_eq!(server.directory.take_calls(), (0, 0), "{shown}");
    }
}

/// HTTP itself refuses what is no path.
#[track_caller]
fn assert_not_found(told: Told, path: &impl std::fmt::Display) {
    let found =
        !matches!(told, Told::Denied(Denial::MethodUnknown) | Told::Http(400) | Told::Ended);
    assert!(!found, "{path}: {told:?}");
}

/// This version of HTTP takes no path without its slash; the tables would not know it, either.
#[tokio::test]
async fn t_a01_path_without_leading_slash() {
    let server = start().await;
    let before = |before: &str| format!("{before}{GET_DESK}");
    for path in [
        GET_DESK[1..].to_owned(),
        "GetDesk".to_owned(),
        before(" "),
        before("x"),
        before("."),
        before("localhost"),
        before("http://localhost"),
        before("http://evil.example"),
        before("http:"),
        before("?"),
        before("#"),
        String::new(),
        "*".to_owned(),
        "?".to_owned(),
        "#".to_owned(),
    ] {
        assert_eq!(desk_service_guard::POLICY.method(&path), None);
        assert_no_method(path, &server).await;
    }
}

#[tokio::test]
async fn t_a02_slashes_dots_and_parameters() {
    let server = start().await;
    for path in [
        format!("/{GET_DESK}"),
        format!("//{GET_DESK}"),
        format!("//localhost{GET_DESK}"),
        format!("/{SERVICE}//GetDesk"),
        format!("{GET_DESK}/"),
        format!("{GET_DESK}//"),
        format!("/.{GET_DESK}"),
        format!("/{SERVICE}/./GetDesk"),
        format!("{GET_DESK}/."),
        format!("/..{GET_DESK}"),
        format!("/x/..{GET_DESK}"),
        format!("/{SERVICE}/x/../GetDesk"),
        format!("{GET_DESK}/x/.."),
        format!("{MATCH}/../GetDesk"),
        format!("{GET_DESK};a=b"),
        format!("{GET_DESK};"),
        format!("/{SERVICE};a=b/GetDesk"),
        format!("{GET_DESK}."),
        format!("{GET_DESK},{GET_DESK}"),
        format!("{GET_DESK}{GET_DESK}"),
        "/".to_owned(),
    ] {
        assert_no_method(path, &server).await;
    }
}

#[tokio::test]
async fn t_a02_parts_of_a_path_and_more_than_it() {
    let server = start().await;
    for path in [
        format!("/{SERVICE}"),
        format!("/{SERVICE}/"),
        "/GetDesk".to_owned(),
        "/DeskService/GetDesk".to_owned(),
        format!("/grpc{GET_DESK}"),
        format!("/x{}", &GET_DESK[1..]),
        format!("{GET_DESK}x"),
        GET_DESK[..GET_DESK.len() - 1].to_owned(),
        GET_DESK.to_lowercase(),
        GET_DESK.to_uppercase(),
        GET_DESK.replace("GetDesk", "getDesk"),
        GET_DESK.replace("GetDesk", "get_desk"),
        GET_DESK.replace('.', "/"),
        format!("/{SERVICE}/*"),
        format!("/{SERVICE}/{{method}}"),
        "/{*rest}".to_owned(),
        "/*".to_owned(),
    ] {
        assert_no_method(path, &server).await;
    }
}

#[tokio::test]
async fn t_a03_nothing_is_decoded() {
    let server = start().await;
    for path in [
        format!("/{SERVICE}%2FGetDesk"),
        format!("/{SERVICE}%2fGetDesk"),
        format!("/%2F{}", &GET_DESK[1..]),
        format!("%2F{}", &GET_DESK[1..]),
        format!("/{SERVICE}/%47etDesk"),
        format!("/{SERVICE}/%2547etDesk"),
        format!("/{SERVICE}%c0%afGetDesk"),
        format!("/{SERVICE}/%2e/GetDesk"),
        format!("/{SERVICE}/+GetDesk"),
        format!("{GET_DESK}%00"),
        format!("{GET_DESK}%20"),
        format!("{GET_DESK}%3Fx=1"),
        format!("{GET_DESK}%23f"),
        format!("{GET_DESK}%"),
    ] {
        assert_no_method(path, &server).await;
    }
}

#[tokio::test]
async fn t_a03_look_alikes_invisible_characters_and_bytes_that_are_no_text() {
    let server = start().await;
    let with = |before: &str, more: &[u8], after: &str| {
        [format!("/{SERVICE}/{before}").as_bytes(), more, after.as_bytes()].concat()
    };
    for path in [
        // Cyrillic, full width, a combining mark.
        with("G", "\u{435}".as_bytes(), "tDesk"),
        with("", "\u{ff27}".as_bytes(), "etDesk"),
        with("GetDesk", "\u{301}".as_bytes(), ""),
        // Zero width, byte order mark, soft hyphen, right to left, no-break space.
        with("GetDesk", "\u{200b}".as_bytes(), ""),
        with("Get", "\u{200b}".as_bytes(), "Desk"),
        with("", "\u{feff}".as_bytes(), "GetDesk"),
        with("Get", "\u{ad}".as_bytes(), "Desk"),
        with("GetDesk", "\u{202e}".as_bytes(), ""),
        with("GetDesk", "\u{a0}".as_bytes(), ""),
        // Other slashes.
        format!("\\{SERVICE}\\GetDesk").into_bytes(),
        format!("/{SERVICE}\\GetDesk").into_bytes(),
        format!("/{SERVICE}\u{2215}GetDesk").into_bytes(),
        // Controls and spaces.
        with("GetDesk", b"\0", ""),
        with("GetDesk", b"\0", "x"),
        with("GetDesk", b"\n", ""),
        with("GetDesk", b"\r\n", ""),
        with("GetDesk", b" ", ""),
        with("GetDesk", b"\t", ""),
        with("Get", b" ", "Desk"),
        with("GetDesk", b"\x7f", ""),
        // No text: a byte alone, and an overlong slash.
        with("GetDesk", b"\xff", ""),
        with("", b"\xc0\xaf", "GetDesk"),
    ] {
        assert_no_method(path, &server).await;
    }
}

/// What may follow a path without being a part of it. A fragment never travels in HTTP/1.1's
/// grammar, but it is taken.
const BEHIND: [&str; 11] = [
    "",
    "?",
    "?x=1",
    "?/../Match",
    "?public=true",
    "?x#f",
    "#",
    "#f",
    "#/public",
    "#?x",
    "#/grpc.health.v1.Health/Check",
];

#[tokio::test]
async fn t_a04_query_and_fragment_change_no_decision() {
    let server = start().await;
    for behind in
        BEHIND.into_iter().map(str::to_owned).chain([format!("?{MATCH}"), format!("#{MATCH}")])
    {
        let path = format!("{GET_DESK}{behind}");
        for (call, told) in [
            (Call::get_desk(), Told::Denied(Denial::CredentialsMissing)),
            (Call::get_desk().key("short"), Told::Denied(Denial::CredentialsInvalid)),
            (Call::get_desk().by_admin(), Told::Allowed),
        ] {
            let call = call.at(&path);
            assert_eq!(server.h2(&call).await.told(), told, "{path}");
            assert_eq!(server.h1(&call).await.told(), told, "{path}");
        }
    }
}

#[tokio::test]
async fn t_a04_a_path_behind_a_query_or_fragment_is_not_the_path() {
    let server = start().await;
    for mark in ['?', '#'] {
        for before in ["/", "/x", "/x/y", &format!("/{SERVICE}"), &format!("/{SERVICE}/")] {
            assert_no_method(format!("{before}{mark}{GET_DESK}"), &server).await;
            assert_no_method(format!("{before}{mark}{MATCH}"), &server).await;
        }
        // The PUBLIC method runs, not the one behind it.
        let call = Call::r#match().at(format!("{MATCH}{mark}{GET_DESK}"));
        assert_eq!(server.h2(&call).await.header("caller"), Some("anonymous"));
    }
}

fn policies() -> impl Iterator<Item = &'static ServicePolicy> {
    SERVICES.into_iter().chain([&desk_service_guard::POLICY])
}

#[test]
fn t_a02_a_table_finds_exactly_the_bytes_of_its_paths() {
    let odd = ["/", "//", ".", "..", "/./", "%2F", "%", ";", "?", "#", "\\", "\u{435}", "\u{200b}"];
    let ascii: Vec<String> = (0..128_u8).map(|byte| char::from(byte).to_string()).collect();
    let pieces: Vec<&str> = ascii.iter().map(String::as_str).chain(odd).collect();
    let mut found = 0;
    for policy in policies() {
        let paths: BTreeSet<&str> = policy.methods().map(|method| method.path()).collect();
        let mut check = |path: &str| {
            let policy = policy.method(path);
            assert_eq!(policy.map(|policy| policy.path()), paths.get(path).copied(), "{path:?}");
            found += usize::from(policy.is_some());
        };
        for path in &paths {
            check(path);
            for at in 0..=path.len() {
                let (before, after) = path.split_at(at);
                // Cut, with a piece more, and with a piece in place of a byte.
                check(before);
                check(after);
                for piece in &pieces {
                    check(&format!("{before}{piece}{after}"));
                    check(&format!("{before}{piece}{}", after.get(1..).unwrap_or_default()));
                }
            }
        }
    }
    // The mutations leave each path as it is now and then: it has to be found then, too.
    assert!(found > 5_000, "{found}");
}
