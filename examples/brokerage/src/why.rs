//! The operator's side: the same headers, decided once more, and the decision in few words.

use http::HeaderMap;
use meshauth_runtime::{
    Authoriser, Check, Decision, EntityFinding, GroupFinding, MethodPolicy, Miss, Presented, Trace,
    Verdict, VerificationFinding,
};

use crate::{
    api::brokerage::{
        trading::limit_order::v1::limit_order_service_guard,
        wallet::account::v1::account_service_guard,
    },
    call::{Call, Got},
    world::Group,
};

/// Which check decided, none for an allow, and why.
#[derive(Debug)]
pub(crate) struct Why {
    pub(crate) check: Option<Check>,
    pub(crate) words: String,
}

/// Explains what the client got.
pub(crate) async fn explain(
    authoriser: &Authoriser,
    call: Call,
    headers: &HeaderMap,
    got: &Got,
) -> Result<Why, Box<dyn std::error::Error>> {
    let policy = policy(&call.path());
    let decision = authoriser.decide(policy, &Presented::read(headers)).await;
    match (decision.verdict(), got) {
        (Verdict::Deny { by, .. }, _) => Ok(denied(by, &finding(by, decision.trace()))),
        (Verdict::Allow, Got::Allowed(_)) => Ok(Why { check: None, words: grant(&decision)? }),
        // The call was let in. The guard or the handler held what it touches against the scope.
        (Verdict::Allow, Got::Denied(reason)) => Ok(match reason.as_str() {
            "RESOURCE_NOT_FOUND" => denied(Check::Scope, "not visible"),
            "RESOURCE_NOT_OWNED" => denied(Check::Scope, "not owned"),
            _ => Why { check: None, words: String::from("no check: the call failed") },
        }),
    }
}

/// The policy of this very path, from the generated tables.
fn policy(path: &str) -> Option<&'static MethodPolicy> {
    [&account_service_guard::POLICY, &limit_order_service_guard::POLICY]
        .into_iter()
        .find_map(|service| service.method(path))
}

fn denied(check: Check, what: &str) -> Why {
    Why { check: Some(check), words: format!("check {}, {check}: {what}", check.number()) }
}

/// What the check saw. The findings can say it themselves, with full names and at greater length.
fn finding(check: Check, trace: &Trace) -> String {
    match check {
        Check::Method => String::from("no policy"),
        Check::Group => match trace.group() {
            GroupFinding::Missing => String::from("missing"),
            GroupFinding::Malformed => String::from("malformed"),
            GroupFinding::Missed(_, Miss::Unknown) => String::from("unknown"),
            other => other.to_string(),
        },
        Check::Entity => match trace.entity() {
            EntityFinding::Missing => String::from("no key"),
            EntityFinding::Malformed => String::from("malformed key"),
            EntityFinding::Missed(Miss::Unknown) => String::from("unknown key"),
            EntityFinding::Inactive(_) => String::from("inactive"),
            other => other.to_string(),
        },
        Check::Role => String::from("not granted"),
        Check::Verification => match trace.verification() {
            VerificationFinding::NotVerified(..) => String::from("not verified"),
            other => other.to_string(),
        },
        Check::Scope => trace.scope().to_string(),
    }
}

/// The grant that allowed the call.
fn grant(decision: &Decision<'_>) -> Result<String, Box<dyn std::error::Error>> {
    Ok(match decision.granted() {
        Some((role, group)) => {
            format!("{} in {}", role.name(), Group::named(&group.to_string())?)
        }
        None => String::from("PUBLIC"),
    })
}
