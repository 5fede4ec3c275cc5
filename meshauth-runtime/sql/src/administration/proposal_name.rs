//! Names of proposals.

use std::{fmt, str::FromStr};

use super::{AdministrationError, ulids::new_ulid};

const COLLECTION: &str = "proposals/";

/// The name of a proposal: `proposals/{ULID}`. It is never given twice, so that nobody agrees to another
/// change than the one they read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalName(ulid::Ulid);

impl ProposalName {
    pub(super) fn random() -> Result<Self, AdministrationError> {
        new_ulid().map(Self)
    }
}

impl fmt::Display for ProposalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{COLLECTION}{}", self.0)
    }
}

impl fmt::Debug for ProposalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no name of a proposal. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected proposals/ and a ULID in capitals")]
pub struct ParseProposalError(());

impl FromStr for ProposalName {
    type Err = ParseProposalError;

    /// Reads the one spelling.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = |text: &str| {
            let ulid = ulid::Ulid::from_string(text.strip_prefix(COLLECTION)?).ok()?;
            Some(Self(ulid))
                .filter(|name| name.to_string()[COLLECTION.len()..] == text[COLLECTION.len()..])
        };
        parse(text).ok_or(ParseProposalError(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_proposal_has_one_spelling() {
        let name = ProposalName::random().unwrap();
        assert_ne!(name, ProposalName::random().unwrap());
        let text = name.to_string();
        assert_eq!(text.parse(), Ok(name));
        for wrong in [
            text.to_lowercase(),
            format!("{text} "),
            text.replace("proposals", "groups"),
            "proposals/".to_owned(),
            "proposals/8ZZZZZZZZZZZZZZZZZZZZZZZZZ".to_owned(),
            "proposals/01JD8Q5V9W0000000000BROKER".to_owned(),
        ] {
            assert_eq!(wrong.parse::<ProposalName>(), Err(ParseProposalError(())), "{wrong}");
        }
    }
}
