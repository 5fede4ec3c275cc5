//! A record that says "allow" of a call that did not go on is followed by one that says so.

use super::{
    queue::Audit,
    record::{AuditEvent, AuditRecord},
};

/// An allow that is being written. Unless it is confirmed, its call is refused, or its caller has gone:
/// whether the record was written or not, a second one withdraws it.
pub(super) struct Unconfirmed<'a> {
    audit: &'a Audit,
    record: Option<AuditRecord>,
}

impl<'a> Unconfirmed<'a> {
    /// None of a call that goes on already and is decided again: its end says what became of it.
    pub(super) fn of(audit: &'a Audit, record: &AuditRecord) -> Option<Self> {
        let is_new = record.event != AuditEvent::Stream;
        is_new.then(|| Self { audit, record: Some(record.clone()) })
    }

    /// The record is written, and its call goes on.
    pub(super) fn confirm(mut self) {
        self.record = None;
    }
}

impl Drop for Unconfirmed<'_> {
    fn drop(&mut self) {
        if let Some(record) = self.record.take() {
            self.audit.keep(record.withdrawn());
        }
    }
}
