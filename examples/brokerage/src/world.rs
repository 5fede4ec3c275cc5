//! Who takes part: the groups of each world, the callers, and the headers that they send.

use std::{error::Error, fmt};

use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{API_KEY_HEADER, GROUP_HEADER};

use crate::call::{Call, Expected};

/// A server of its own, with its own directory.
pub(crate) struct World {
    pub(crate) about: &'static str,
    /// A directory file, as `MemoryDirectory::from_json` reads it.
    pub(crate) directory: &'static str,
    /// The groups that own an account and an order each.
    pub(crate) groups: &'static [Group],
    pub(crate) scenes: &'static [Scene],
}

/// What one caller does in the name of one executing group.
pub(crate) struct Scene {
    pub(crate) caller: Caller,
    pub(crate) executing: Executing,
    pub(crate) note: &'static str,
    pub(crate) calls: &'static [(Call, Expected)],
}

impl Scene {
    /// The two headers, exactly as they are sent.
    pub(crate) fn headers(&self) -> Result<HeaderMap, Box<dyn Error>> {
        self.caller.headers(self.executing)
    }
}

/// Who calls. The key is never shown.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) name: &'static str,
    pub(crate) key: Option<&'static str>,
}

impl Caller {
    /// The two headers of a call in the name of a group.
    pub(crate) fn headers(self, executing: Executing) -> Result<HeaderMap, Box<dyn Error>> {
        let mut headers = HeaderMap::new();
        if let Some(key) = self.key {
            let mut key = HeaderValue::from_static(key);
            key.set_sensitive(true);
            headers.append(API_KEY_HEADER, key);
        }
        for group in executing.values() {
            headers.append(GROUP_HEADER, group.try_into()?);
        }
        Ok(headers)
    }
}

/// A group of one of the worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Broker,
    Corporate,
    Individual,
    Newcomer,
    Trader,
}

impl Group {
    const ALL: [Self; 5] =
        [Self::Broker, Self::Corporate, Self::Individual, Self::Newcomer, Self::Trader];

    /// Real ULIDs are random. These can be recognised, and what a group owns has that of the group.
    const fn ulid(self) -> &'static str {
        match self {
            Self::Broker => "01JD8Q5V9W0000000000BR0KER",
            Self::Corporate => "01JD8Q5V9W0000000C0RP0RATE",
            Self::Individual => "01JD8Q5V9W0000000001ND1V1D",
            Self::Newcomer => "01JD8Q5V9W00000000NEWC0MER",
            Self::Trader => "01JD8Q5V9W0000000000TRADER",
        }
    }

    pub(crate) fn name(self) -> String {
        format!("groups/{}", self.ulid())
    }

    pub(crate) fn account(self) -> String {
        format!("accounts/{}", self.ulid())
    }

    pub(crate) fn order(self) -> String {
        format!("limit_orders/{}", self.ulid())
    }

    /// The path from the root down to the group itself: what its resources carry as `owners`.
    pub(crate) fn owners(self) -> Vec<String> {
        let path: &[Self] = match self {
            Self::Broker => &[Self::Broker],
            Self::Corporate => &[Self::Broker, Self::Corporate],
            Self::Individual => &[Self::Broker, Self::Individual],
            Self::Newcomer => &[Self::Newcomer],
            Self::Trader => &[Self::Trader],
        };
        path.iter().map(|group| group.name()).collect()
    }

    /// The group with this name.
    pub(crate) fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        let group = Self::ALL.into_iter().find(|group| group.name() == name);
        group.ok_or_else(|| "the server names a group that is in no scenario".into())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What is sent as `x-group`.
#[derive(Clone, Copy)]
pub(crate) enum Executing {
    Group(Group),
    Twice(Group),
    LowerCase(Group),
    Nothing,
}

impl Executing {
    fn values(self) -> Vec<String> {
        match self {
            Self::Group(group) => vec![group.name()],
            Self::Twice(group) => vec![group.name(), group.name()],
            Self::LowerCase(group) => vec![group.name().to_lowercase()],
            Self::Nothing => vec![],
        }
    }
}

impl fmt::Display for Executing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => group.fmt(f),
            Self::Twice(group) => write!(f, "{group}, sent twice"),
            Self::LowerCase(group) => write!(f, "{group}, in lower case"),
            Self::Nothing => f.write_str("none"),
        }
    }
}
