//! The runtime's answer to a case of the oracle, through its public API: real headers, a directory
//! that holds the case's records as they are stored, and the guard's own way in and out.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    API_KEY_HEADER, Authorised, Authoriser, Client, ClientType, Credential, Decision, Directory,
    Entity, EntityState, GROUP_HEADER, Grant, Group, GroupName, KeyDigest, Lookup, MemoryDirectory,
    Method, MethodPolicy, Miss, Operation, Presented, Read, Resource, Role, ScopeFinding,
    ServicePolicy, VerificationStatus, Write,
    codegen::{Enforcer, Exchange, Ownership, OwnershipMut},
};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use crate::{
    oracle::{self, Call, Fault, Touch, World},
    worlds::api_key,
};

/// What the runtime tells the caller: `ALLOW`, or the reason of the denial.
pub fn answer(world: &World, call: &Call) -> &'static str {
    let decision = decide(&Authoriser::new(Stored::new(world.clone())), call);
    if let Some(denial) = decision.denial() {
        return denial.reason();
    }
    match decision.trace().scope() {
        ScopeFinding::Scope(Operation::Read, group) => touch::<Reads>(group, &call.touch),
        ScopeFinding::Scope(Operation::Write, group) => touch::<Writes>(group, &call.touch),
        _ => "ALLOW",
    }
}

/// The decision by a packed view of the same world, if the world can be packed: it is consistent as
/// a whole, and its directory has no fault.
pub fn packed(world: &World, call: &Call) -> Option<Decision<'static>> {
    let directory = MemoryDirectory::new(records(world)?).ok()?;
    Some(decide(&Authoriser::new(directory), call))
}

fn records(world: &World) -> Option<meshauth_runtime::World> {
    if !matches!(world.fault, Fault::None) {
        return None;
    }
    let mut records = meshauth_runtime::World::new();
    for stored in &world.groups {
        let group = group(world, stored).ok()?;
        let owner = stored.owner.parse().ok();
        // A path that contradicts the parents is another world when it is packed.
        let (_, owners) = group.hierarchy().split_last()?;
        let above = owners.last().copied();
        if owner.filter(|owner| *owner != group.name()) != above {
            return None;
        }
        records.add_group(group.name(), owner);
    }
    let stored = Stored::walking(world.clone());
    let agree = world.groups.iter().all(|group| {
        group
            .name
            .parse()
            .is_ok_and(|name| stored.stored_group(name).is_ok_and(|group| stored.agrees(&group)))
    });
    for (index, stored) in world.api_users.iter().enumerate() {
        let mut entity = entity(stored).ok()?;
        let name = meshauth_runtime::EntityName::api_user(index as u128 + 1);
        let credential = Credential::ApiKey(stored.key_sha256.parse().ok()?);
        entity = Arc::new(
            Entity::new(name, entity.owner())
                .with_state(entity.state())
                .with_credential(credential)
                .with_grants(entity.grants().iter()),
        );
        records.add_entity(Arc::unwrap_or_clone(entity));
    }
    for (index, stored) in world.clients.iter().enumerate() {
        let client = client(stored).ok()?;
        let name = meshauth_runtime::ClientName::from_ulid(index as u128 + 1);
        records.add_client(Client::new(
            name,
            client.owner(),
            client.client_type(),
            client.status(),
        ));
    }
    agree.then_some(records)
}

/// The decision on a call, its resources left aside, by a directory that answers at once.
pub fn decide(authoriser: &Authoriser, call: &Call) -> Decision<'static> {
    let policy = call.policy.as_ref().map(policy);
    let presented = Presented::read(&headers(call));
    let decision = authoriser.decide(policy, &presented);
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
            let roles: Vec<Role<'_>> = policy.roles.iter().map(role).collect();
            let made = MethodPolicy::authorised("/test.Service/Method", operation, roles.leak());
            if policy.verified { made.verified() } else { made }
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

    fn stored_group(&self, name: GroupName) -> Result<Arc<Group>, Miss> {
        let has_name = |group: &&oracle::Group| group.name.parse() == Ok(name);
        let found = self.world.groups.iter().find(has_name);
        group(&self.world, found.ok_or(Miss::Unknown)?)
    }

    fn agrees(&self, group: &Group) -> bool {
        let (_, above) = group.hierarchy().split_last().expect("a hierarchy ends with its group");
        let found = |name: &GroupName| self.stored_group(*name).ok();
        let above: Option<Vec<_>> = above.iter().map(found).collect();
        above.is_some_and(|above| group.agrees_with(above.iter().map(|above| &**above)))
    }
}

