//! What is wrong with what was mounted.

use std::fmt;

/// Services that cannot be mounted together: nothing is served.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the services cannot be mounted{}", listed(.faults))]
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

impl fmt::Debug for MountError {
    /// What a program that ends with it shows: the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn listed(faults: &[MountFault]) -> String {
    faults.iter().fold(String::new(), |listed, fault| listed + &format!("; {fault}"))
}

/// What is wrong with a service or a route that was mounted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MountFault {
    /// A service of this name is mounted already.
    #[error("`{0}` is mounted twice")]
    Twice(&'static str),
    /// This is open to everyone without a reason.
    #[error("`{0}` is open to everyone, say why in the last argument")]
    OpenWithoutReason(String),
    /// Nothing of this service is opened: it would not be served at all.
    #[error("nothing of `{0}` is opened, name its paths")]
    OpenWithoutPath(&'static str),
    /// This path was to be opened, but is a pattern: many paths.
    #[error("`{0}` opens more than one path, name each of them")]
    OpenPattern(String),
    /// This path was to be opened, but is none of the service.
    #[error("`{path}` is no path of `{service}`, which is `/{service}/` and a method")]
    OpenOfAnother {
        /// The service.
        service: &'static str,
        /// The path.
        path: &'static str,
    },
    /// The server answers under another name than its table.
    #[error("the server of `{table}` is named `{server}`, generate both with the package name")]
    OtherName {
        /// The name of tonic's server.
        server: &'static str,
        /// The name in the table.
        table: &'static str,
    },
    /// The table of this service is there, but the service is not mounted.
    #[error("`{0}` is expected, and not mounted: add its guard")]
    ServiceMissing(&'static str),
    /// Two different tables of this service are in use: what one of them says would go unheard.
    #[error("there are two tables of `{0}` that differ, generate all code from the same protos")]
    OtherTable(&'static str),
    /// The method with this path is in the table of a service that is mounted, but has no route.
    #[error("`{0}` has no route: bind one, or say with `allow_missing` why there is none")]
    MethodMissing(&'static str),
    /// This method or service is left out without a reason.
    #[error("`{0}` is left out, say why in the last argument")]
    LeftOutWithoutReason(&'static str),
    /// axum takes no route at this path: it is no path, or another route is in its place.
    #[error("there can be no route at `{path}`: {cause}")]
    NoRoute {
        /// The path.
        path: String,
        /// What axum says.
        cause: String,
    },
    /// The method with this path says that it is in the table of this service, and is not.
    #[error("`{path}` is not in the table of `{table}` that it names, generate both anew")]
    NotInTable {
        /// The path of the method.
        path: &'static str,
        /// The name of the service.
        table: &'static str,
    },
}
