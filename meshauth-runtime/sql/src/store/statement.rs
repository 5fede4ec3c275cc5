//! Statements, in one text for both databases where that can be.

#[cfg(feature = "postgres")]
type PostgresQuery<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;
#[cfg(feature = "sqlite")]
type SqliteQuery<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// A statement as each of the databases has it.
#[derive(Clone, Copy)]
pub(crate) struct Statement {
    #[cfg(feature = "sqlite")]
    sqlite: &'static str,
    #[cfg(feature = "postgres")]
    postgres: &'static str,
}

/// A value that goes into a statement.
pub(crate) enum Arg {
    Text(String),
    OptionalText(Option<String>),
    Number(i64),
    OptionalNumber(Option<i64>),
    Bytes(Vec<u8>),
    OptionalBytes(Option<Vec<u8>>),
    /// A list of names: an array, or where there is none its elements as JSON.
    Names(Vec<String>),
}

impl Statement {
    pub(crate) const fn shared(sql: &'static str) -> Self {
        Self::new(sql, sql)
    }

    #[cfg_attr(
        not(all(feature = "sqlite", feature = "postgres")),
        expect(unused_variables, reason = "the text of a database that is left out")
    )]
    pub(crate) const fn new(sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            #[cfg(feature = "sqlite")]
            sqlite,
            #[cfg(feature = "postgres")]
            postgres,
        }
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn for_sqlite(&self, args: &[Arg]) -> SqliteQuery<'_> {
        args.iter().fold(sqlx::query(self.sqlite), |query, arg| match arg {
            Arg::Text(text) => query.bind(text.clone()),
            Arg::OptionalText(text) => query.bind(text.clone()),
            Arg::Number(number) => query.bind(*number),
            Arg::OptionalNumber(number) => query.bind(*number),
            Arg::Bytes(bytes) => query.bind(bytes.clone()),
            Arg::OptionalBytes(bytes) => query.bind(bytes.clone()),
            Arg::Names(names) => query.bind(json_list(names)),
        })
    }

    #[cfg(feature = "postgres")]
    pub(super) fn for_postgres(&self, args: &[Arg]) -> PostgresQuery<'_> {
        args.iter().fold(sqlx::query(self.postgres), |query, arg| match arg {
            Arg::Text(text) => query.bind(text.clone()),
            Arg::OptionalText(text) => query.bind(text.clone()),
            Arg::Number(number) => query.bind(*number),
            Arg::OptionalNumber(number) => query.bind(*number),
            Arg::Bytes(bytes) => query.bind(bytes.clone()),
            Arg::OptionalBytes(bytes) => query.bind(bytes.clone()),
            Arg::Names(names) => query.bind(names.clone()),
        })
    }
}

/// The names are canonical, so nothing in them needs an escape.
#[cfg(feature = "sqlite")]
fn json_list(names: &[String]) -> String {
    if names.is_empty() { "[]".to_owned() } else { format!("[\"{}\"]", names.join("\",\"")) }
}
