//! What is kept of a decision.

use std::{
    fmt::{self, Write},
    time::{Duration, SystemTime},
};

use super::request_id::RequestId;
use crate::{
    decision::{
        Check, Decision, Denial, EntityFinding, Fault, GroupFinding, Outcome, ScopeFinding,
        ShadowedChecks, Trace, VerificationFinding,
    },
    names::{ClientName, EntityName, GroupName},
    policy::{Operation, TableEntry},
    records::Grant,
};

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditEvent {
    /// A call was allowed or denied.
    Call,
    /// A call that lasts was decided again: a stream that is open, or a request that was long in
    /// coming.
    Stream,
    /// A WRITE request carried another group's resource: no handler saw it.
    ForeignResource,
    /// A handler answered a resource outside the scope: nobody saw it. A fault of the handler.
    ScopeViolation,
}

impl AuditEvent {
    /// Its name in records, log and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::Stream => "STREAM",
            Self::ForeignResource => "FOREIGN_RESOURCE",
            Self::ScopeViolation => "SCOPE_VIOLATION",
        }
    }
}

/// What is kept of a decision, allow or deny: names and findings, never a key, a header value or a
/// message.
///
/// As text (`Display`) it is one line of JSON, in which no value can break the line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// When it was decided.
    pub time: SystemTime,
    /// What ties the records of one call together.
    pub request: RequestId,
    /// What was decided.
    pub event: AuditEvent,
    /// The path of the method; none if it has no policy. A path that a stranger chose is not kept.
    pub method: Option<&'static str>,
    /// Whether the method reads or writes.
    pub operation: Option<Operation>,
    /// The digest of the annotations of its service.
    pub policy_digest: Option<&'static str>,
    /// Who calls, if it is known.
    pub entity: Option<EntityName>,
    /// The executing group, as the caller names it.
    pub group: Option<GroupName>,
    /// The grant that allowed the call.
    pub granted: Option<Grant>,
    /// The name of its role.
    pub role: Option<&'static str>,
    /// The client whose verification was looked at.
    pub client: Option<ClientName>,
    pub(super) outcomes: Outcomes,
    /// What the call may touch.
    pub scope: Option<(Operation, GroupName)>,
    /// What the caller was told; none if the call was allowed.
    pub denial: Option<Denial>,
    /// The check that refused it.
    pub refused_by: Option<Check>,
    /// What operators have to mend, whatever the caller was told.
    pub fault: Option<Fault>,
    /// The checks that it failed, but for shadow mode.
    pub shadowed: ShadowedChecks,
    /// How long the decision took.
    pub latency: Duration,
}

/// How each of the checks ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcomes([Outcome; 6]);

impl Outcomes {
    /// A message was held against the scope, and nothing else was looked at.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(super) const SCOPE_FAILED: Self = {
        let mut outcomes = [Outcome::Skip; 6];
        outcomes[5] = Outcome::Fail;
        Self(outcomes)
    };

    fn of(trace: &Trace) -> Self {
        let mut outcomes = [Outcome::Skip; 6];
        for (outcome, check) in outcomes.iter_mut().zip(Check::ALL) {
            *outcome = trace.outcome(*check);
        }
        Self(outcomes)
    }
}

impl AuditRecord {
    /// How the check ended.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        self.outcomes.0[usize::from(check.number()) - 1]
    }

    pub(crate) fn of_decision(
        (event, entry): (AuditEvent, Option<TableEntry>),
        (time, request): (SystemTime, RequestId),
        decision: &Decision<'_>,
        latency: Duration,
    ) -> Self {
        let trace = decision.trace();
        Self {
            time,
            request,
            event,
            method: entry.map(|entry| entry.method.path()),
            operation: entry.map(|entry| entry.method.operation()),
            policy_digest: entry.map(|entry| entry.service.digest()),
            entity: entity(trace.entity),
            group: group(trace.group),
            granted: trace.granted(),
            role: role(entry, trace),
            client: client(trace.verification),
            outcomes: Outcomes::of(trace),
            scope: scope(trace.scope),
            denial: decision.denial(),
            refused_by: decision.refused_by(),
            fault: decision.fault(),
            shadowed: decision.shadowed(),
            latency,
        }
    }

    /// Of what is no decision on a call.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(super) fn of_trace(
        entry: Option<TableEntry>,
        (time, request): (SystemTime, RequestId),
        trace: &Trace,
    ) -> Self {
        Self {
            time,
            request,
            event: AuditEvent::Call,
            method: entry.map(|entry| entry.method.path()),
            operation: entry.map(|entry| entry.method.operation()),
            policy_digest: entry.map(|entry| entry.service.digest()),
            entity: entity(trace.entity),
            group: group(trace.group),
            granted: None,
            role: None,
            client: client(trace.verification),
            outcomes: Outcomes::of(trace),
            scope: scope(trace.scope),
            denial: None,
            refused_by: None,
            fault: None,
            shadowed: ShadowedChecks::NONE,
            latency: Duration::ZERO,
        }
    }
}

