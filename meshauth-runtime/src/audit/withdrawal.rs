//! A record that says "allow" of a call that did not go on is followed by one that says so.

use super::record::{AuditEvent, AuditRecord};

/// An allow that is being written. Unless it is confirmed, its call is refused, or its caller has gone:
/// whether the record was written or not, a second one withdraws it.
pub(super) struct Unconfirmed<F: FnOnce(AuditRecord)> {
    /// The record, and what keeps the second one.
    pending: Option<(AuditRecord, F)>,
}

impl<F: FnOnce(AuditRecord)> Unconfirmed<F> {
    /// Of a call that goes on already and is decided again there is nothing to withdraw: its end says
    /// what became of it.
    pub(super) fn new(record: &AuditRecord, keep: F) -> Self {
        let is_new = record.event != AuditEvent::Stream;
        Self { pending: is_new.then(|| (record.clone(), keep)) }
    }

    /// The record is written, and its call goes on.
    pub(super) fn confirm(mut self) {
        self.pending = None;
    }
}

impl<F: FnOnce(AuditRecord)> Drop for Unconfirmed<F> {
    fn drop(&mut self) {
        if let Some((record, keep)) = self.pending.take() {
            keep(record.withdrawn());
        }
    }
}
