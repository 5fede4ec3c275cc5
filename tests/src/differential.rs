//! The runtime's answer to a case of the oracle, through its public API: real headers, a directory
//! that holds the case's records as they are stored, and the guard's own way in and out.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    API_KEY_HEADER, Allowed, ApiUser, Authorised, Authorizer, Client, Decision, Directory,
    DirectoryError, EntityState, Exchange, GROUP_HEADER, Grant, Grants, Group, GroupName,
    KeyDigest, Lookup, LookupResult, Method, MethodPolicy, Operation, Ownership, Presented, Read,
    Record, Resource, Role, ServicePolicy, Verdict, Verification, Write, tonic::Enforcer,
};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use crate::{
    oracle::{self, Call, Fault, Touch, World},
    worlds::api_key,
};

/// What the runtime tells the caller: `ALLOW`, or the reason of the denial.
pub fn answer(world: &World, call: &Call) -> &'static str {
    let decision = decide(&Authorizer::new(Stored::new(world.clone())), call);
    match (decision.verdict(), decision.policy().map(MethodPolicy::operation)) {
        (Verdict::Deny { denial, .. }, _) => denial.reason(),
        (Verdict::Allow(Allowed::Public { .. }), _) | (_, None) => "ALLOW",
        (Verdict::Allow(Allowed::Authorised { group, .. }), Some(Operation::Read)) => {
            touch::<Reads>(group.name(), &call.touch)
        }
        (Verdict::Allow(Allowed::Authorised { group, .. }), Some(Operation::Write)) => {
            touch::<Writes>(group.name(), &call.touch)
        }
    }
}

/// The decision on a call, its resources left aside, by a directory that answers at once.
pub fn decide(authorizer: &Authorizer, call: &Call) -> Decision {
    let policy = call.policy.as_ref().map(policy);
    let decision = authorizer.decide(policy, Presented::read(&headers(call)));
    decision.now_or_never().expect("a directory in memory answers at once")
}

pub fn headers(call: &Call) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in [(API_KEY_HEADER, &call.api_key), (GROUP_HEADER, &call.group)] {
        for value in values {
            headers.append(&name, HeaderValue::from_bytes(value).expect("a value HTTP can carry"));
        }
    }
    headers
}

/// The policies are static, as generated ones are: each is made once.
pub fn policy(policy: &oracle::Policy) -> &'static MethodPolicy {
    type Key = (bool, bool, Vec<i32>, bool);
    static MADE: LazyLock<Mutex<HashMap<Key, &'static MethodPolicy>>> =
        LazyLock::new(Mutex::default);
    let key = (policy.write, policy.authorised, policy.roles.clone(), policy.verified);
    MADE.lock().expect("no test panics here").entry(key).or_insert_with(|| {
        let operation = if policy.write { Operation::Write } else { Operation::Read };
        Box::leak(Box::new(if policy.authorised {
            let role = |number: &i32| Role::new(u32::try_from(*number).expect("a role"), "ROLE");
            let roles: Vec<Role> = policy.roles.iter().map(role).collect();
            MethodPolicy::authorised(
                "/test.Service/Method",
                operation,
                roles.leak(),
                policy.verified,
            )
        } else {
            MethodPolicy::public("/test.Service/Method", operation)
        }))
    })
}

/// The records of a world, as they are stored.
#[derive(Debug)]
pub struct Stored {
    world: World,
    walks: bool,
}

impl Stored {
    /// Takes the path of a group as it is stored.
    pub fn new(world: World) -> Self {
        Self { world, walks: false }
    }

    /// Compares the path of a group with the records of the groups above.
    pub fn walking(world: World) -> Self {
        Self { world, walks: true }
    }

    fn stored_group(&self, name: GroupName) -> Record<Arc<Group>> {
        let has_name = |group: &&oracle::Group| group.name.parse() == Ok(name);
        let found = self.world.groups.iter().find(has_name);
        found.map_or(Record::Unknown, |found| group(&self.world, found))
    }

