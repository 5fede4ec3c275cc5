//! From headers to an allow, once for all methods: the code of each method stays so small that all
//! of it fits the caches.

use futures_util::future::BoxFuture;
use http::HeaderMap;

use super::{
    Authoriser,
    admission::{Admission, Caller},
    call_context::CallContext,
    judge::{ViewDecision, packed},
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
pub(super) enum HeaderDecision<'a, 'v> {
    /// Most calls: allowed by the view.
    Allow(CallerRows<'v>, DecisionToken),
    Deny(Denial),
    Slow(SlowDecision<'a>),
}

/// What is not most calls stands apart: of three cases the compiler makes comparisons, of four a
/// table to jump by, one for each method.
pub(super) enum SlowDecision<'a> {
    Admit(Admission, DecisionToken),
    Wait(BoxFuture<'a, Result<(Admission, DecisionToken), Denial>>),
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
    /// Decides a call by its headers, which are taken off, and leaves a record of it. None is the
    /// view of a directory that has none now.
    pub(super) fn judge_headers<'a, 'v>(
        &'a self,
        view: Option<&'v View>,
        entry: TableEntry,
        headers: &mut HeaderMap,
    ) -> HeaderDecision<'a, 'v> {
        let (core, event) = (self.core(), AuditEvent::Call);
        let mut context = CallContext::new(Presented::take(headers));
        let Some(view) = view else {
            return wait(async move {
                let judged = core.judge_by_look_ups(event, Some(entry), &mut context).await;
                let admission = judged.map_err(|refusal| refusal.denial)?;
                Ok((admission, self.token(&context)))
            });
        };
        match core.judge_packed(view, event, entry, &mut context) {
            ViewDecision::Made(Ruling::Authorised(entity, group)) => {
                HeaderDecision::Allow(CallerRows { view, entity, group }, self.token(&context))
            }
            ViewDecision::Made(ruling) => match packed(view, &ruling) {
                Ok(admission) => {
                    HeaderDecision::Slow(SlowDecision::Admit(admission, self.token(&context)))
                }
                Err(denial) => HeaderDecision::Deny(denial),
            },
            ViewDecision::Pending(pending) => wait(async move {
                let admission = core.write_first(pending, &mut context).await?;
                Ok((admission, self.token(&context)))
            }),
        }
    }

    /// What it takes to make an access.
    fn token(&self, context: &CallContext) -> DecisionToken {
        DecisionToken::new(self.lease(), context.request)
    }
}

fn wait<'a>(
    decision: impl Future<Output = Result<(Admission, DecisionToken), Denial>> + Send + 'a,
) -> HeaderDecision<'a, 'static> {
    HeaderDecision::Slow(SlowDecision::Wait(Box::pin(decision)))
}
