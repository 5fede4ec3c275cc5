//! The directory that is decided by, as it is now.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
};

use meshauth_runtime::World;
use meshauth_sql::Administration;

const VARIABLE: &str = "MESHAUTH_DATABASE";

/// Reads all of it, at one moment.
///
/// # Errors
/// None that is given, one that cannot be read, and a password on the command line.
pub(super) async fn read(
    database: Option<String>,
    file: Option<&Path>,
) -> Result<World, Box<dyn Error>> {
    if let Some(file) = file {
        let text = super::read(file)?;
        let text = String::from_utf8(text).map_err(|_| format!("{}: not UTF-8", file.display()))?;
        return World::from_json(&text)
            .map_err(|error| format!("{}: {error}", file.display()).into());
    }
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    match (given(database), given(env::var(VARIABLE).ok())) {
        (Some(text), _) if has_password(&text) => Err(format!(
            "the address holds a password, which everybody on this machine can read on a command \
             line: give the address in the variable {VARIABLE}"
        )
        .into()),
        (Some(text), _) | (None, Some(text)) => export(text).await,
        (None, None) => {
            Err(format!("which directory? Give --database or --directory, or set {VARIABLE}")
                .into())
        }
    }
}

async fn export(text: String) -> Result<World, Box<dyn Error>> {
    if is_address(&text) {
        return Ok(Administration::of_postgres(&text).await?.export().await?);
    }
    let path = PathBuf::from(text);
    // Opening a file would make it.
    if !path.is_file() {
        return Err(format!("{}: there is no such file", path.display()).into());
    }
    Ok(Administration::of_sqlite(&path).await?.export().await?)
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