impl Directory for Stored {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        let users = &self.world.api_users;
        Lookup::now(match self.world.fault {
            Fault::ApiUsersUnavailable => unavailable(),
            Fault::OtherApiUser(index) => entity(&users[index]),
            _ => {
                let has_it = |user: &&oracle::ApiUser| {
                    user.key_sha256.parse::<KeyDigest>().map(Credential::from).as_ref()
                        == Ok(credential)
                };
                users.iter().find(has_it).ok_or(Miss::Unknown).and_then(entity)
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
                shared(other.and_then(|other| Group::new(other, None, &[]).ok()))
            }
            _ => self.stored_group(name).and_then(|group| {
                if self.walks && !self.agrees(&group) { Err(Miss::Unusable) } else { Ok(group) }
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
        Lookup::now(nearest.ok_or(Miss::Unknown).and_then(client))
    }
}

fn unavailable<T>() -> Result<T, Miss> {
    Err(Miss::unavailable("switched off by the test"))
}

fn shared<T>(record: Option<T>) -> Result<Arc<T>, Miss> {
    record.map(Arc::new).ok_or(Miss::Unusable)
}

fn entity(stored: &oracle::ApiUser) -> Result<Arc<Entity>, Miss> {
    let grants = || -> Option<Vec<Grant>> {
        stored.grants.iter().map(|grant| grant.parse::<Grant>().ok()).collect()
    };
    shared((|| {
        let name = "api_users/00000000000000000000000001".parse().ok()?;
        let entity = Entity::new(name, stored.owner.parse().ok()?)
            .with_credential(stored.key_sha256.parse::<KeyDigest>().ok()?);
        // An inactive user is never asked for its grants.
        Some(if stored.active {
            entity.with_grants(grants()?)
        } else {
            entity.with_state(EntityState::Inactive)
        })
    })())
}

fn group(world: &World, stored: &oracle::Group) -> Result<Arc<Group>, Miss> {
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

fn client(stored: &oracle::Client) -> Result<Client, Miss> {
    let status = match stored.verified {
        true => VerificationStatus::Verified,
        false => VerificationStatus::Pending,
    };
    let name = "clients/00000000000000000000000001".parse().map_err(|_| Miss::Unusable)?;
    let owner = stored.owner.parse().map_err(|_| Miss::Unusable)?;
    Ok(Client::new(name, owner, ClientType::Company, status))
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
    let enforcer = Enforcer::new((), Authoriser::new(Anything(group)));
    let mut request = Request::new(Message(match touch {
        Touch::Request(sent) => Some(sent.clone()),
        _ => None,
    }));
    let key = api_key(1).parse().expect("ASCII");
    request.metadata_mut().insert("x-api-key", key);
    request.metadata_mut().insert("x-group", group.to_string().parse().expect("ASCII"));
    let called = enforcer.unary::<M, _>(request, |(), access, _| {
        let answer = match touch {
            Touch::Stored(stored) => match access.scope().permit(stored.clone()) {
                Ok(_) => Ok(Response::new(Message(None))),
                Err(denial) => Err(denial.into()),
            },
            Touch::Response(returned) => Ok(Response::new(Message(Some(returned.clone())))),
            Touch::Nothing | Touch::Request(_) => Ok(Response::new(Message(None))),
        };
        std::future::ready(answer)
    });
    let called = called.now_or_never().expect("answered at once");
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

            fn request_claimed(
                request: &mut Message,
                claims: &mut impl FnMut(OwnershipMut<'_>) -> bool,
            ) -> bool {
                let claims = |resource: &mut oracle::Resource| {
                    claims(OwnershipMut::new(&mut resource.owner, &mut resource.owners))
                };
                request.0.as_mut().is_none_or(claims)
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
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        let grant = format!("{}/roles/1", self.0).parse::<Grant>().expect("a grant");
        let name = "api_users/00000000000000000000000001".parse().expect("a name");
        let entity = Entity::new(name, self.0).with_credential(credential.clone());
        Lookup::now(Ok(Arc::new(entity.with_grants([grant]))))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::now(shared(Group::new(name, None, &[]).ok()))
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        Lookup::now(Err(Miss::Unknown))
    }
}
