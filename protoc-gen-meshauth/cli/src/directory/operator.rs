//! In whose name a change is made.

use std::{
    error::Error,
    fs,
    io::{self, IsTerminal as _, Read as _, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use meshauth_runtime::{ApiKey, GroupName, KeyDigest};
use meshauth_sql::{Actor, Administration, Outcome};
use zeroize::Zeroizing;

use super::parse;
use crate::database::Database;

/// Whose change it is, and in the name of which group.
#[derive(Debug, Args)]
pub(super) struct Operator {
    /// The executing group: it owns what is changed, or above it your role was granted
    #[arg(long, value_name = "GROUP", value_parser = parse::group)]
    group: GroupName,
    #[command(flatten)]
    key: OwnKey,
}

/// By what an operator proves itself.
#[derive(Debug, Args)]
pub(super) struct OwnKey {
    /// A file with your own key, or - for standard input; otherwise it is asked for at the terminal. A
    /// key is never an argument: everybody on this machine can read those
    #[arg(long, value_name = "FILE|-")]
    key_file: Option<PathBuf>,
}

/// An operator with the directory open.
pub(super) struct Session {
    pub(super) administration: Administration,
    by: Actor,
    group: GroupName,
}

impl Operator {
    pub(super) async fn enter(&self, database: &Database) -> Result<Session, Box<dyn Error>> {
        let key = self.key.digest()?;
        let administration = database.open().await?;
        let by = administration.operator(&key, self.group).await?;
        Ok(Session { administration, by, group: self.group })
    }
}

impl OwnKey {
    pub(super) fn digest(&self) -> Result<KeyDigest, Box<dyn Error>> {
        let text = self.read()?;
        let key = ApiKey::parse(text.trim_ascii_end().as_bytes());
        Ok(key.map_err(|error| format!("your key: {error}"))?.digest())
    }

    fn read(&self) -> Result<Zeroizing<String>, Box<dyn Error>> {
        let mut text = Zeroizing::new(String::new());
        match &self.key_file {
            Some(file) if file == Path::new("-") => {
                io::stdin().read_to_string(&mut text)?;
            }
            Some(file) => {
                let read = fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text));
                read.map_err(|error| format!("{}: {error}", file.display()))?;
            }
            None if io::stdin().is_terminal() => {
                text = Zeroizing::new(rpassword::prompt_password("your key: ")?);
            }
            None => {
                return Err("whose change is it? Give --key-file, with a file or - for standard \
                            input"
                    .into());
            }
        }
        Ok(text)
    }
}

impl Session {
    pub(super) fn by(&self) -> Actor {
        self.by.clone()
    }

    /// Says what became of a change, and what there is to do.
    pub(super) fn tell(&self, outcome: Outcome, out: &mut impl Write) -> io::Result<()> {
        match outcome {
            Outcome::Done => writeln!(out, "done"),
            Outcome::Proposed(name) => {
                writeln!(out, "proposed as {name}: nothing is changed until others agree, by")?;
                writeln!(out, "    meshauth directory agree {name} --group {}", self.group)
            }
        }
    }
}
