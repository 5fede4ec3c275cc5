//! Calls in a world, drawn from a seed, each with the answer that it must get.

use std::hint::black_box;

use http::{HeaderMap, HeaderName, HeaderValue, header::CONNECTION};

use super::{Forest, Rng, World, digest, group_name, oracle, people};
use crate::contender::{Answer, Call, Credentials, Reason};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const GROUP: HeaderName = HeaderName::from_static("x-group");

/// A call that can be made again and again.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: usize,
    path: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// None if its headers are not well formed.
    well_formed: Option<(String, u128)>,
    pub(crate) answer: Answer,
}

impl Request {
    /// The call as it comes from the wire: what has just been read is in the caches.
    pub(crate) fn call(&self) -> Call {
        let mut headers = HeaderMap::with_capacity(2);
        for (name, value) in &self.headers {
            black_box(value.as_bytes().iter().fold(0, |all, byte| all | byte));
            headers.append(name, value.clone());
        }
        Call { method: self.method, path: self.path, headers }
    }

    /// What is known when both headers are read; none if they are not well formed.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        let (key, group) = self.well_formed.as_ref()?;
        Some(Credentials { digest: digest(key.as_bytes()), group: *group })
    }

    /// The characters of its key; none if its headers are not well formed.
    pub(crate) fn key(&self) -> &[u8] {
        self.well_formed.as_ref().map_or(&[], |(key, _)| key.as_bytes())
    }

    pub(crate) fn is_well_formed(&self) -> bool {
        self.well_formed.is_some()
    }
}

/// The calls of a world.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) allowed: Vec<Request>,
    /// Four of five for want of a role, the others of a verified client.
    pub(crate) denied: Vec<Request>,
    /// Other ways to be denied: they are compared, not timed.
    pub(crate) odd: Vec<Request>,
}

impl Requests {
    /// So many of each kind that is timed.
    pub(crate) fn draw(world: &World, count: usize) -> Self {
        let forest = Forest::new(&world.groups);
        let mut draw = Draw { world, forest, rng: Rng(0xCA11) };
        let allowed = (0..count).map(|_| draw.with(Answer::Allow)).collect();
        let denied = (0..count).map(|at| draw.with(Answer::Deny(reason(at)))).collect();
        let odd = (0..200).flat_map(|_| draw.odd()).collect();
        Self { allowed, denied, odd }
    }
}

fn reason(at: usize) -> Reason {
    if at % 5 == 4 { Reason::VerificationRequired } else { Reason::RoleRequired }
}

struct Draw<'a> {
    world: &'a World,
    forest: Forest<'a>,
    rng: Rng,
}

impl Draw<'_> {
    /// A call with this answer, in a group of the last level.
    fn with(&mut self, answer: Answer) -> Request {
        loop {
            let (user, group) = self.caller();
            // Of those whose role is wanted, half name a group that is not theirs at all.
            let elsewhere = answer == Answer::Deny(Reason::RoleRequired) && self.rng.chance(50);
            let group =
                if elsewhere { Some(self.forest.any_deepest(&mut self.rng)) } else { group };
            let Some(group) = group else { continue };
            let method = self.rng.below(self.world.methods.len());
            let found = oracle::answer(self.world, &self.forest, method, Some(user), Some(group));
            if found == answer {
                let key = self.world.users[user as usize].key.clone();
                return self.request(method, key, self.world.groups[group as usize].id, answer);
            }
        }
    }

    /// A user, and a group of the last level in which one of its grants counts.
    fn caller(&mut self) -> (u32, Option<u32>) {
        let user = self.rng.index(self.world.users.len());
        let grant = self.rng.pick(&self.world.users[user as usize].grants);
        (user, self.forest.any_deepest_below(&mut self.rng, grant.group))
    }

    fn request(&self, method: usize, key: String, group: u128, answer: Answer) -> Request {
        let path = self.world.methods[method].path;
        let headers = vec![(API_KEY, value(&key)), (GROUP, value(&group_name(group)))];
        Request { method, path, headers, well_formed: Some((key, group)), answer }
    }

    /// An allowed call, changed in every way that must be refused.
    fn odd(&mut self) -> Vec<Request> {
        let allowed = self.with(Answer::Allow);
        let Some((key, group)) = allowed.well_formed.clone() else { return Vec::new() };
        let invalid = Answer::Deny(Reason::CredentialsInvalid);
        let (stranger, nowhere) = (people::key(&mut self.rng), self.rng.next_u128());
        let no_role = Answer::Deny(Reason::RoleRequired);
        let mut odd = vec![
            self.request(allowed.method, stranger, group, invalid),
            self.request(allowed.method, key.clone(), nowhere, no_role),
            self.with(invalid),
        ];
        odd.extend(malformed(&allowed, &key));
        odd
    }
}

fn malformed(allowed: &Request, key: &str) -> Vec<Request> {
    let [key_header, group_header] = [0, 1].map(|at| allowed.headers[at].clone());
    let with = |headers: Vec<(HeaderName, HeaderValue)>, reason| Request {
        headers,
        well_formed: None,
        answer: Answer::Deny(reason),
        ..allowed.clone()
    };
    let connection = (CONNECTION, value("close, X-Api-Key"));
    let name = group_header.1.to_str().expect("it is ASCII").to_owned();
    let group_as = |text: &str| vec![key_header.clone(), (GROUP, value(text))];
    vec![
        with(vec![group_header.clone()], Reason::CredentialsMissing),
        with(vec![key_header.clone()], Reason::GroupMissing),
        with(vec![(API_KEY, value(&key[1..])), group_header.clone()], Reason::CredentialsInvalid),
        with(
            vec![(API_KEY, value(&format!("{}.", &key[1..]))), group_header.clone()],
            Reason::CredentialsInvalid,
        ),
        with(
            vec![key_header.clone(), key_header.clone(), group_header.clone()],
            Reason::CredentialsInvalid,
        ),
        with(
            vec![key_header.clone(), group_header.clone(), group_header.clone()],
            Reason::GroupMalformed,
        ),
        with(
            vec![key_header.clone(), group_header.clone(), connection],
            Reason::CredentialsInvalid,
        ),
        with(group_as(&format!("{name} ")), Reason::GroupMalformed),
        with(group_as(&name.replace("groups/", "groupe/")), Reason::GroupMalformed),
        with(group_as(&format!("groups/8{}", &name[8..])), Reason::GroupMalformed),
        with(group_as(&format!("{}U", &name[..32])), Reason::GroupMalformed),
    ]
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("it is a value of a header")
}
