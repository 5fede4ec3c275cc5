//! meshauth as a contender. What the comparison knows of its API stands here and in the folder
//! beside: when that changes, nothing else does.

mod audit;
pub(crate) mod call;
mod policies;

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use futures_util::FutureExt;
use http::HeaderMap;
use meshauth_runtime::{
    ApiKey, Authoriser, Client, ClientName, ClientType, Denial, Entity, EntityName, EntityState,
    Grant, GroupName, Header, KeyDigest, MemoryDirectory, Presented, RoleNumber, Verdict,
    VerificationStatus,
};

pub(crate) use self::audit::Audited;
use self::policies::{ROWS, Row};
use crate::{
    contender::{self, Agreement, Answer, Call, Check, Credentials, Hashed, Reason},
    world::{self, Request, World},
};

/// The directory of a world.
pub(crate) fn directory(world: &World) -> MemoryDirectory {
    let name = |group: u32| GroupName::from_ulid(world.groups[group as usize].id);
    let mut records = meshauth_runtime::World::new();
    for group in &world.groups {
        records.add_group(GroupName::from_ulid(group.id), group.parent.map(name));
    }
    let grant = |grant: &world::Grant| {
        Grant::new(name(grant.group), RoleNumber::new(grant.role).expect("a role is not zero"))
    };
    for user in &world.users {
        let key = ApiKey::parse(user.key.as_bytes()).expect("a key is canonical").digest();
        let state = if user.active { EntityState::Active } else { EntityState::Inactive };
        records.add_entity(
            Entity::new(EntityName::api_user(user.id), name(user.owner))
                .with_state(state)
                .with_credential(key)
                .with_grants(user.grants.iter().map(grant)),
        );
    }
    for client in &world.clients {
        let status = if client.verified {
            VerificationStatus::Verified
        } else {
            VerificationStatus::Pending
        };
        let (name, owner) = (ClientName::from_ulid(client.id), name(client.owner));
        records.add_client(Client::new(name, owner, ClientType::Company, status));
    }
    MemoryDirectory::new(records).expect("the world is consistent")
}

/// An authoriser over a world.
pub(crate) fn authoriser(world: &World) -> Authoriser {
    Authoriser::new(directory(world))
}

/// The method is known, as a generated guard knows it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    authoriser: Authoriser,
    directory: Arc<MemoryDirectory>,
}

impl Known {
    pub(crate) fn new(world: &World) -> Self {
        let directory = Arc::new(directory(world));
        Self { authoriser: Authoriser::new(Arc::clone(&directory)), directory }
    }

    fn authorise(&self, method: usize, headers: &mut HeaderMap) -> Answer {
        (ROWS[method].authorise)(&self.authoriser, headers)
    }
}

impl Check for Known {
    const AGREEMENT: Agreement = Agreement::Full;

    fn whole(&self, call: &mut Call) -> Answer {
        self.authorise(call.method, &mut call.headers)
    }

    fn hashed(&self, requests: &[Request]) -> Option<Hashed<'_>> {
        let present = |credentials: Credentials| {
            let key = KeyDigest::from_bytes(credentials.digest);
            let group = GroupName::from_ulid(credentials.group);
            Presented::new(Header::Value(key.into()), Header::Value(group))
        };
        let decide = |method: usize, presented: &Presented| {
            let verdict = self.authoriser.verdict(Some(ROWS[method].policy), presented);
            answer(match verdict.now_or_never().expect("records in memory are at hand") {
                Verdict::Allow => Ok(()),
                Verdict::Deny { denial, .. } => Err(denial),
            })
        };
        Some(contender::hashed(requests, present, decide))
    }
}

/// The method is found by its path, as a gate finds it.
#[derive(Debug)]
pub(crate) struct ByPath {
    known: Known,
    methods: HashMap<&'static str, &'static Row, RandomState>,
}

impl ByPath {
    /// Shares the authoriser.
    pub(crate) fn new(known: &Known, world: &World) -> Self {
        let rows = world.methods.iter().zip(ROWS);
        let methods = rows.map(|(method, row)| (method.path, row)).collect();
        Self { known: known.clone(), methods }
    }
}

impl Check for ByPath {
    const AGREEMENT: Agreement = Agreement::Full;

    fn whole(&self, call: &mut Call) -> Answer {
        match self.methods.get(call.path) {
            Some(row) => (row.authorise)(&self.known.authoriser, &mut call.headers),
            None => Answer::Deny(Reason::Other),
        }
    }
}

fn answer<T>(decided: Result<T, Denial>) -> Answer {
    // A service gives what is allowed to its handler, as it is.
    match &std::hint::black_box(decided) {
        Ok(_) => Answer::Allow,
        Err(denial) => Answer::Deny(reason(*denial)),
    }
}

fn reason(denial: Denial) -> Reason {
    match denial {
        Denial::CredentialsMissing => Reason::CredentialsMissing,
        Denial::CredentialsInvalid => Reason::CredentialsInvalid,
        Denial::GroupMissing => Reason::GroupMissing,
        Denial::GroupMalformed => Reason::GroupMalformed,
        Denial::RoleRequired => Reason::RoleRequired,
        Denial::VerificationRequired => Reason::VerificationRequired,
        _ => Reason::Other,
    }
}
