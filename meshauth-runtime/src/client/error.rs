//! Why there are no credentials.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::limits::{CREDENTIALS_VARIABLE, LIMIT};

/// Credentials that are not there, or that are refused: what is wrong, where, and what to do.
///
/// It repeats nothing of what a file holds, and `Debug` says what `Display` says.
pub struct CredentialsError {
    place: Place,
    fault: Fault,
}

/// Where the credentials were to come from.
enum Place {
    /// From a text, or from nowhere.
    Nowhere,
    File(PathBuf),
    /// From the file that the variable names.
    Named(PathBuf),
    /// The variable names no file. Its value is not kept: it may be the key itself.
    Unnamed,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Nothing at either place; the second one is none if the user has no configuration directory.
    #[error(
        "no credentials: set `{CREDENTIALS_VARIABLE}` to the path of a credentials file{}",
        or_at(.0.as_deref())
    )]
    NotFound(Option<PathBuf>),
    #[error(
        "`{CREDENTIALS_VARIABLE}` is set, but empty: set it to the path of a credentials file, or \
         unset it"
    )]
    EmptyVariable,
    #[error("the credentials file cannot be opened: {0}; name a file that this user can read")]
    Open(#[source] io::Error),
    #[error("the credentials file cannot be read: {0}")]
    Read(#[source] io::Error),
    #[error("credentials are read from a regular file only, or a link to one")]
    NotAFile,
    /// The permission bits.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has a mode"))]
    #[error(
        "others than its owner can access the credentials file (mode {0:04o}): close it with \
         `chmod 600`, and replace the key if somebody may have read it"
    )]
    Permissions(u32),
    #[error("a credentials file has at most {LIMIT} bytes")]
    TooLong,
    #[error("the credentials are not UTF-8")]
    NotText,
    #[error(
        "the JSON {} at line {line}, column {column}",
        if *.ended { "ends too early" } else { "is not valid" }
    )]
    Json { line: usize, column: usize, ended: bool },
    #[error("expected a JSON object, with the fields `api_key` and `group` and no other")]
    NoObject,
    #[error(
        "there is an unknown field: leave only `api_key` and `group` (its name is not shown: it \
         may be a key)"
    )]
    UnknownField,
    #[error("the field `{}` is missing", .0.name())]
    Missing(Field),
    #[error("the field `{}` is there twice", .0.name())]
    Twice(Field),
    #[error("the field `{}`: expected {expected}", .field.name())]
    Malformed { field: Field, expected: &'static str },
}

/// The other place where credentials are looked for.
fn or_at(place: Option<&Path>) -> String {
    match place {
        Some(path) => format!(", or put one at {}", path.display()),
        None => String::from(" (this user has no configuration directory to look in)"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    ApiKey,
    Group,
}

impl Field {
    pub(super) const ALL: [Self; 2] = [Self::ApiKey, Self::Group];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Group => "group",
        }
    }
}

impl CredentialsError {
    /// A fault of the file at this path.
    pub(super) fn at(path: &Path, fault: Fault) -> Self {
        Self { place: Place::File(path.to_owned()), fault }
    }

    /// The same fault, in a file that the variable names.
    ///
    /// A relative path that could not be opened is not kept: who sets the variable to the key, or
    /// to the text of the file, shall not find it in a log.
    pub(super) fn named(self) -> Self {
        let opened = !matches!(self.fault, Fault::Open(_));
        let place = match self.place {
            Place::File(path) if opened || path.is_absolute() => Place::Named(path),
            _ => Place::Unnamed,
        };
        Self { place, ..self }
    }

    /// Whether there are no credentials at all: the variable is not set, and there is no file in
    /// the configuration directory. A program that can also make its calls without credentials may
    /// go on; every other error is one that a user has to put right.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.fault, Fault::NotFound(_))
    }

    /// Whether the file itself is missing.
    pub(super) fn is_missing_file(&self) -> bool {
        matches!(&self.fault, Fault::Open(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<Fault> for CredentialsError {
    fn from(fault: Fault) -> Self {
        Self { place: Place::Nowhere, fault }
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Nowhere => {}
            Place::File(path) => write!(f, "{}: ", path.display())?,
            Place::Named(path) => {
                write!(f, "{} (named by `{CREDENTIALS_VARIABLE}`): ", path.display())?;
            }
            Place::Unnamed => write!(
                f,
                "`{CREDENTIALS_VARIABLE}` (its value is not shown: it is no absolute path, and may \
                 be a key): "
            )?,
        }
        fmt::Display::fmt(&self.fault, f)
    }
}

impl fmt::Debug for CredentialsError {
    /// What a program that ends with it shows: the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CredentialsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // What the system says of a file names no value in it.
        self.fault.source()
    }
}
