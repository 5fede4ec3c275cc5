//! When a call was decided, and what that decision rests on: how long it holds.

use tokio::time::Instant;

use super::{
    admission::{Admission, Caller, Held},
    core::Core,
};
use crate::{
    directory::Revocation,
    names::{EntityName, GroupName},
    policy::TableEntry,
};

/// The moment up to which what a decision rests on was known to be true.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proof {
    pub(super) asked: Instant,
    /// The revocations that were announced before.
    pub(super) epoch: u64,
}

impl Proof {
    /// Of a decision that is about to be made.
    pub(crate) fn begin(core: &Core) -> Self {
        Self { epoch: core.revocations().epoch(), asked: core.known() }
    }

    /// Whether the decision is young enough, and nothing that it rests on was said to have changed.
    pub(crate) fn holds(self, core: &Core, entry: TableEntry, admission: &Admission) -> bool {
        self.asked.elapsed() < core.max_decision_age() && !self.is_revoked(core, entry, admission)
    }

    pub(super) fn is_revoked(self, core: &Core, entry: TableEntry, admission: &Admission) -> bool {
        let mut basis = None;
        core.revocations().any_since(self.epoch, |revocation| {
            basis
                .get_or_insert_with(|| Basis::of(core, entry, admission))
                .is_touched_by(*revocation)
        })
    }
}

/// The records that a decision rests on, as far as revocations name them.
#[derive(Debug)]
pub(super) struct Basis {
    entity: Option<EntityName>,
    groups: Groups,
}

#[derive(Debug)]
enum Groups {
    /// These.
    Named(Vec<GroupName>),
    /// Some that are not known here.
    Unknown,
}

impl Basis {
    pub(super) fn of(core: &Core, entry: TableEntry, admission: &Admission) -> Self {
        match admission {
            // The credential alone was looked at.
            Admission::Public(entity) => {
                Self { entity: *entity, groups: Groups::Named(Vec::new()) }
            }
            Admission::Authorised(caller) => {
                Self { entity: Some(caller.entity), groups: Groups::of(core, entry, caller) }
            }
        }
    }

    /// Whether it may be another one after this.
    pub(super) fn is_touched_by(&self, revocation: Revocation) -> bool {
        match (revocation, &self.groups) {
            (Revocation::Everything, _) | (Revocation::Group(_), Groups::Unknown) => true,
            (Revocation::Entity(entity), _) => self.entity == Some(entity),
            (Revocation::Group(group), Groups::Named(groups)) => groups.contains(&group),
        }
    }
}

impl Groups {
    /// The executing group and what is above it; if a client was looked at, also the group that owns
    /// the entity and what is above that.
    fn of(core: &Core, entry: TableEntry, caller: &Caller) -> Self {
        let mut groups = caller.hierarchy(core);
        if groups.is_empty() {
            return Self::Unknown;
        }
        if !entry.method.requires_verification() {
            return Self::Named(groups);
        }
        match &caller.records {
            Held::Packed(place) => {
                match core.last_view().and_then(|view| view.home_of(caller.entity, *place)) {
                    Some(home) => {
                        groups.extend(home);
                        Self::Named(groups)
                    }
                    None => Self::Unknown,
                }
            }
            // What is above a group of the hierarchy is in it.
            Held::LookedUp(entity, _) if groups.contains(&entity.owner()) => Self::Named(groups),
            Held::LookedUp(..) => Self::Unknown,
        }
    }
}
