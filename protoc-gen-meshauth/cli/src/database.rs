//! Which database is meant.

use std::{env, error::Error, path::PathBuf};

use meshauth_sql::{Administration, PostgresDirectory, SqliteDirectory};

const VARIABLE: &str = "MESHAUTH_DATABASE";

/// A database that holds a directory, or will.
pub(crate) enum Database {
    Sqlite(PathBuf),
    /// The address may hold a password, so it is never shown.
    Postgres(String),
}

impl Database {
    /// The one that is given on the command line, or by the environment.
    pub(crate) fn given(argument: Option<String>) -> Result<Self, Box<dyn Error>> {
        if let Some(text) = argument.filter(|text| !text.is_empty()) {
            if has_password(&text) {
                return Err(format!(
                    "the address holds a password, which everybody on this machine can read on a \
                     command line: give the address in the variable {VARIABLE}"
                )
                .into());
            }
            return Ok(Self::of(text));
        }
        match env::var(VARIABLE) {
            Ok(text) if !text.is_empty() => Ok(Self::of(text)),
            _ => {
                Err(format!("which database? Give --database, or set the variable {VARIABLE}")
                    .into())
            }
        }
    }

    fn of(text: String) -> Self {
        if is_address(&text) { Self::Postgres(text) } else { Self::Sqlite(text.into()) }
    }

    /// The directory, which is there.
    pub(crate) async fn open(&self) -> Result<Administration, Box<dyn Error>> {
        match self {
            // Opening a file would make it.
            Self::Sqlite(path) if !path.is_file() => Err(format!(
                "{}: there is no such file, make it with init or import",
                path.display()
            )
            .into()),
            Self::Sqlite(path) => Ok(Administration::of_sqlite(path).await?),
            Self::Postgres(address) => Ok(Administration::of_postgres(address).await?),
        }
    }

    /// The directory, whose tables are made if they are not there.
    pub(crate) async fn make(&self) -> Result<Administration, Box<dyn Error>> {
        match self {
            Self::Sqlite(path) => drop(SqliteDirectory::open(path).await?),
            Self::Postgres(address) => PostgresDirectory::migrate(address).await?,
        }
        self.open().await
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Whether the user of an address has a password behind it, or the address one among its parameters.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://").filter(|_| is_address(text)) else { return false };
    let (authority, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || parameters.split('&').any(|parameter| parameter.starts_with("password="))
}

#[cfg(test)]
mod tests {
    use super::has_password;

    #[test]
    fn t_o11_a_password_is_seen_wherever_an_address_has_it() {
        for address in [
            "postgres://user:secret@host/db",
            "postgresql://user:secret@host",
            "postgres://user:se:cr@et@host/db",
            "postgres://user:@host/db",
            "postgres://host/db?user=u&password=secret",
        ] {
            assert!(has_password(address), "{address}");
        }
        for address in [
            "mesh.db",
            "a:b@c",
            "postgres://user@host:5432/db",
            "postgres://host/db?sslmode=require",
            "postgres:///db",
        ] {
            assert!(!has_password(address), "{address}");
        }
    }
}
