//! Judgements about annotations that break no rule, and their levels.

use std::{collections::BTreeMap, fmt};

use crate::words::similar;

/// A judgement about an annotation; each has a [`Level`] for the run, and a comment can allow it for
/// one method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lint {
    /// A role that only views is let into a WRITE.
    ViewerOnWrite,
    /// A WRITE has the name of a method that reads.
    WriteNamedRead,
    /// A READ has the name of a method that writes.
    ReadNamedWrite,
    /// A WRITE is declared to have no side effects.
    IdempotencyContradiction,
    /// A PUBLIC method writes: without an executing group it has no scope.
    PublicWrite,
    /// A PUBLIC method returns resources: nothing scopes them.
    PublicResource,
    /// A role is not named `ROLE_{DOMAIN}_{SCOPE}_{LEVEL}`, with the level ADMIN or VIEWER.
    RoleNaming,
    /// A role belongs to another domain than the package.
    ForeignDomain,
    /// A message has `owner` without `owners`, or either of another type: it looks like a resource
    /// and is none.
    NearResource,
    /// The messages of an AUTHORISED method carry no resource that the guard looks at.
    UnownedResource,
    /// The messages of an AUTHORISED method hold `google.protobuf.Any`.
    OpaqueMessage,
    /// A resource is below what the guard looks at.
    UnseenResource,
    /// A comment to meshauth changes nothing.
    UnusedDirective,
}

/// The level of a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is not reported.
    Allow,
    /// It is reported.
    Warn,
    /// It is an error: nothing is generated.
    Deny,
}

impl Lint {
    /// All lints.
    pub const ALL: [Self; 13] = [
        Self::ViewerOnWrite,
        Self::WriteNamedRead,
        Self::ReadNamedWrite,
        Self::IdempotencyContradiction,
        Self::PublicWrite,
        Self::PublicResource,
        Self::RoleNaming,
        Self::ForeignDomain,
        Self::NearResource,
        Self::UnownedResource,
        Self::OpaqueMessage,
        Self::UnseenResource,
        Self::UnusedDirective,
    ];

    /// The name in options and comments.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ViewerOnWrite => "viewer_on_write",
            Self::WriteNamedRead => "write_named_read",
            Self::ReadNamedWrite => "read_named_write",
            Self::IdempotencyContradiction => "idempotency_contradiction",
            Self::PublicWrite => "public_write",
            Self::PublicResource => "public_resource",
            Self::RoleNaming => "role_naming",
            Self::ForeignDomain => "foreign_domain",
            Self::NearResource => "near_resource",
            Self::UnownedResource => "unowned_resource",
            Self::OpaqueMessage => "opaque_message",
            Self::UnseenResource => "unseen_resource",
            Self::UnusedDirective => "unused_directive",
        }
    }

    /// The level unless another is asked for.
    #[must_use]
    pub const fn default_level(self) -> Level {
        match self {
            Self::IdempotencyContradiction => Level::Deny,
            Self::ViewerOnWrite
            | Self::WriteNamedRead
            | Self::ReadNamedWrite
            | Self::PublicWrite
            | Self::PublicResource
            | Self::RoleNaming
            | Self::NearResource
            | Self::UnownedResource
            | Self::OpaqueMessage
            | Self::UnseenResource
            | Self::UnusedDirective => Level::Warn,
            Self::ForeignDomain => Level::Allow,
        }
    }

    /// The lint of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lint| lint.name() == name)
    }

    /// What to say to whoever wrote a name that no lint has.
    pub(crate) fn unknown(name: &str) -> String {
        let meant = similar(name, Self::ALL.iter().map(|lint| lint.name()));
        let meant = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
        let names = Self::ALL.map(Self::name).join(", ");
        format!("there is no lint `{name}`{meant} (there are {names})")
    }
}

impl Level {
    /// All levels, by their names in options.
    pub(crate) const NAMES: [(&'static str, Self); 3] =
        [("allow", Self::Allow), ("warn", Self::Warn), ("deny", Self::Deny)];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(_, level)| level == self);
        f.write_str(name.map_or("", |(name, _)| name))
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The levels of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Levels(BTreeMap<Lint, Level>);

impl Levels {
    pub(crate) fn set(&mut self, lint: Lint, level: Level) {
        self.0.insert(lint, level);
    }

    pub(crate) fn of(&self, lint: Lint) -> Level {
        self.0.get(&lint).copied().unwrap_or_else(|| lint.default_level())
    }
}
