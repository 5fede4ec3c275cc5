//! Every role against every method of some services.

mod case;
mod expected;
mod grid;
mod report;
mod rows;
mod stage;
mod table;

use meshauth_runtime::{Authoriser, MethodPolicy, ServicePolicy, World};

use self::{
    case::Case,
    expected::Expected,
    rows::{Decided, MethodRow},
    stage::Stage,
};
pub use self::{
    report::{MatrixReport, Mismatch},
    table::AccessTable,
};
use crate::at_once::at_once;

/// Every role against every method of some services, as their tables have them.
///
/// The roles are those of all the tables, each alone and all together, and one that no table knows.
/// They are granted in turn in the executing group, in its parent, in the root, in a sibling and in
/// a child; and there is an API user without a role. Each of these callers has a client that is
/// verified, one that is not, and none. Besides, every method is called without a key, with an unknown one, by an inactive API
/// user, without a group, and in an unknown group.
///
/// A real authoriser decides these calls. What it says is compared with what the table says, read
/// the other way round (by role, not by method) and by a rule that is written down a second time.
///
/// ```
/// # use meshauth_runtime::{MethodPolicy, Operation, ServicePolicy};
/// # static POLICY: ServicePolicy = ServicePolicy::new("time.v1.Clock", "0", &[&NOW], &[]);
/// # static NOW: MethodPolicy = MethodPolicy::public("/time.v1.Clock/Now", Operation::Read);
/// use meshauth_testing::RoleMatrix;
///
/// // All services of a process together: the roles of one are strangers to another.
/// let report = RoleMatrix::of(&[&POLICY]).decide();
/// report.assert_holds();
/// assert_eq!(report.table().to_string(), "time.v1.Clock anyone Now READ\n");
/// ```
#[derive(Debug, Clone)]
pub struct RoleMatrix {
    services: Vec<&'static ServicePolicy>,
    stage: Stage,
}

impl RoleMatrix {
    /// The matrix of these services.
    #[must_use]
    pub fn of(services: &[&'static ServicePolicy]) -> Self {
        Self { services: services.to_vec(), stage: Stage::of(services) }
    }

    /// The groups, API users and clients of the matrix, to be loaded into a directory of your own.
    #[must_use]
    pub fn records(&self) -> World {
        self.stage.world.records()
    }

    /// Decides all calls with a directory in memory.
    pub fn decide(&self) -> MatrixReport {
        at_once(self.decide_with(&self.stage.world.authoriser()))
    }

    /// Decides all calls with this authoriser, whose directory holds [`RoleMatrix::records`].
    pub async fn decide_with(&self, authoriser: &Authoriser) -> MatrixReport {
        let mut report = MatrixReport::of(self.stage.roles.clone());
        for service in &self.services {
            let mut rows = Vec::new();
            for path in paths(service) {
                rows.push(self.decide_method(authoriser, service, path, &mut report).await);
            }
            report.add(service, rows);
        }
        report
    }

    async fn decide_method(
        &self,
        authoriser: &Authoriser,
        service: &'static ServicePolicy,
        path: &'static str,
        report: &mut MatrixReport,
    ) -> MethodRow {
        let policy = service.method(path);
        let mut calls = Vec::new();
        for Case { situation, presented } in &self.stage.cases {
            let expected = Expected::of(service, path, *situation);
            let decision = authoriser.decide(policy, presented).await;
            let decided = Decided {
                situation: *situation,
                allows: decision.denial().is_none(),
                as_expected: expected.is_met_by(&decision),
            };
            if !decided.as_expected {
                report.mismatch(Mismatch { path, situation: *situation, expected, decision });
            }
            calls.push(decided);
        }
        MethodRow { path, policy, calls }
    }
}

/// The paths of all methods, and what else the rows of the roles name: a method that only they know.
fn paths(service: &'static ServicePolicy) -> Vec<&'static str> {
    let methods = service.methods().map(MethodPolicy::path);
    let mut paths: Vec<_> = methods.chain(service.roles().flat_map(|row| row.paths())).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
