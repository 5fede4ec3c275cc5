//! The world as the test knows it, and what the rules say of it: written anew, and as simply as can be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use meshauth_runtime::{EntityName, Grant, GroupName, RoleNumber};

pub(crate) const ROOT: u128 = 1;

pub(crate) const WALLET_ADMIN: u32 = 1_000_000;
pub(crate) const TRADING_ADMIN: u32 = 5_000_000;
pub(crate) const TRADING_VIEWER: u32 = 5_000_001;
pub(crate) const ROLES: [u32; 3] = [WALLET_ADMIN, TRADING_ADMIN, TRADING_VIEWER];

/// The number of a key. A key is never issued twice.
pub(crate) type Key = usize;

/// Everything is known by the number in its name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct World {
    /// Each with its owner.
    pub(crate) groups: BTreeMap<u128, Option<u128>>,
    pub(crate) bots: BTreeMap<u128, Bot>,
    /// By their owners, whether they are verified.
    pub(crate) clients: BTreeMap<u128, bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bot {
    pub(crate) owner: u128,
    pub(crate) is_active: bool,
    pub(crate) keys: BTreeSet<Key>,
    /// Where, and which role.
    pub(crate) grants: BTreeSet<(u128, u32)>,
}

/// What is changed by one commit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edit {
    Hire {
        bot: u128,
        owner: u128,
    },
    /// It is gone, with its keys and grants.
    Dismiss {
        bot: u128,
    },
    SetActive {
        bot: u128,
        active: bool,
    },
    Grant {
        bot: u128,
        group: u128,
        role: u32,
    },
    TakeBack {
        bot: u128,
        group: u128,
        role: u32,
    },
    Issue {
        bot: u128,
        key: Key,
    },
    Revoke {
        bot: u128,
        key: Key,
    },
    Move {
        group: u128,
        below: u128,
    },
    Verify {
        owner: u128,
        verified: bool,
    },
}

/// The methods that are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    GetDesk,
    PutDesk,
    WatchDesks,
    GetStatement,
    WatchStatements,
}

impl Method {
    pub(crate) fn roles(self) -> &'static [u32] {
        match self {
            Self::GetDesk | Self::WatchDesks => &[TRADING_ADMIN, TRADING_VIEWER],
            Self::PutDesk => &[TRADING_ADMIN],
            Self::GetStatement | Self::WatchStatements => &[WALLET_ADMIN],
        }
    }

    fn asks_for_verified(self) -> bool {
        matches!(self, Self::GetStatement | Self::WatchStatements)
    }
}

/// Who calls which method, in which group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    pub(crate) key: Key,
    pub(crate) group: u128,
    pub(crate) method: Method,
}

/// What the caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Allow,
    CredentialsInvalid,
    RoleRequired,
    VerificationRequired,
    /// The rules never say so: the directory was not known to be fresh.
    Unavailable,
    /// Neither do they end a connection.
    Broken,
}

impl World {
    pub(crate) fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Hire { bot, owner } => {
                let (keys, grants) = <_>::default();
                self.bots.insert(bot, Bot { owner, is_active: true, keys, grants });
            }
            Edit::Dismiss { bot } => drop(self.bots.remove(&bot)),
            Edit::SetActive { bot, active } => self.bot(bot).is_active = active,
            Edit::Grant { bot, group, role } => drop(self.bot(bot).grants.insert((group, role))),
            Edit::TakeBack { bot, group, role } => {
                self.bot(bot).grants.remove(&(group, role));
            }
            Edit::Issue { bot, key } => drop(self.bot(bot).keys.insert(key)),
            Edit::Revoke { bot, key } => drop(self.bot(bot).keys.remove(&key)),
            Edit::Move { group, below } => drop(self.groups.insert(group, Some(below))),
            Edit::Verify { owner, verified } => drop(self.clients.insert(owner, verified)),
        }
    }

    fn bot(&mut self, bot: u128) -> &mut Bot {
        self.bots.get_mut(&bot).unwrap_or_else(|| panic!("a change of {bot}, who is not there"))
    }

    /// From the group up to its root.
    pub(crate) fn path(&self, group: u128) -> Vec<u128> {
        let mut path = Vec::new();
        let mut next = self.groups.contains_key(&group).then_some(group);
        while let Some(group) = next {
            path.push(group);
            next = self.groups[&group];
        }
        path
    }

    pub(crate) fn answer(&self, question: Question) -> Answer {
        let Question { key, group, method } = question;
        let holder = self.bots.values().find(|bot| bot.keys.contains(&key));
        let Some(bot) = holder.filter(|bot| bot.is_active) else {
            return Answer::CredentialsInvalid;
        };
        let path = self.path(group);
        let counts = |(at, role): &(u128, u32)| path.contains(at) && method.roles().contains(role);
        if !bot.grants.iter().any(counts) {
            return Answer::RoleRequired;
        }
        let client = self.path(bot.owner).into_iter().find_map(|group| self.clients.get(&group));
        if method.asks_for_verified() && client != Some(&true) {
            return Answer::VerificationRequired;
        }
        Answer::Allow
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with key {} in group {}", self.method, self.key, self.group)
    }
}

pub(crate) fn group_name(group: u128) -> GroupName {
    GroupName::from_ulid(group)
}

pub(crate) fn bot_name(bot: u128) -> EntityName {
    EntityName::api_user(bot)
}

pub(crate) fn role_number(role: u32) -> RoleNumber {
    RoleNumber::new(role).unwrap()
}

pub(crate) fn grant(group: u128, role: u32) -> Grant {
    Grant::new(group_name(group), role_number(role))
}
