//! Where credentials are looked for.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    credentials::Credentials,
    error::{CredentialsError, Fault},
    limits::CREDENTIALS_VARIABLE,
};

impl Credentials {
    /// The credentials of this process: from the file that `MESH_API_CREDENTIALS` names, else from
    /// `mesh/credentials.json` in the user's configuration directory. How a file is read, and which
    /// one is refused: [`Credentials::load`].
    ///
    /// A variable that is set decides, also one that is empty or names no file: then there is an
    /// error, and never the credentials of the other place.
    ///
    /// The configuration directory is `$XDG_CONFIG_HOME` if that is an absolute path, else
    /// `~/.config`; on macOS `~/Library/Application Support`; on Windows `%APPDATA%`.
    ///
    /// ```no_run
    /// use meshauth_runtime::client::Credentials;
    ///
    /// let credentials = Credentials::discover()?;
    /// # Ok::<(), meshauth_runtime::client::CredentialsError>(())
    /// ```
    ///
    /// # Errors
    /// [Nothing at either place](CredentialsError::is_not_found), or as [`Credentials::load`].
    pub fn discover() -> Result<Self, CredentialsError> {
        discover_in(|name| env::var_os(name), env::home_dir())
    }
}

fn discover_in(
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Result<Credentials, CredentialsError> {
    if let Some(path) = variable(CREDENTIALS_VARIABLE) {
        if path.is_empty() {
            return Err(Fault::EmptyVariable.into());
        }
        return Credentials::load(Path::new(&path)).map_err(CredentialsError::named);
    }
    let Some(directory) = configuration(&variable, home) else {
        return Err(Fault::NotFound(None).into());
    };
    let path = directory.join("mesh").join("credentials.json");
    Credentials::load(&path).map_err(|error| {
        if error.is_missing_file() { Fault::NotFound(Some(path)).into() } else { error }
    })
}

/// The user's configuration directory. A relative path would depend on where the program is
/// started: there, somebody else may have put a file.
fn configuration(
    variable: &impl Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let named = |name| variable(name).map(PathBuf::from).and_then(absolute);
    named("XDG_CONFIG_HOME").or_else(|| {
        if cfg!(windows) {
            return named("APPDATA");
        }
        let below =
            if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
        home.and_then(absolute).map(|home| home.join(below))
    })
}

#[cfg(test)]
mod tests;
