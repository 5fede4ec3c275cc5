//! The directory and all rows in one database: which one, how it is opened, and what is shown on it.

use std::{env, error::Error, fmt, path::PathBuf};

use meshauth_runtime::{Authoriser, World as DirectoryWorld};
use meshauth_sql::{Administration, AdministrationError, PostgresDirectory, SqliteDirectory};

use crate::{
    afterwards, changes,
    scenarios::MARKET,
    seed,
    service::Service,
    store::{postgres, sqlite},
    table::Report,
    world::World,
};

const VARIABLE: &str = "MESHAUTH_DATABASE";

/// A database that nothing is in yet.
pub(crate) enum Database {
    Sqlite(PathBuf),
    /// The address may hold a password, so it is never shown.
    Postgres(String),
}

impl Database {
    /// The one that the command line names, or else the environment.
    pub(crate) fn given(argument: Option<String>) -> Result<Self, String> {
        let Some(text) = argument else {
            let text = env::var(VARIABLE).ok().filter(|text| !text.is_empty());
            return text.map(Self::of).ok_or_else(|| {
                format!("which database? Give --database a value, or set the variable {VARIABLE}")
            });
        };
        match Self::of(text) {
            Self::Postgres(address) if has_password(&address) => Err(format!(
                "the address holds a password, which everybody on this machine can read on a command \
                 line: give the address in the variable {VARIABLE}, and --database without a value"
            )),
            database => Ok(database),
        }
    }

    pub(crate) fn of(text: String) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text)
        } else {
            Self::Sqlite(text.into())
        }
    }

    /// Makes the calls, changes the directory while streams are open, and makes calls again after a
    /// restart.
    pub(crate) async fn show(&self) -> Result<Report, Box<dyn Error>> {
        self.fill(&MARKET).await?;
        let mut report = Report::default();
        report.note(self.tables().await?);

        let service = self.start().await?;
        report.add(MARKET.about, service.play(MARKET.scenes).await?);
        report.add_steps(changes::ABOUT, changes::make(service.client()).await?);
        service.stop().await?;

        let service = self.start().await?;
        report.add(afterwards::ABOUT, service.play(afterwards::SCENES).await?);
        service.stop().await?;
        Ok(report)
    }

    /// Makes the tables of the directory and those of the service, with all that is in them.
    async fn fill(&self, world: &World) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Sqlite(path) => drop(SqliteDirectory::open(path).await?),
            Self::Postgres(address) => PostgresDirectory::migrate(address).await?,
        }
        let directory = DirectoryWorld::from_json(world.directory)?;
        match self.administration().await?.import(&directory).await {
            Err(AdministrationError::Founded) => {
                return Err(format!("{self} holds a directory already: name a new one").into());
            }
            imported => imported?,
        }
        let (accounts, orders) = (seed::accounts(world.groups), seed::orders(world.groups));
        match self {
            Self::Sqlite(path) => sqlite::open(path).await?.fill(&accounts, &orders).await?,
            Self::Postgres(address) => {
                postgres::open(address).await?.fill(&accounts, &orders).await?;
            }
        }
        Ok(())
    }

    async fn administration(&self) -> Result<Administration, Box<dyn Error>> {
        Ok(match self {
            Self::Sqlite(path) => Administration::of_sqlite(path).await?,
            Self::Postgres(address) => Administration::of_postgres(address).await?,
        })
    }

    /// Opens what is there, and serves it. The directory and the rows are in one database, so the
    /// directory's own table of paths is beside the rows. Otherwise `keep_paths` would keep a copy.
    async fn start(&self) -> Result<Service, Box<dyn Error>> {
        let administration = Some(self.administration().await?);
        match self {
            Self::Sqlite(path) => {
                let authoriser = Authoriser::new(SqliteDirectory::open(path).await?);
                Service::start(authoriser, sqlite::open(path).await?, administration).await
            }
            Self::Postgres(address) => {
                let authoriser = Authoriser::new(PostgresDirectory::connect(address).await?);
                Service::start(authoriser, postgres::open(address).await?, administration).await
            }
        }
    }

    /// Says which tables are whose.
    async fn tables(&self) -> Result<String, Box<dyn Error>> {
        let tables = match self {
            Self::Sqlite(path) => sqlite::open(path).await?.tables().await?,
            Self::Postgres(address) => postgres::open(address).await?.tables().await?,
        };
        let (directory, own): (Vec<_>, Vec<_>) =
            tables.into_iter().partition(|table| table.starts_with("meshauth_"));
        let directory: Vec<_> = directory.chunks(4).map(|line| line.join(", ")).collect();
        Ok(format!(
            "{self} holds everything, and stays when the program ends.\n\
             Tables of the directory:\n  {}\n\
             Tables of the service, whose rows name their owner:\n  {}",
            directory.join(",\n  "),
            own.join(", ")
        ))
    }
}

/// What it is called in messages.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(_) => f.write_str("the database in PostgreSQL"),
        }
    }
}

/// Whether the user of an address has a password behind it, or the address one among its parameters.
fn has_password(address: &str) -> bool {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let (authority, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || parameters.split('&').any(|parameter| parameter.starts_with("password="))
}

#[cfg(test)]
mod tests {
    use super::Database;

    #[test]
    fn t_o11_a_password_on_the_command_line_is_refused_and_not_repeated() {
        for address in [
            "postgres://user:secret@host/database",
            "postgresql://user:secret@host/database",
            "postgres://host/database?user=u&password=secret",
        ] {
            let refused = Database::given(Some(address.to_owned())).err().unwrap_or_default();
            assert!(refused.contains("MESHAUTH_DATABASE"), "{refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
        for address in ["mesh.db", "a:b@c", "postgres://user@host:5432/database"] {
            assert!(Database::given(Some(address.to_owned())).is_ok(), "{address}");
        }
    }
}
