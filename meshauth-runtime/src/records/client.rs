//! For which legal entity somebody calls.

use crate::names::{ClientName, GroupName};

/// What kind of legal entity a client is. No rule depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum ClientType {
    NaturalPerson,
    Company,
    Fund,
    Trust,
}

impl ClientType {
    /// Its name in files and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NaturalPerson => "NATURAL_PERSON",
            Self::Company => "COMPANY",
            Self::Fund => "FUND",
            Self::Trust => "TRUST",
        }
    }
}

/// How far the verification (KYC) of a client is (check 5): only `Verified` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerificationStatus {
    /// Nobody has begun.
    NotStarted,
    /// It is under way.
    Pending,
    /// The client has passed.
    Verified,
    /// The client has not passed.
    Failed,
}

impl VerificationStatus {
    /// Its name in files and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::Pending => "PENDING",
            Self::Verified => "VERIFIED",
            Self::Failed => "FAILED",
        }
    }
}

/// A client (a natural person, company, fund or trust) as a directory knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    name: ClientName,
    owner: GroupName,
    kind: ClientType,
    status: VerificationStatus,
}

impl Client {
    /// A client of this name, owned by this group.
    #[must_use]
    pub const fn new(
        name: ClientName,
        owner: GroupName,
        client_type: ClientType,
        status: VerificationStatus,
    ) -> Self {
        Self { name, owner, kind: client_type, status }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> ClientName {
        self.name
    }

    /// The group that owns it.
    #[must_use]
    pub const fn owner(&self) -> GroupName {
        self.owner
    }

    /// What kind of legal entity it is.
    #[must_use]
    pub const fn client_type(&self) -> ClientType {
        self.kind
    }

    /// How far its verification is.
    #[must_use]
    pub const fn status(&self) -> VerificationStatus {
        self.status
    }

    /// The same with another status.
    #[must_use]
    pub const fn with_status(self, status: VerificationStatus) -> Self {
        Self { status, ..self }
    }
}