    fn agrees(&self, group: &Group) -> bool {
        let (_, above) = group.hierarchy().split_last().expect("a hierarchy ends with its group");
        let found = |name: &GroupName| match self.stored_group(*name) {
            Record::Found(group) => Some(group),
            Record::Unknown | Record::Unusable => None,
        };
        let above: Option<Vec<_>> = above.iter().map(found).collect();
        above.is_some_and(|above| group.agrees_with(above.iter().map(|above| &**above)))
    }
}

impl Directory for Stored {
    fn api_user(&self, key: &KeyDigest) -> Lookup<'_, Arc<ApiUser>> {
        let users = &self.world.api_users;
        Lookup::now(match self.world.fault {
            Fault::ApiUsersUnavailable => unavailable(),
            Fault::OtherApiUser(index) => Ok(api_user(&users[index])),
            _ => {
                let has_key = |user: &&oracle::ApiUser| user.key_sha256.parse() == Ok(*key);
                Ok(users.iter().find(has_key).map_or(Record::Unknown, api_user))
            }
        })
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        let groups = &self.world.groups;
        Lookup::now(match self.world.fault {
            Fault::GroupsUnavailable => unavailable(),
            // What is wrong with another group's record is beside the point: it has another name.
            Fault::OtherGroup(index) if groups[index].name.parse() != Ok(name) => {
                let other = groups[index].name.parse().ok();
                Ok(shared(other.and_then(|other| Group::new(other, None, &[]).ok())))
            }
            _ => Ok(match self.stored_group(name) {
                Record::Found(group) if self.walks && !self.agrees(&group) => Record::Unusable,
                answer => answer,
            }),
        })
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        if let Fault::ClientsUnavailable = self.world.fault {
            return Lookup::now(unavailable());
        }
        let owned_by = |owner: &GroupName| {
            self.world.clients.iter().find(|client| client.owner.parse() == Ok(*owner))
        };
        let nearest = home.hierarchy().iter().rev().find_map(owned_by);
        Lookup::now(Ok(nearest.map_or(Record::Unknown, client)))
    }
}

fn unavailable<T>() -> LookupResult<T> {
    Err(DirectoryError::new("switched off by the test"))
}

fn found<T>(record: Option<T>) -> Record<T> {
    record.map_or(Record::Unusable, Record::Found)
}

fn shared<T>(record: Option<T>) -> Record<Arc<T>> {
    found(record.map(Arc::new))
}

fn api_user(stored: &oracle::ApiUser) -> Record<Arc<ApiUser>> {
    let grants = || -> Option<Grants> {
        stored.grants.iter().map(|grant| grant.parse::<Grant>().ok()).collect()
    };
    shared((|| {
        Some(ApiUser {
            name: "api_users/00000000000000000000000001".parse().ok()?,
            owner: stored.owner.parse().ok()?,
            state: if stored.active { EntityState::Active } else { EntityState::Inactive },
            key: stored.key_sha256.parse().ok()?,
            // An inactive user is never asked for its grants.
            grants: if stored.active { grants()? } else { [].into_iter().collect() },
        })
    })())
}

fn group(world: &World, stored: &oracle::Group) -> Record<Arc<Group>> {
    shared((|| {
        let owners: Vec<GroupName> =
            stored.owners.iter().map(|name| name.parse().ok()).collect::<Option<_>>()?;
        let owner = match stored.owner.as_str() {
            "" => None,
            owner if world.groups.iter().any(|group| group.name == owner) => {
                Some(owner.parse().ok()?)
            }
            _ => return None,
        };
        Group::with_max_owners(stored.name.parse().ok()?, owner, &owners, world.max_depth).ok()
    })())
}

fn client(stored: &oracle::Client) -> Record<Client> {
    found((|| {
        Some(Client {
            name: "clients/00000000000000000000000001".parse().ok()?,
            owner: stored.owner.parse().ok()?,
            verification: match stored.verified {
                true => Verification::Verified,
                false => Verification::Unverified,
            },
        })
    })())
}

