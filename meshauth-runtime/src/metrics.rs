//! Counters and times for the `metrics` facade. Labels come from the tables alone: a stranger
//! cannot make a new one.
//!
//! Without the feature `metrics` nothing is counted.

#[cfg(feature = "metrics")]
mod counted {
    use metrics::{counter, histogram};

    use crate::{
        audit::{AuditEvent, AuditRecord},
        shadow::ShadowedChecks,
    };

    /// Of a path without a policy: it is not repeated.
    const NO_METHOD: &str = "none";

    pub(crate) const COUNTS: bool = true;

    pub(crate) fn decision(record: &AuditRecord) {
        let method = record.method.unwrap_or(NO_METHOD);
        let outcome = match record.denial {
            Some(denial) => denial.reason(),
            None if record.shadowed == ShadowedChecks::NONE => "ALLOW",
            None => "SHADOW",
        };
        let event = record.event.name();
        counter!("meshauth_decisions_total", "method" => method, "event" => event, "outcome" => outcome)
            .increment(1);
        if matches!(record.event, AuditEvent::Call | AuditEvent::Stream) {
            histogram!("meshauth_decision_seconds", "method" => method)
                .record(record.latency.as_secs_f64());
        }
    }

    pub(crate) fn audit_record_lost() {
        counter!("meshauth_audit_records_lost_total").increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod counted {
    use crate::audit::AuditRecord;

    pub(crate) const COUNTS: bool = false;

    pub(crate) fn decision(_: &AuditRecord) {}

    pub(crate) fn audit_record_lost() {}
}

pub(crate) use self::counted::{COUNTS, audit_record_lost, decision};
