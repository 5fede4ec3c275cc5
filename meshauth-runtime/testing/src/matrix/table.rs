//! Who may call what, as a text to keep.

use std::{collections::BTreeSet, fmt};

use meshauth_runtime::Role;

use super::{
    grid::{Cell, Column},
    rows::{MethodRow, ServiceRows},
};

/// Who may call which method, as the authoriser decides: a line for each role and method, in plain
/// ASCII and in an order that depends on nothing but the names and numbers.
///
/// Kept in the repository as a file, it shows every change of access in review, and
/// [`AccessTable::assert_matches`] fails until the file is changed, too.
///
/// ```text
/// wallet.v1.AccountService ROLE_WALLET_ADMIN 1000000 GetAccount READ
/// wallet.v1.AccountService ROLE_WALLET_ADMIN 1000000 UpdateAccount WRITE verified
/// wallet.v1.AccountService ROLE_WALLET_VIEWER 1000001 GetAccount READ
/// wallet.v1.AccountService anyone GetTerms READ
/// ```
///
/// `verified` means a client that has passed verification. No line names a role that a caller does
/// not need: `anyone` calls without a key, `any_api_user` with a key and whatever role. `nobody` can
/// call a method without a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTable(Vec<String>);

impl AccessTable {
    pub(super) fn of(services: &[ServiceRows], roles: &[Role<'static>]) -> Self {
        let mut services: Vec<_> = services.iter().collect();
        services.sort_by_key(|service| service.service.name());
        Self(services.into_iter().flat_map(|service| lines(service, roles)).collect())
    }

    /// Asserts that the text kept in the repository says the same. Ends of lines do not matter.
    ///
    /// # Panics
    /// If it does not. The message has the lines that differ, and the whole new table.
    #[track_caller]
    pub fn assert_matches(&self, kept: &str) {
        let old: Vec<&str> =
            kept.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        if self.0 == old {
            return;
        }
        let (was, is): (BTreeSet<&str>, BTreeSet<&str>) =
            (old.iter().copied().collect(), self.0.iter().map(String::as_str).collect());
        let gone = was.difference(&is).map(|line| format!("- {line}\n"));
        let new = is.difference(&was).map(|line| format!("+ {line}\n"));
        let changes: String = gone.chain(new).collect();
        let changes = if changes.is_empty() { "the order of the lines\n" } else { &changes };
        panic!("who may call what has changed:\n{changes}\nif that is meant, keep this:\n{self}");
    }
}

impl fmt::Display for AccessTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Those of a service: by role, then by method.
fn lines(service: &ServiceRows, roles: &[Role<'static>]) -> Vec<String> {
    let name = service.service.name();
    let line = |who: &str, column: Column, row: &MethodRow| {
        let verified = if row.cell(column) == Cell::Verified { " verified" } else { "" };
        format!("{name} {who} {} {}{verified}", row.name(), row.operation())
    };
    let by_role = roles.iter().flat_map(|role| {
        let role = service.listed(role.number()).unwrap_or(*role);
        let (who, column) =
            (format!("{} {}", role.name(), role.number()), Column::Role(role.number()));
        let needed = service.rows.iter().filter(move |row| needs(row, column));
        needed.map(move |row| line(&who, column, row))
    });
    let without_role = service.rows.iter().filter_map(|row| {
        let allows = |column: &Column| row.cell(*column) != Cell::Deny;
        if allows(&Column::NoKey) {
            return Some(line("anyone", Column::NoKey, row));
        }
        if allows(&Column::NoRole) {
            return Some(line("any_api_user", Column::NoRole, row));
        }
        let mut all = roles.iter().map(|role| Column::Role(role.number()));
        (!all.any(|column| allows(&column))).then(|| line("nobody", Column::NoKey, row))
    });
    by_role.chain(without_role).collect()
}

/// Whether it is the role that lets a caller in.
fn needs(row: &MethodRow, column: Column) -> bool {
    row.cell(column) != Cell::Deny && row.cell(column) != row.cell(Column::NoRole)
}