fn entity(finding: EntityFinding) -> Option<EntityName> {
    match finding {
        EntityFinding::Known(name)
        | EntityFinding::Inactive(name)
        | EntityFinding::OutsideValidity(name) => Some(name),
        _ => None,
    }
}

fn group(finding: GroupFinding) -> Option<GroupName> {
    match finding {
        GroupFinding::NotLookedUp(name)
        | GroupFinding::Missed(name, _)
        | GroupFinding::Known(name) => Some(name),
        _ => None,
    }
}

fn role(entry: Option<TableEntry>, trace: &Trace) -> Option<&'static str> {
    Some(entry?.method.role(trace.granted()?.role())?.name())
}

fn client(finding: VerificationFinding) -> Option<ClientName> {
    match finding {
        VerificationFinding::Verified(name) | VerificationFinding::NotVerified(name, _) => {
            Some(name)
        }
        _ => None,
    }
}

fn scope(finding: ScopeFinding) -> Option<(Operation, GroupName)> {
    match finding {
        ScopeFinding::Scope(operation, group) => Some((operation, group)),
        _ => None,
    }
}

impl fmt::Display for AuditRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_1970 = self.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        write!(f, r#"{{"time":{}.{:06}"#, since_1970.as_secs(), since_1970.subsec_micros())?;
        self.each_field(|name, value| {
            write!(f, r#","{name}":""#)?;
            write!(Escaped(f), "{value}")?;
            f.write_char('"')
        })?;
        f.write_str(r#","checks":{"#)?;
        for check in Check::ALL.iter().copied() {
            let outcome = self.outcome(check);
            let comma = if check == Check::Method { "" } else { "," };
            write!(f, r#"{comma}"{check}":"{outcome}""#)?;
        }
        write!(f, r#"}},"latency_us":{}}}"#, self.latency.as_micros())
    }
}

impl AuditRecord {
    /// Each field that is there and is text.
    fn each_field(
        &self,
        mut field: impl FnMut(&str, &dyn fmt::Display) -> fmt::Result,
    ) -> fmt::Result {
        let mut optional = |name: &str, value: Option<&dyn fmt::Display>| {
            value.map_or(Ok(()), |value| field(name, value))
        };
        let reason = self.denial.map(Denial::reason);
        let shadowed = Some(self.shadowed).filter(|shadowed| *shadowed != ShadowedChecks::NONE);
        let scope = self.scope.map(|(operation, group)| format!("{operation:?} {group}"));
        optional("request", Some(&self.request))?;
        optional("event", Some(&self.event.name()))?;
        optional("decision", Some(&self.denial.map_or("allow", |_| "deny")))?;
        optional("reason", show(reason.as_ref()))?;
        optional("refused_by", show(self.refused_by.as_ref()))?;
        optional("fault", show(self.fault.as_ref()))?;
        optional("shadowed", show(shadowed.as_ref()))?;
        optional("method", show(self.method.as_ref()))?;
        optional("policy_digest", show(self.policy_digest.as_ref()))?;
        optional("entity", show(self.entity.as_ref()))?;
        optional("group", show(self.group.as_ref()))?;
        optional("granted", show(self.granted.as_ref()))?;
        optional("role", show(self.role.as_ref()))?;
        optional("client", show(self.client.as_ref()))?;
        optional("scope", show(scope.as_ref()))
    }
}

/// Text inside of quotes in JSON. Names of methods and roles are whatever a table says.
struct Escaped<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match char {
            '"' | '\\' => write!(self.0, "\\{char}"),
            // The line breaks of Unicode, too: some readers of logs know them.
            '\u{2028}' | '\u{2029}' => write!(self.0, "\\u{:04x}", u32::from(char)),
            _ if char.is_control() => write!(self.0, "\\u{:04x}", u32::from(char)),
            _ => self.0.write_char(char),
        })
    }
}

fn show<T: fmt::Display>(value: Option<&T>) -> Option<&dyn fmt::Display> {
    value.map(|value| value as &dyn fmt::Display)
}
