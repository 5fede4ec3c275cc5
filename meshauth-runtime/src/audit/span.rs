//! The span of a call (`tracing`, target `meshauth`, level INFO): whatever its handler logs carries
//! who called, in which group, and what.

use tracing::{Span, field};

use super::log;
use crate::{
    decision::{Decision, Denial},
    names::{EntityName, GroupName},
};

/// The span of one call. Without a subscriber that wants it, it costs next to nothing.
#[derive(Debug, Clone)]
pub(crate) struct CallSpan(Span);

impl CallSpan {
    /// Of a call that no gate saw.
    pub(crate) const NONE: Self = Self(Span::none());

    /// The span of a call that is about to be decided.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    #[inline]
    pub(crate) fn new(entry: crate::policy::TableEntry, request: super::RequestId) -> Self {
        Self(tracing::info_span!(
            target: log::TARGET,
            "call",
            %request,
            method = entry.method.path(),
            entity = field::Empty,
            group = field::Empty,
            outcome = field::Empty,
        ))
    }

    /// Whether anybody reads it.
    #[inline]
    pub(crate) fn is_read(&self) -> bool {
        !self.0.is_none()
    }

    /// The span itself, for what runs in it.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn span(&self) -> &Span {
        &self.0
    }

    /// The call is let in.
    pub(crate) fn allow(&self, entity: Option<EntityName>, group: Option<GroupName>) {
        self.name(entity, group);
        self.0.record("outcome", log::ALLOW);
    }

    /// What was decided.
    pub(crate) fn decide(&self, decision: &Decision<'_>) {
        let trace = decision.trace();
        self.name(trace.entity().name(), trace.group().name());
        self.0.record("outcome", log::outcome(decision));
    }

    /// The caller is told so, whatever was decided before.
    pub(crate) fn deny(&self, denial: Denial) {
        self.0.record("outcome", denial.reason());
    }

    fn name(&self, entity: Option<EntityName>, group: Option<GroupName>) {
        if let Some(entity) = entity {
            self.0.record("entity", field::display(entity));
        }
        if let Some(group) = group {
            self.0.record("group", field::display(group));
        }
    }
}
