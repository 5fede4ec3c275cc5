//! Why nothing was generated.

use std::fmt;
#[cfg(feature = "build-script")]
use std::{io, path::PathBuf};

use crate::{
    diagnostic::Diagnostic,
    format::{Format, Style},
    report::Report,
};

const HEADLINE: &str = "the access annotations are not complete";

/// Why nothing was generated. A build script that returns it fails with the whole text.
pub struct Error(Box<ErrorKind>);

pub(crate) enum ErrorKind {
    /// The annotations break rules.
    Breaches(Report, Style),
    /// The plugin was given an option that it does not take.
    Option(String),
    /// The request or the descriptors are not what a protobuf compiler sends.
    Descriptors(String),
    /// The `.proto` files do not compile, and what is said of it.
    #[cfg(feature = "build-script")]
    Compile(protox::Error, String),
    /// A file could not be read or written.
    #[cfg(feature = "build-script")]
    File(PathBuf, io::Error),
    /// prost or tonic could not generate.
    #[cfg(feature = "build-script")]
    Generate(io::Error),
    /// A fault of this program.
    Bug(String),
}

impl Error {
    /// The breaches, if that is why, and the warnings beside them.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let report = match &*self.0 {
            ErrorKind::Breaches(report, _) => Some(report),
            _ => None,
        };
        report.into_iter().flat_map(Report::diagnostics)
    }

    /// The findings in the form that was asked for, if it is one for programs: they must stand on
    /// lines of their own.
    #[must_use]
    pub fn lines_for_programs(&self) -> String {
        match &*self.0 {
            ErrorKind::Breaches(report, style) if style.format != Format::Text => {
                style.render_all(report)
            }
            _ => String::new(),
        }
    }

    /// What is left to say to people: all of it, or how much was found. Whoever shows an error puts
    /// words before it: the first finding begins a line.
    #[must_use]
    pub fn text_for_people(&self) -> String {
        match &*self.0 {
            ErrorKind::Breaches(_, style) if style.format == Format::Text => {
                format!("{HEADLINE}\n{self}")
            }
            ErrorKind::Breaches(report, _) => report.summary(),
            _ => self.to_string(),
        }
    }

    pub(crate) fn rename_files(self, rename: impl Fn(&str) -> Option<String>) -> Self {
        match *self.0 {
            ErrorKind::Breaches(report, style) => {
                ErrorKind::Breaches(report.rename_files(rename), style).into()
            }
            kind => kind.into(),
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            ErrorKind::Breaches(report, style) => {
                style.lines(report).iter().try_for_each(|line| writeln!(f, "{line}"))?;
                f.write_str(&report.summary())
            }
            ErrorKind::Option(what) => write!(f, "meshauth: {what}"),
            ErrorKind::Descriptors(what) => {
                write!(f, "meshauth: the descriptors cannot be read: {what}")
            }
            #[cfg(feature = "build-script")]
            ErrorKind::Compile(_, text) => f.write_str(text),
            #[cfg(feature = "build-script")]
            ErrorKind::File(path, error) => write!(f, "meshauth: {}: {error}", path.display()),
            #[cfg(feature = "build-script")]
            ErrorKind::Generate(error) => write!(f, "meshauth: prost could not generate: {error}"),
            ErrorKind::Bug(what) => {
                write!(
                    f,
                    "meshauth: this is a fault of protoc-gen-meshauth, please report it: {what}"
                )
            }
        }
    }
}

impl fmt::Debug for Error {
    /// A build script that fails shows this: it is the message itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Cargo puts `Error: ` in front: the report begins on a line of its own.
        if let ErrorKind::Breaches(..) = &*self.0 {
            writeln!(f, "{HEADLINE}")?;
        }
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            #[cfg(feature = "build-script")]
            ErrorKind::File(_, error) => Some(error),
            #[cfg(feature = "build-script")]
            ErrorKind::Generate(error) => Some(error),
            #[cfg(feature = "build-script")]
            ErrorKind::Compile(error, _) => Some(error),
            _ => None,
        }
    }
}
