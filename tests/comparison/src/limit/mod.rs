//! The limit: the same rules over packed tables, as tightly as safe Rust allows, and without a word
//! of explanation.
//!
//! It is what the others are measured by, so it stays as it is.

mod headers;
mod index;
mod tables;

use http::HeaderMap;

use self::tables::{ClientState, Group, User};
pub(crate) use self::{headers::Digest, tables::Limit};
use crate::{
    contender::{self, Agreement, Answer, Call, Check, Credentials, Hashed, Header, Reason},
    world::Request,
};

/// Who calls and where, as indices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    _user: u32,
    _group: u32,
}

impl Limit {
    /// Checks 2 to 5, headers to answer.
    fn authorise(&self, method: usize, headers: &HeaderMap) -> Result<Caller, Reason> {
        let (key, group) = headers::read(headers);
        match key {
            Header::Value(key) => self.decide(method, &headers::digest(key), group),
            Header::Missing => Err(Reason::CredentialsMissing),
            Header::Malformed => Err(Reason::CredentialsInvalid),
        }
    }

    /// The same when the key is hashed and the group is read.
    fn decide(
        &self,
        method: usize,
        digest: &Digest,
        group: Header<u128>,
    ) -> Result<Caller, Reason> {
        let user_index = self.user(digest).ok_or(Reason::CredentialsInvalid)?;
        let user = &self.users[user_index as usize];
        if !user.active {
            return Err(Reason::CredentialsInvalid);
        }
        let group_index = match group {
            Header::Value(id) => self.group(id).ok_or(Reason::RoleRequired)?,
            Header::Missing => return Err(Reason::GroupMissing),
            Header::Malformed => return Err(Reason::GroupMalformed),
        };
        let method = self.methods[method];
        if !self.has_role(user, &self.groups[group_index as usize], method.roles) {
            return Err(Reason::RoleRequired);
        }
        if method.verified && self.groups[user.owner as usize].client != ClientState::Verified {
            return Err(Reason::VerificationRequired);
        }
        Ok(Caller { _user: user_index, _group: group_index })
    }

    /// Check 4: one comparison a grant.
    fn has_role(&self, user: &User, executing: &Group, roles: u64) -> bool {
        let path = &self.paths[executing.path as usize..][..=usize::from(executing.depth)];
        let grants = &self.grants[user.grants as usize..][..usize::from(user.grant_count)];
        grants.iter().any(|grant| {
            roles >> grant.role & 1 == 1
                && path.get(usize::from(grant.depth)).is_some_and(|above| *above == grant.group)
        })
    }
}

impl Check for Limit {
    const AGREEMENT: Agreement = Agreement::Full;

    fn whole(&self, call: &mut Call) -> Answer {
        Answer::of(self.authorise(call.method, &call.headers))
    }

    fn hashed(&self, requests: &[Request]) -> Option<Hashed<'_>> {
        let decide = |method: usize, known: &Credentials| {
            Answer::of(self.decide(method, &known.digest, Header::Value(known.group)))
        };
        Some(contender::hashed(requests, |credentials| credentials, decide))
    }
}

/// No decision, only what each pays for the hash of its key.
pub(crate) struct KeyHash;

impl Check for KeyHash {
    const AGREEMENT: Agreement = Agreement::AllowOnly;

    fn whole(&self, call: &mut Call) -> Answer {
        let value = call.headers.get("x-api-key").map(http::HeaderValue::as_bytes);
        let key = value.and_then(|value| value.try_into().ok()).ok_or(Reason::Other);
        Answer::of(key.map(headers::digest))
    }
}
