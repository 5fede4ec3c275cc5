//! What an allowed call rests on.

use std::sync::Arc;

use super::core::Core;
use crate::{
    decision::{Check, Denial},
    directory::{EntityRow, GroupRow, View},
    names::{EntityName, GroupName},
    policy::RoleNumber,
    records::{Entity, Group},
};

/// An allow, before it becomes the access of one method.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub enum Admission {
    /// A PUBLIC method: who calls, if the caller sent credentials.
    Public(Option<EntityName>),
    /// An AUTHORISED method.
    Authorised(Caller),
}

impl Admission {
    /// Who calls and in which group, as far as it is known.
    pub(crate) fn known(&self) -> (Option<EntityName>, Option<GroupName>) {
        match self {
            Self::Public(entity) => (*entity, None),
            Self::Authorised(caller) => (Some(caller.entity), Some(caller.group)),
        }
    }

    /// The names of the executing group's ownership hierarchy; none without a group.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn owners(&self, core: &Core) -> Vec<String> {
        match self {
            Self::Public(_) => Vec::new(),
            Self::Authorised(caller) => texts(&caller.hierarchy(core)),
        }
    }

    /// Who calls in which group, if there is a scope.
    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn names(&self) -> Option<(EntityName, GroupName)> {
        let (entity, group) = self.known();
        entity.zip(group)
    }
}

/// The path as resources state it.
pub(super) fn texts(hierarchy: &[GroupName]) -> Vec<String> {
    hierarchy.iter().map(ToString::to_string).collect()
}

/// Why a call is refused, or over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) denial: Denial,
    /// The check that failed; none if it was no check.
    #[cfg_attr(
        not(any(feature = "axum", feature = "tonic")),
        expect(dead_code, reason = "no guard")
    )]
    pub(crate) by: Option<Check>,
}

impl Refusal {
    /// For another reason than a check.
    pub(crate) const fn of(denial: Denial) -> Self {
        Self { denial, by: None }
    }
}

/// Who calls, and in which group: names, and where to find what is seldom asked for.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Caller {
    pub(super) entity: EntityName,
    pub(super) group: GroupName,
    pub(super) records: Held,
}

/// Where the records are that decided.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// In the view of the directory: the entity was at this place, and most likely still is.
    Packed(u32),
    /// Here: they were looked up.
    LookedUp(Arc<Entity>, Arc<Group>),
}

impl Caller {
    /// Found in a view.
    #[inline]
    pub(super) fn packed(view: &View, entity: &EntityRow, group: &GroupRow) -> Self {
        let records = Held::Packed(entity.place());
        Self { entity: view.entity_name(entity), group: group.name(), records }
    }

    /// From the root down to the executing group.
    pub(super) fn hierarchy(&self, core: &Core) -> Vec<GroupName> {
        match &self.records {
            Held::Packed(_) => {
                let view = core.last_view();
                view.and_then(|view| view.hierarchy_of(self.group)).unwrap_or_default()
            }
            Held::LookedUp(_, group) => group.hierarchy().to_vec(),
        }
    }

    /// Whether the group is the executing group or below it, and this very role is granted there or
    /// above.
    pub(super) fn may_grant(&self, core: &Core, group: &Group, role: RoleNumber) -> bool {
        let executing = self.hierarchy(core);
        // Every path begins with an empty one: a group that is not there any more gives nothing.
        if executing.last() != Some(&self.group) || !group.hierarchy().starts_with(&executing) {
            return false;
        }
        match &self.records {
            Held::Packed(place) => core.view().is_some_and(|view| {
                let entity = view.row_of(self.entity, *place);
                entity.is_some_and(|entity| view.holds(entity, group.hierarchy(), role))
            }),
            Held::LookedUp(entity, _) => entity.grants().hold(role, group),
        }
    }
}
