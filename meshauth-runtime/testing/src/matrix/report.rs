//! What came of a matrix.

use std::fmt;

use meshauth_runtime::{Decision, Role, ServicePolicy};

use super::{
    case::Situation,
    expected::Expected,
    grid,
    rows::{MethodRow, ServiceRows},
    table::AccessTable,
};

/// So many mismatches are shown one by one: a broken decision has tens of thousands of them.
const SHOWN: usize = 100;

/// What came of a [`RoleMatrix`](crate::RoleMatrix). As text it shows, for each service, who may
/// call which method, and then the calls that were decided otherwise than their tables say (the
/// first 100 of them; [`MatrixReport::mismatches`] has all).
#[derive(Debug, Clone)]
#[must_use = "a report that nobody looks at tests nothing"]
pub struct MatrixReport {
    roles: Vec<Role<'static>>,
    services: Vec<ServiceRows>,
    mismatches: Vec<Mismatch>,
}

impl MatrixReport {
    pub(super) fn of(roles: Vec<Role<'static>>) -> Self {
        Self { roles, services: Vec::new(), mismatches: Vec::new() }
    }

    pub(super) fn add(&mut self, service: &'static ServicePolicy, rows: Vec<MethodRow>) {
        self.services.push(ServiceRows { service, rows });
    }

    pub(super) fn mismatch(&mut self, mismatch: Mismatch) {
        self.mismatches.push(mismatch);
    }

    /// The calls that were decided otherwise than the table of their service says.
    #[must_use]
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }

    /// How many calls were decided.
    #[must_use]
    pub fn decisions(&self) -> usize {
        let rows = self.services.iter().flat_map(|service| &service.rows);
        rows.map(|row| row.calls.len()).sum()
    }

    /// Asserts that every call was decided as the table of its service says.
    ///
    /// # Panics
    /// If one was not; and if there was none to decide, which shows nothing.
    #[track_caller]
    pub fn assert_holds(&self) {
        assert!(self.decisions() > 0, "the matrix holds no method");
        assert!(self.mismatches.is_empty(), "the tables and the decisions differ\n{self}");
    }

    /// Who may call which method, to be kept in the repository: a change of it is a change of
    /// access.
    #[must_use]
    pub fn table(&self) -> AccessTable {
        AccessTable::of(&self.services, &self.roles)
    }
}

impl fmt::Display for MatrixReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.services.iter().try_for_each(|service| grid::write(f, &self.roles, service))?;
        let (mismatches, decisions) = (self.mismatches.len(), self.decisions());
        writeln!(f, "{decisions} calls, {mismatches} decided otherwise than the tables say")?;
        self.mismatches.iter().take(SHOWN).try_for_each(|mismatch| writeln!(f, "{mismatch}"))?;
        if mismatches > SHOWN {
            writeln!(f, "and {} more", mismatches - SHOWN)?;
        }
        match self.mismatches.first() {
            Some(first) => writeln!(f, "the first of them was {}", first.decision),
            None => Ok(()),
        }
    }
}

/// A call that was decided otherwise than the table of its service says.
#[derive(Debug, Clone)]
pub struct Mismatch {
    pub(super) path: &'static str,
    pub(super) situation: Situation,
    pub(super) expected: Expected,
    pub(super) decision: Decision<'static>,
}

impl Mismatch {
    /// The path of the method.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// How the decision came about.
    #[must_use]
    pub fn decision(&self) -> &Decision<'static> {
        &self.decision
    }
}

/// One line: the method, the caller, what was expected and what came.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, situation, expected, decision } = self;
        let came = match (decision.denial(), decision.refused_by()) {
            (Some(denial), Some(check)) => Expected::Deny(denial, check),
            _ => Expected::Allow,
        };
        write!(f, "{path}: {situation}: should be {expected}, was {came}")
    }
}
