//! What the table says of a call: the rules written down a second time, as plainly as can be.
//!
//! It shares no code with the decision. It reads the table by role, the decision reads it by method:
//! where the two ways of one table contradict each other, it shows.

use std::fmt;

use meshauth_runtime::{AccessLevel, Check, Decision, Denial, Role, ServicePolicy};

use super::case::{ClientState, Held, Place, Situation};

/// What is to come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Allow,
    Deny(Denial, Check),
}

impl Expected {
    pub(super) fn of(service: &'static ServicePolicy, path: &str, situation: Situation) -> Self {
        let public = is_public(service, path);
        match situation {
            Situation::UnknownKey | Situation::Inactive => {
                Self::Deny(Denial::CredentialsInvalid, Check::Entity)
            }
            _ if public => Self::Allow,
            Situation::NoKey => Self::Deny(Denial::CredentialsMissing, Check::Entity),
            Situation::NoGroup => Self::Deny(Denial::GroupMissing, Check::Group),
            Situation::UnknownGroup => Self::Deny(Denial::RoleRequired, Check::Group),
            Situation::Granted { held, .. } if !suffices(service, path, held) => {
                Self::Deny(Denial::RoleRequired, Check::Role)
            }
            Situation::Granted {
                client: ClientState::Unverified | ClientState::Missing, ..
            } if asks_for_verified(service, path) => {
                Self::Deny(Denial::VerificationRequired, Check::Verification)
            }
            Situation::Granted { .. } => Self::Allow,
        }
    }

    pub(super) fn is_met_by(self, decision: &Decision<'_>) -> bool {
        match self {
            Self::Allow => decision.denial().is_none(),
            Self::Deny(denial, check) => {
                decision.denial() == Some(denial) && decision.refused_by() == Some(check)
            }
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allowed"),
            Self::Deny(denial, check) => {
                write!(f, "denied with {} by check {} ({check})", denial.reason(), check.number())
            }
        }
    }
}

fn is_public(service: &'static ServicePolicy, path: &str) -> bool {
    let mut methods = service.methods();
    methods.any(|method| method.path() == path && method.access_level() == AccessLevel::Public)
}

fn asks_for_verified(service: &'static ServicePolicy, path: &str) -> bool {
    service.methods().any(|method| method.path() == path && method.requires_verification())
}

/// A role counts where it is granted and below: not beside, not above.
fn suffices(service: &'static ServicePolicy, path: &str, held: Held) -> bool {
    match held {
        Held::Listed(role, Place::Executing | Place::Parent | Place::Root) => {
            lists(service, role, path)
        }
        Held::Every(Place::Executing | Place::Parent | Place::Root) => {
            service.roles().any(|row| row.paths().any(|listed| listed == path))
        }
        Held::Listed(_, Place::Sibling | Place::Child)
        | Held::Every(Place::Sibling | Place::Child)
        | Held::Unlisted(..)
        | Held::Nothing => false,
    }
}

fn lists(service: &'static ServicePolicy, role: Role<'static>, path: &str) -> bool {
    let mut rows = service.roles();
    rows.any(|row| row.role().number() == role.number() && row.paths().any(|listed| listed == path))
}
