//! Row-level security of PostgreSQL: the database itself keeps a statement that forgot its scope from
//! rows outside of it.

use std::iter;

use super::{
    columns::{BELOW, OwnerColumn},
    table::OwnedTable,
};

/// Where the executing group of a transaction stands.
pub(super) const SETTING: &str = "meshauth.executing_group";

/// Row-level security of a table: a second layer below the conditions of the queries.
///
/// A transaction of a [`ScopedPool`](super::ScopedPool) names the executing group. Of the table, it
/// sees the rows of that group and of those below it, and adds, changes and removes rows of that group
/// alone. Where no group is named nothing is seen and nothing can be written.
///
/// ```
/// use meshauth_sql::{OwnedTable, OwnerColumn, RowSecurity};
///
/// const ACCOUNT: RowSecurity =
///     RowSecurity::of(OwnedTable::new("account", OwnerColumn::new("owner")));
///
/// // For the service's own migrations, to read and to run by whoever owns the table.
/// println!("{}", ACCOUNT.migration());
/// # assert!(ACCOUNT.migration().contains("FORCE ROW LEVEL SECURITY"));
/// ```
///
/// It holds whatever the statement is: an `OR` without brackets, a join, a report. It does not hold for
/// the owner of the table and for superusers, who can switch it off, which is why a [`ScopedPool`]
/// refuses such a login; and for the partitions of a table, which need it themselves if they are named
/// in statements.
///
/// [`ScopedPool`]: super::ScopedPool
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSecurity(OwnedTable<OwnerColumn>);

/// What the policies are called, which command each is for, and what a row has to be.
pub(super) const POLICIES: [Policy; 4] = [
    Policy {
        name: "meshauth_sees",
        command: "SELECT",
        letter: "r",
        using: Some(Row::AtOrBelow),
        check: None,
    },
    Policy {
        name: "meshauth_adds",
        command: "INSERT",
        letter: "a",
        using: None,
        check: Some(Row::Own),
    },
    Policy {
        name: "meshauth_changes",
        command: "UPDATE",
        letter: "w",
        using: Some(Row::Own),
        check: Some(Row::Own),
    },
    Policy {
        name: "meshauth_removes",
        command: "DELETE",
        letter: "d",
        using: Some(Row::Own),
        check: None,
    },
];
/// Restrictive policies take away from what another one gives.
pub(super) const PERMISSIVE: &str = "meshauth_gives";

pub(super) struct Policy {
    pub(super) name: &'static str,
    command: &'static str,
    /// The same, as the catalogue has it.
    pub(super) letter: &'static str,
    using: Option<Row>,
    check: Option<Row>,
}

impl Policy {
    fn statements(&self, table: &str, owner: OwnerColumn) -> String {
        let Self { name, command, using, check, .. } = self;
        let condition = |word: &str, row: &Option<Row>| match row {
            Some(row) => format!("\n    {word} ({})", row.condition(owner)),
            None => String::new(),
        };
        let (using, check) = (condition("USING", using), condition("WITH CHECK", check));
        format!(
            "DROP POLICY IF EXISTS {name} ON {table};\n\
             CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR {command}{using}{check};\n"
        )
    }
}

#[derive(Clone, Copy)]
enum Row {
    AtOrBelow,
    Own,
}

impl Row {
    fn condition(self, owner: OwnerColumn) -> String {
        // An empty setting is one that an earlier transaction of the connection left behind.
        let group = format!("nullif(current_setting('{SETTING}', true), '')");
        match self {
            // As an array, which is made once for a statement and can be looked up in an index: a
            // policy with `IN (SELECT ..)` would read the whole table.
            Self::AtOrBelow => {
                format!("{owner} = ANY (ARRAY(SELECT {BELOW} WHERE above = {group}))")
            }
            Self::Own => format!("{owner} = (SELECT {group})"),
        }
    }
}

impl RowSecurity {
    /// Of this table.
    #[must_use]
    pub const fn of(table: OwnedTable<OwnerColumn>) -> Self {
        Self(table)
    }

    pub(super) fn table(self) -> &'static str {
        self.0.name()
    }

    /// The statements that put it in force, for the service's own migrations. They may be run again.
    ///
    /// The policies are restrictive: another policy of the table can narrow them, and cannot widen
    /// them. They are run by the owner of the table, with `meshauth_group_paths` in the search path;
    /// the service's login needs the right to read that table, and its rights on its own.
    #[must_use]
    pub fn migration(self) -> String {
        let (table, owner) = (self.table(), self.0.columns());
        let begin = format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n\
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY;\n\
             DROP POLICY IF EXISTS {PERMISSIVE} ON {table};\n"
        );
        let policies = POLICIES.iter().map(|policy| policy.statements(table, owner));
        // Until the last one nobody sees anything, also where each statement is a transaction.
        let end =
            format!("CREATE POLICY {PERMISSIVE} ON {table} USING (true) WITH CHECK (true);\n");
        iter::once(begin).chain(policies).chain([end]).collect()
    }
}
