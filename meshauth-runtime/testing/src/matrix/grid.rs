//! The table of a service: a row for each method, a column for each kind of caller.

use std::fmt;

use meshauth_runtime::{MethodPolicy, Operation, Role, RoleNumber};

use super::{
    case::{Held, Place, Situation},
    rows::{MethodRow, ServiceRows},
};

/// The width of a cell: the longest word, a mark, and two spaces.
const CELL: usize = 11;

/// Who is in every table, after the single roles.
const OTHERS: [(Column, &str); 4] = [
    (Column::EveryRole, "every role"),
    (Column::Unlisted, "other role"),
    (Column::NoRole, "no role"),
    (Column::NoKey, "no key"),
];

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Role(RoleNumber),
    /// A role that no table knows.
    Unlisted,
    NoRole,
    /// All roles of all tables.
    EveryRole,
    NoKey,
}

/// What a kind of caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Allow,
    /// With a verified client alone.
    Verified,
    Deny,
}

impl MethodRow {
    /// The method without its service.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub(super) fn operation(&self) -> &'static str {
        match self.policy.map(MethodPolicy::operation) {
            Some(Operation::Read) => "READ",
            Some(Operation::Write) => "WRITE",
            None => "-",
        }
    }

    /// What such a caller may do, its role being granted in the executing group.
    pub(super) fn cell(&self, column: Column) -> Cell {
        let shown = || self.calls.iter().filter(|call| column.shows(call.situation));
        match (shown().any(|call| call.allows), shown().all(|call| call.allows)) {
            (false, _) => Cell::Deny,
            (true, true) => Cell::Allow,
            (true, false) => Cell::Verified,
        }
    }

    fn is_as_expected(&self, column: Column) -> bool {
        let mut calls = self.calls.iter().filter(|call| column.covers(call.situation));
        calls.all(|call| call.as_expected)
    }
}

impl Column {
    /// Whether such a caller is in this situation, wherever its role is granted.
    fn covers(self, situation: Situation) -> bool {
        match (self, situation) {
            (Self::Role(number), Situation::Granted { held: Held::Listed(role, _), .. }) => {
                role.number() == number
            }
            (Self::EveryRole, Situation::Granted { held: Held::Every(_), .. })
            | (Self::Unlisted, Situation::Granted { held: Held::Unlisted(..), .. })
            | (Self::NoRole, Situation::Granted { held: Held::Nothing, .. })
            | (Self::NoKey, Situation::NoKey) => true,
            _ => false,
        }
    }

    fn shows(self, situation: Situation) -> bool {
        self.covers(situation)
            && !matches!(
                situation,
                Situation::Granted {
                    held: Held::Listed(_, place) | Held::Unlisted(_, place) | Held::Every(place),
                    ..
                } if place != Place::Executing
            )
    }
}

impl ServiceRows {
    /// The roles that make a difference to some method, or should.
    fn roles(&self, roles: &[Role<'static>]) -> impl Iterator<Item = Role<'static>> {
        roles.iter().filter_map(|role| {
            let column = Column::Role(role.number());
            let matters = |row: &MethodRow| row.cell(column) != row.cell(Column::NoRole);
            let differs = self.rows.iter().any(matters);
            self.listed(role.number()).or_else(|| differs.then_some(*role))
        })
    }

    /// The role with this number, by its name in this service: another may have another enum.
    pub(super) fn listed(&self, number: RoleNumber) -> Option<Role<'static>> {
        let mut roles = self.service.roles().map(|row| row.role());
        roles.find(|role| role.number() == number)
    }
}

/// Writes the table of a service. `!` marks what its table says otherwise.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    roles: &[Role<'static>],
    service: &ServiceRows,
) -> fmt::Result {
    writeln!(f, "{}", service.service.name())?;
    let mut columns = Vec::new();
    for (index, role) in service.roles(roles).enumerate() {
        let heading = (index + 1).to_string();
        writeln!(f, "  {heading}: {} ({})", role.name(), role.number())?;
        columns.push((Column::Role(role.number()), heading));
    }
    columns.extend(OTHERS.map(|(column, heading)| (column, heading.to_owned())));

    let width = service.rows.iter().map(|row| row.name().len()).max().unwrap_or(0);
    let headings = columns.iter().map(|(_, heading)| format!("{heading:<CELL$}"));
    write_line(f, &format!("  {:width$} {:5}  ", "", ""), headings)?;
    for row in &service.rows {
        let cells = columns.iter().map(|(column, _)| {
            let mark = if row.is_as_expected(*column) { "" } else { "!" };
            format!("{:<CELL$}", format!("{}{mark}", row.cell(*column).word()))
        });
        write_line(f, &format!("  {:width$} {:5}  ", row.name(), row.operation()), cells)?;
    }
    writeln!(f)
}

fn write_line(
    f: &mut fmt::Formatter<'_>,
    start: &str,
    cells: impl Iterator<Item = String>,
) -> fmt::Result {
    let line = format!("{start}{}", cells.collect::<String>());
    writeln!(f, "{}", line.trim_end())
}

impl Cell {
    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Verified => "verified",
            Self::Deny => "deny",
        }
    }
}
