//! Transactions that carry the executing group into the database.

use meshauth_runtime::{Kind, Operation, Scope};
use sqlx::{PgPool, Postgres, Row as _, Transaction};

use super::row_security::{PERMISSIVE, POLICIES, RowSecurity, SETTING};
use crate::error::SqlError;

/// A pool of connections to tables with [`RowSecurity`], whose transactions each have the scope of one
/// call.
///
/// ```no_run
/// use meshauth_runtime::{Read, Scope};
/// use meshauth_sql::{OwnedTable, OwnerColumn, RowSecurity, ScopedPool};
///
/// const ACCOUNT: RowSecurity =
///     RowSecurity::of(OwnedTable::new("account", OwnerColumn::new("owner")));
///
/// # async fn start(url: &str) -> Result<ScopedPool, Box<dyn std::error::Error>> {
/// // Once, when the service starts.
/// let pool = ScopedPool::checked(sqlx::PgPool::connect(url).await?, &[ACCOUNT]).await?;
/// # Ok(pool)
/// # }
///
/// async fn count(pool: &ScopedPool, scope: &Scope<Read>) -> Result<i64, Box<dyn std::error::Error>> {
///     let mut transaction = pool.begin(scope).await?;
///     let count = sqlx::query_scalar("SELECT count(*) FROM account");
///     let count = count.fetch_one(&mut *transaction).await?;
///     transaction.commit().await?;
///     Ok(count)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct ScopedPool(PgPool);

/// Why row-level security would not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowSecurityError {
    /// The login is a superuser, or a member of a role that is.
    #[error("the login is a superuser, or can become one: no policy holds for it")]
    Superuser,
    /// The login has `BYPASSRLS`, or is a member of a role that has.
    #[error("the login has BYPASSRLS, or can take a role that has: no policy holds for it")]
    Exempt,
    /// The login owns the table, or is a member of the role that does.
    #[error(
        "the login owns the table {0}, or can take the role that does: it could switch the policies off"
    )]
    Owner(&'static str),
    /// The table is not there.
    #[error("there is no table {0}, or the login cannot see it")]
    Missing(&'static str),
    /// The policies of [`RowSecurity::migration`] are not in force.
    #[error("row-level security of the table {0} is not in force, run RowSecurity::migration")]
    NotInForce(&'static str),
    /// The login may not read the paths of groups.
    #[error("the login may not read meshauth_group_paths, so that it would see nothing")]
    NoPaths,
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] SqlError),
}

/// Of who is logged in, and of who it has become: from the latter one can go back to the former.
const LOGIN: &str = "SELECT \
    coalesce(bool_or(rolsuper), false), coalesce(bool_or(rolbypassrls), false) FROM pg_roles \
    WHERE pg_has_role(session_user, oid, 'MEMBER') OR pg_has_role(current_user, oid, 'MEMBER')";
const TABLE: &str = "SELECT relrowsecurity AND relforcerowsecurity, \
    pg_has_role(session_user, relowner, 'MEMBER') OR pg_has_role(current_user, relowner, 'MEMBER') \
    FROM pg_class WHERE oid = to_regclass($1)";
const POLICY: &str = "SELECT count(*) FROM pg_policy \
    WHERE polrelid = to_regclass($1) AND polname = $2 AND polcmd = $3 AND polpermissive = $4 \
    AND polroles = ARRAY[0]::oid[]";
const PATHS: &str =
    "SELECT coalesce(has_table_privilege(to_regclass('meshauth_group_paths'), 'SELECT'), false)";

impl ScopedPool {
    /// Takes the pool, if row-level security holds for its login on all of these tables.
    ///
    /// # Errors
    /// A login that it would not hold for, or a table where it is not in force.
    pub async fn checked(pool: PgPool, tables: &[RowSecurity]) -> Result<Self, RowSecurityError> {
        check_login(&pool).await?;
        for table in tables {
            check_table(&pool, table.table()).await?;
        }
        Ok(Self(pool))
    }

    /// A transaction in which the tables show what this scope may touch. That of a READ can write
    /// nothing, in any table. The group is named for this transaction alone: the connection may come
    /// from a pooler that hands it to somebody else afterwards.
    ///
    /// # Errors
    /// A database that cannot be reached.
    pub async fn begin<K: Kind>(
        &self,
        scope: &Scope<K>,
    ) -> Result<Transaction<'static, Postgres>, SqlError> {
        let begin = match K::OPERATION {
            Operation::Read => "BEGIN READ ONLY",
            Operation::Write => "BEGIN READ WRITE",
        };
        let mut transaction = self.0.begin_with(begin).await?;
        sqlx::query("SELECT set_config($1, $2, true)")
            .bind(SETTING)
            .bind(scope.group().to_string())
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }
}

async fn check_login(pool: &PgPool) -> Result<(), RowSecurityError> {
    let login = sqlx::query(LOGIN).fetch_one(pool).await.map_err(SqlError::from)?;
    let flag = |column| login.try_get::<bool, _>(column).map_err(SqlError::from);
    if flag(0)? {
        return Err(RowSecurityError::Superuser);
    }
    if flag(1)? {
        return Err(RowSecurityError::Exempt);
    }
    let paths: bool = sqlx::query_scalar(PATHS).fetch_one(pool).await.map_err(SqlError::from)?;
    if paths { Ok(()) } else { Err(RowSecurityError::NoPaths) }
}

async fn check_table(pool: &PgPool, table: &'static str) -> Result<(), RowSecurityError> {
    let found =
        sqlx::query(TABLE).bind(table).fetch_optional(pool).await.map_err(SqlError::from)?;
    let found = found.ok_or(RowSecurityError::Missing(table))?;
    let flag = |column| found.try_get::<bool, _>(column).map_err(SqlError::from);
    if flag(1)? {
        return Err(RowSecurityError::Owner(table));
    }
    let mut in_force = flag(0)?;
    let restrictive = POLICIES.iter().map(|policy| (policy.name, policy.letter, false));
    for (name, letter, is_permissive) in restrictive.chain([(PERMISSIVE, "*", true)]) {
        let there: i64 = sqlx::query_scalar(POLICY)
            .bind(table)
            .bind(name)
            .bind(letter)
            .bind(is_permissive)
            .fetch_one(pool)
            .await
            .map_err(SqlError::from)?;
        in_force &= there == 1;
    }
    if in_force { Ok(()) } else { Err(RowSecurityError::NotInForce(table)) }
}
