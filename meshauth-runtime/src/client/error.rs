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

pub(super) enum Fault {
    /// Nothing at either place; the second one is none if the user has no configuration directory.
    NotFound(Option<PathBuf>),
    EmptyVariable,
    Open(io::Error),
    Read(io::Error),
    NotAFile,
    /// The permission bits.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has a mode"))]
    Permissions(u32),
    TooLong,
    NotText,
    Json {
        line: usize,
        column: usize,
        ended: bool,
    },
    NoObject,
    UnknownField,
    Missing(Field),
    Twice(Field),
    Malformed {
        field: Field,
        expected: &'static str,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
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
        self.fault.fmt(f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(place) => {
                write!(
                    f,
                    "no credentials: set `{CREDENTIALS_VARIABLE}` to the path of a credentials file"
                )?;
                match place {
                    Some(path) => write!(f, ", or put one at {}", path.display()),
                    None => f.write_str(" (this user has no configuration directory to look in)"),
                }
            }
            Self::EmptyVariable => write!(
                f,
                "`{CREDENTIALS_VARIABLE}` is set, but empty: set it to the path of a credentials \
                 file, or unset it"
            ),
            Self::Open(error) => write!(
                f,
                "the credentials file cannot be opened: {error}; name a file that this user can \
                 read"
            ),
            Self::Read(error) => write!(f, "the credentials file cannot be read: {error}"),
            Self::NotAFile => {
                f.write_str("credentials are read from a regular file only, or a link to one")
            }
            Self::Permissions(mode) => write!(
                f,
                "others than its owner can access the credentials file (mode {mode:04o}): close it \
                 with `chmod 600`, and replace the key if somebody may have read it"
            ),
            Self::TooLong => write!(f, "a credentials file has at most {LIMIT} bytes"),
            Self::NotText => f.write_str("the credentials are not UTF-8"),
            Self::Json { line, column, ended } => {
                let fault = if *ended { "ends too early" } else { "is not valid" };
                write!(f, "the JSON {fault} at line {line}, column {column}")
            }
            Self::NoObject => f.write_str(
                "expected a JSON object, with the fields `api_key` and `group` and no other",
            ),
            Self::UnknownField => f.write_str(
                "there is an unknown field: leave only `api_key` and `group` (its name is not \
                 shown: it may be a key)",
            ),
            Self::Missing(field) => write!(f, "the field `{}` is missing", field.name()),
            Self::Twice(field) => write!(f, "the field `{}` is there twice", field.name()),
            Self::Malformed { field, expected } => {
                write!(f, "the field `{}`: expected {expected}", field.name())
            }
        }
    }
}

impl fmt::Debug for CredentialsError {
    /// What a program that ends with it shows: the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CredentialsError {}