/// What happens to the resource of a call that passed the checks of its method.
fn touch<M>(group: GroupName, touch: &Touch) -> &'static str
where
    M: Exchange<Request = Message, Response = Message, Access = Authorised<M>>,
{
    if let Touch::Nothing = touch {
        return "ALLOW";
    }
    // The checks were made; this is about the scope, so the caller is one who may do anything in
    // the group.
    let enforcer = Enforcer::new((), Authorizer::new(Anything(group)));
    let mut request = Request::new(Message(match touch {
        Touch::Request(sent) => Some(sent.clone()),
        _ => None,
    }));
    let key = api_key(1).parse().expect("ASCII");
    request.metadata_mut().insert("x-api-key", key);
    request.metadata_mut().insert("x-group", group.to_string().parse().expect("ASCII"));
    let entered = enforcer.enter::<M>(request).now_or_never().expect("answered at once");

    let called = entered.and_then(|(access, _, exit)| {
        let answer = match touch {
            Touch::Stored(stored) => match access.scope().permit(stored.clone()) {
                Ok(_) => Ok(Response::new(Message(None))),
                Err(denial) => Err(denial.into()),
            },
            Touch::Response(returned) => Ok(Response::new(Message(Some(returned.clone())))),
            Touch::Nothing | Touch::Request(_) => Ok(Response::new(Message(None))),
        };
        exit.unary(std::future::ready(answer)).now_or_never().expect("answered at once")
    });
    called.err().map_or("ALLOW", |status| reason(&status))
}

/// The reason in a status, as a caller reads it.
pub fn reason(status: &Status) -> &'static str {
    let info = status.get_details_error_info();
    let reason = info.map(|info| info.reason).unwrap_or_default();
    let known = meshauth_runtime::Denial::ALL.iter().map(|denial| denial.reason());
    known.into_iter().find(|known| **known == *reason).unwrap_or("no reason of the table")
}

/// A message that carries a resource, or none.
#[derive(Debug)]
pub struct Message(Option<oracle::Resource>);

impl Resource for oracle::Resource {
    fn owner(&self) -> &str {
        &self.owner
    }

    fn owners(&self) -> &[String] {
        &self.owners
    }
}

macro_rules! method {
    ($name:ident, $kind:ident) => {
        struct $name;

        impl Method for $name {
            const POLICY: &'static MethodPolicy = {
                static POLICY: MethodPolicy = MethodPolicy::authorised(
                    "/test.Service/Method",
                    Operation::$kind,
                    &[Role::new(1, "ROLE")],
                    false,
                );
                &POLICY
            };
            const SERVICE: &'static ServicePolicy = {
                static SERVICE: ServicePolicy =
                    ServicePolicy::new("test.Service", "0", &[<$name as Method>::POLICY], &[]);
                &SERVICE
            };
            type Kind = $kind;
            type Access = Authorised<Self>;
        }

        impl Exchange for $name {
            type Request = Message;
            type Response = Message;

            fn request_admitted(
                request: &Message,
                admits: &mut impl FnMut(Ownership<'_>) -> bool,
            ) -> bool {
                request.0.as_ref().is_none_or(|resource| admits(Ownership::of(resource)))
            }

            fn response_admitted(
                response: &Message,
                admits: &mut impl FnMut(Ownership<'_>) -> bool,
            ) -> bool {
                response.0.as_ref().is_none_or(|resource| admits(Ownership::of(resource)))
            }
        }
    };
}

method!(Reads, Read);
method!(Writes, Write);

/// A directory in which every caller may do anything in one group.
struct Anything(GroupName);

impl Directory for Anything {
    fn api_user(&self, key: &KeyDigest) -> Lookup<'_, Arc<ApiUser>> {
        let grant = format!("{}/roles/1", self.0).parse::<Grant>().expect("a grant");
        Lookup::now(Ok(Record::Found(Arc::new(ApiUser {
            name: "api_users/00000000000000000000000001".parse().expect("a name"),
            owner: self.0,
            state: EntityState::Active,
            key: *key,
            grants: [grant].into_iter().collect(),
        }))))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::now(Ok(shared(Group::new(name, None, &[]).ok())))
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        Lookup::now(Ok(Record::Unknown))
    }
}
