//! The directory that is decided by, as it is now.

use std::{error::Error, path::Path};

use meshauth_runtime::World;

use crate::database::Database;

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
    Ok(Database::given(database)?.open().await?.export().await?)
}
