//! What an HTTP caller is told: a problem (RFC 9457), and nothing else.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    corpus::{Served, cases, methods},
    wire::Wire,
};

/// What a sentence may name: headers, and nobody.
fn names_nobody(body: &str) -> bool {
    let names = ["ROLE_W", "ROLE_T", "groups/", "users/", "clients/", "meshtrade", "/"];
    let told = body.replace("about:blank", "");
    !names.iter().any(|name| told.contains(name))
}

#[tokio::test]
async fn a_denial_is_a_problem_and_tells_nothing_else() {
    let mut served = Served::start().await;
    let mut reasons = BTreeSet::new();
    for case in &cases() {
        served.directory.fail(case.fault);
        for method in methods().iter().step_by(5) {
            for wire in [Wire::Http1, Wire::Http2] {
                let (answered, _) = served.call(case, wire, method).await;
                if answered.status.is_success() {
                    continue;
                }
                let problem = answered.problem();
                let status = answered.status;
                let expected = json!({
                    "type": "about:blank",
                    "title": status.canonical_reason().unwrap(),
                    "status": status.as_u16(),
                    "detail": problem["detail"],
                    "reason": problem["reason"],
                    "domain": "meshauth",
                });
                assert_eq!(problem, expected);
                let text = std::str::from_utf8(&answered.body).unwrap();
                assert!(names_nobody(text), "{text}");

                let mut headers: BTreeSet<_> =
                    answered.headers.iter().map(|(name, _)| name.as_str()).collect();
                assert!(headers.remove("date") && headers.remove("content-length"));
                let mut expected =
                    BTreeSet::from(["cache-control", "content-type", "x-request-id"]);
                if status == 401 {
                    expected.insert("www-authenticate");
                    assert_eq!(answered.headers["www-authenticate"], "ApiKey header=\"x-api-key\"");
                }
                assert_eq!(headers, expected);
                assert_eq!(answered.headers["cache-control"], "no-store");
                reasons.insert(problem["reason"].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(reasons.len(), 11, "{reasons:?}");
}
