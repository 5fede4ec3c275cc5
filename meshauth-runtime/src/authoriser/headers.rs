//! From headers to an allow, once for all methods: the code of each method stays so small that all
//! of it fits the caches.

use futures_util::future::BoxFuture;
use http::HeaderMap;

use super::{
    Authoriser,
    admission::{Admission, Caller},
    call_context::CallContext,
    judge::{Judged, packed},
    method::sealed::DecisionToken,
};
use crate::{
    audit::AuditEvent,
    credential::Presented,
    decision::{Denial, Ruling},
    directory::{EntityRow, GroupRow, View},
    policy::TableEntry,
};

/// A decision that is made, or on its way.
pub(super) enum Judging<'a> {
    /// Most calls: allowed by the view.
    Allow(CallerRows<'a>, DecisionToken),
    Deny(Denial),
    Otherwise(Otherwise<'a>),
}

/// What is not most calls stands apart: of three cases the compiler makes comparisons, of four a
/// table to jump by, one for each method.
pub(super) enum Otherwise<'a> {
    Admit(Admission),
    Wait(BoxFuture<'a, Result<Admission, Denial>>),
}

impl Judging<'_> {
    fn told(told: Result<Admission, Denial>) -> Self {
        match told {
            Ok(admission) => Self::Otherwise(Otherwise::Admit(admission)),
            Err(denial) => Self::Deny(denial),
        }
    }
}

/// Who calls and in which group: a caller is large, so it is made where it is kept.
pub(super) struct CallerRows<'a> {
    view: &'a View,
    entity: &'a EntityRow,
    group: &'a GroupRow,
}

impl CallerRows<'_> {
    #[inline]
    pub(super) fn caller(&self) -> Caller {
        Caller::packed(self.view, self.entity, self.group)
    }
}

impl Authoriser {
    /// Decides a call by its headers, which are taken off, and leaves a record of it.
    pub(super) fn judge_headers<'a>(
        &'a self,
        entry: TableEntry,
        headers: &mut HeaderMap,
    ) -> Judging<'a> {
        let (core, event) = (self.core(), AuditEvent::Call);
        let mut context = CallContext::new(Presented::take(headers));
        match core.judge_packed(event, entry, &mut context) {
            Some(Judged::Ruled(view, Ruling::Authorised(entity, group))) => {
                Judging::Allow(CallerRows { view, entity, group }, self.token())
            }
            Some(Judged::Ruled(view, ruling)) => Judging::told(packed(view, &ruling)),
            Some(Judged::Pending(pending)) => {
                wait(async move { core.write_first(pending, &mut context).await })
            }
            None => {
                wait(async move { core.judge_by_look_ups(event, Some(entry), &mut context).await })
            }
        }
    }

    /// What it takes to make an access.
    pub(super) fn token(&self) -> DecisionToken {
        DecisionToken::by(self.lease())
    }
}

fn wait<'a>(judging: impl Future<Output = Result<Admission, Denial>> + Send + 'a) -> Judging<'a> {
    Judging::Otherwise(Otherwise::Wait(Box::pin(judging)))
}
