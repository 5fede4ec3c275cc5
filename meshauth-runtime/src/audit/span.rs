//! The span of a call (`tracing`, target `meshauth`, level INFO): whatever its handler logs carries
//! who called, in which group, and what.

use tracing::{Span, field};

use super::record::AuditEvent;
use crate::{
    decision::{Denial, ShadowedChecks, outcome},
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
            target: super::TARGET,
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

    /// Who calls, and what was decided. Of a call that is decided again, only that it ends:
    /// subscribers may keep every value that a field had, and a stream has thousands of decisions.
    pub(crate) fn decided(
        &self,
        event: AuditEvent,
        (entity, group): (Option<EntityName>, Option<GroupName>),
        (denial, shadowed): (Option<Denial>, ShadowedChecks),
    ) {
        if event == AuditEvent::Call {
            self.name(entity, group);
        } else if denial.is_none() {
            return;
        }
        self.0.record("outcome", outcome(denial, shadowed));
    }

    /// The caller is told so, whatever was decided before.
    #[cfg(any(feature = "axum", feature = "tonic"))]
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
