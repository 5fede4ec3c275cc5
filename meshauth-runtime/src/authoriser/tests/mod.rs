//! An authoriser with a directory that is wrong, slow, or follows something else.

mod ageing;
mod credentials;
mod faults;
mod record_sets;

use futures_util::FutureExt;
use tokio::time;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::*;
use crate::{
    credential::{ApiKey, Credential, KeyDigest, Validity},
    decision::EntityFinding,
    directory::{Lookup, Update, View, ViewWriter, World},
    names::{ClientName, EntityName, GroupName},
    policy::{Operation, Role, ServicePolicy},
    records::{Client, ClientType, Entity, EntityState, Grant, Group, Miss, VerificationStatus},
    scope::Read,
};

const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
const ROOT: GroupName = GroupName::from_ulid(1);
const HOME: GroupName = GroupName::from_ulid(2);
const OTHER: GroupName = GroupName::from_ulid(3);

static POLICY: MethodPolicy =
    MethodPolicy::authorised("/p.S/M", Operation::Read, &[Role::new(7, "ROLE_SEVEN")]).verified();

static SERVICE: ServicePolicy = ServicePolicy::new("p.S", "0", &[&POLICY], &[]);

struct M;

impl Method for M {
    const POLICY: &'static MethodPolicy = &POLICY;
    const SERVICE: &'static ServicePolicy = &SERVICE;
    type Kind = Read;
    type Access = Authorised<Self>;
}

fn group(name: GroupName) -> Arc<Group> {
    let (owner, owners): (_, &[_]) = if name == ROOT { (None, &[]) } else { (Some(ROOT), &[ROOT]) };
    Arc::new(Group::new(name, owner, owners).unwrap())
}

fn client(owner: GroupName) -> Client {
    let name = ClientName::from_ulid(1);
    Client::new(name, owner, ClientType::Company, VerificationStatus::Verified)
}

/// By the clock that tests can stop.
fn now() -> std::time::Instant {
    time::Instant::now().into_std()
}

fn digest(key: &str) -> KeyDigest {
    ApiKey::parse(key.as_bytes()).unwrap().digest()
}

/// What a caller in the root is told.
fn told_by(authoriser: &Authoriser, key: &str) -> Option<Denial> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", key.parse().unwrap());
    headers.insert("x-group", ROOT.to_string().parse().unwrap());
    authoriser.authorise::<M>(&mut headers).now_or_never().unwrap().err()
}
