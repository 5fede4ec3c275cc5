//! What is wrong with what was mounted.

use std::fmt;

/// Services that cannot be mounted together: nothing is served.
#[derive(Clone, PartialEq, Eq)]
pub struct MountError {
    faults: Vec<MountFault>,
}

impl MountError {
    /// An error, if there is a fault.
    pub(crate) fn check(faults: Vec<MountFault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// All that is wrong.
    #[must_use]
    pub fn faults(&self) -> &[MountFault] {
        &self.faults
    }
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the services cannot be mounted")?;
        self.faults.iter().try_for_each(|fault| write!(f, "; {fault}"))
    }
}

impl fmt::Debug for MountError {
    /// What a program that ends with it shows: the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for MountError {}

/// What is wrong with a service or a route that was mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountFault {
    /// A service of this name is mounted already.
    Twice(&'static str),
    /// This is open to everyone without a reason.
    OpenWithoutReason(String),
    /// Nothing of this service is opened: it would not be served at all.
    OpenWithoutPath(&'static str),
    /// This path was to be opened, but is a pattern: many paths.
    OpenPattern(String),
    /// This path was to be opened, but is none of the service.
    OpenOfAnother {
        /// The service.
        service: &'static str,
        /// The path.
        path: &'static str,
    },
    /// The server answers under another name than its table.
    OtherName {
        /// The name of tonic's server.
        server: &'static str,
        /// The name in the table.
        table: &'static str,
    },
    /// The table of this service is there, but the service is not mounted.
    ServiceMissing(&'static str),
    /// The method with this path is in the table of a service that is mounted, but has no route.
    MethodMissing(&'static str),
    /// This method or service is left out without a reason.
    LeftOutWithoutReason(&'static str),
    /// The method with this path says that it is in the table of this service, and is not.
    NotInTable {
        /// The path of the method.
        path: &'static str,
        /// The name of the service.
        table: &'static str,
    },
}

impl fmt::Display for MountFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice(name) => write!(f, "`{name}` is mounted twice"),
            Self::OpenWithoutReason(what) => {
                write!(f, "`{what}` is open to everyone, say why in the last argument")
            }
            Self::OpenWithoutPath(service) => {
                write!(f, "nothing of `{service}` is opened, name its paths")
            }
            Self::OpenPattern(path) => {
                write!(f, "`{path}` opens more than one path, name each of them")
            }
            Self::OpenOfAnother { service, path } => {
                write!(f, "`{path}` is no path of `{service}`, which is `/{service}/` and a method")
            }
            Self::OtherName { server, table } => write!(
                f,
                "the server of `{table}` is named `{server}`, generate both with the package name"
            ),
            Self::ServiceMissing(name) => {
                write!(f, "`{name}` is expected, and not mounted: add its guard")
            }
            Self::MethodMissing(path) => write!(
                f,
                "`{path}` has no route: bind one, or say with `allow_missing` why there is none"
            ),
            Self::LeftOutWithoutReason(what) => {
                write!(f, "`{what}` is left out, say why in the last argument")
            }
            Self::NotInTable { path, table } => write!(
                f,
                "`{path}` is not in the table of `{table}` that it names, generate both anew"
            ),
        }
    }
}
