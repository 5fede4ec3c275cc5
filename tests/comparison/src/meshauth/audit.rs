//! The same with a record of each decision, which costs its call something and its writer more.

use std::sync::Arc;

use meshauth_runtime::{
    Authoriser,
    audit::{Audit, AuditRecord, AuditSink, AuditWrite},
};
use tokio::runtime::Runtime;

use super::Known;
use crate::contender::{Agreement, Answer, Call, Check};

/// More than a batch of calls leaves.
const WAITING_RECORDS: usize = 4_096;

/// Takes records and drops them.
struct Nowhere;

impl AuditSink for Nowhere {
    fn write<'a>(&'a self, _: &'a AuditRecord) -> AuditWrite<'a> {
        Box::pin(async { Ok(()) })
    }
}

/// The method is known, and best-effort audit is on.
#[derive(Debug)]
pub(crate) struct Audited {
    known: Known,
    audit: Audit,
}

impl Audited {
    /// Another authoriser over the same directory.
    pub(crate) fn new(known: &Known) -> Self {
        let audit = Audit::best_effort(Nowhere, WAITING_RECORDS);
        let directory = Arc::clone(&known.directory);
        let authoriser = Authoriser::builder(Arc::clone(&directory)).audit(audit.clone()).build();
        Self { known: Known { authoriser, directory }, audit }
    }
}

impl Check for Audited {
    const AGREEMENT: Agreement = Agreement::Full;

    fn whole(&self, call: &mut Call) -> Answer {
        self.known.whole(call)
    }

    /// Calls only leave their records: they are written here.
    fn settle(&self, runtime: &Runtime) {
        runtime.block_on(self.audit.flush());
        assert_eq!(self.audit.lost(), 0, "every record must be kept");
    }
}
