//! Cedar, as its users prepare it: one policy for each method, sliced to that; users and groups as
//! entities, parents above their groups; the grants of a role as a set of groups; all parsed before.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression,
};
use sha2::{Digest, Sha256};

use crate::{
    by_hand::{hex, one},
    contender::{Agreement, Answer, Call, Check, Reason},
    world::{self, World, group_name, ulid},
};

pub(crate) struct Cedar {
    authorizer: Authorizer,
    methods: HashMap<&'static str, Method>,
    users: HashMap<String, EntityUid>,
    groups: HashMap<String, EntityUid>,
    entities: Entities,
}

struct Method {
    action: EntityUid,
    policy: PolicySet,
}

impl Cedar {
    pub(crate) fn new(world: &World) -> Self {
        let groups: Vec<EntityUid> =
            world.groups.iter().map(|group| uid("Group", &group_name(group.id))).collect();
        let parent = |group: &world::Group| group.parent.map(|at| groups[at as usize].clone());
        let group_entity = |(uid, group): (&EntityUid, _)| {
            Entity::new_no_attrs(uid.clone(), parent(group).into_iter().collect())
        };
        let clients = nearest_clients(world);
        let users: Vec<Entity> =
            world.users.iter().map(|user| user_entity(user, &groups, &clients)).collect();
        let digests = world.users.iter().map(|user| hex(&Sha256::digest(&user.key)));
        let names = world.groups.iter().map(|group| group_name(group.id));
        Self {
            authorizer: Authorizer::new(),
            methods: world.methods.iter().map(|row| (row.path, method(row))).collect(),
            users: digests.zip(users.iter().map(Entity::uid)).collect(),
            groups: names.zip(groups.iter().cloned()).collect(),
            entities: Entities::from_entities(
                users.into_iter().chain(groups.iter().zip(&world.groups).map(group_entity)),
                None,
            )
            .expect("the entities fit together"),
        }
    }

    fn authorise(&self, call: &Call) -> Result<Decision, Reason> {
        let method = self.methods.get(call.path).ok_or(Reason::Other)?;
        let key = one(&call.headers, "x-api-key").filter(|key| key.len() == 43);
        let digest = hex(&Sha256::digest(key.ok_or(Reason::CredentialsInvalid)?));
        let principal = self.users.get(&digest).ok_or(Reason::CredentialsInvalid)?;
        let group = one(&call.headers, "x-group").ok_or(Reason::GroupMalformed)?;
        let resource = self.groups.get(group).ok_or(Reason::RoleRequired)?;
        let request = Request::new(
            principal.clone(),
            method.action.clone(),
            resource.clone(),
            Context::empty(),
            None,
        );
        let request = request.map_err(|_| Reason::Other)?;
        let response = self.authorizer.is_authorized(&request, &method.policy, &self.entities);
        match response.decision() {
            Decision::Allow => Ok(Decision::Allow),
            Decision::Deny => Err(Reason::Other),
        }
    }
}

/// Whether the client of each group is verified.
fn nearest_clients(world: &World) -> Vec<bool> {
    let own: HashMap<u32, bool> =
        world.clients.iter().map(|client| (client.owner, client.verified)).collect();
    let mut nearest: Vec<bool> = Vec::with_capacity(world.groups.len());
    for (index, group) in (0..).zip(&world.groups) {
        let above = group.parent.is_some_and(|parent| nearest[parent as usize]);
        nearest.push(own.get(&index).copied().unwrap_or(above));
    }
    nearest
}

fn user_entity(user: &world::User, groups: &[EntityUid], clients: &[bool]) -> Entity {
    let mut granted: HashMap<u32, Vec<RestrictedExpression>> = HashMap::new();
    for grant in &user.grants {
        let group = groups[grant.group as usize].clone();
        granted.entry(grant.role).or_default().push(RestrictedExpression::new_entity_uid(group));
    }
    let granted = granted
        .into_iter()
        .map(|(role, groups)| (format!("role_{role}"), RestrictedExpression::new_set(groups)));
    let is_verified = clients[user.owner as usize];
    let facts = [
        ("active".to_owned(), RestrictedExpression::new_bool(user.active)),
        ("verified".to_owned(), RestrictedExpression::new_bool(is_verified)),
    ];
    let name = format!("api_users/{}", ulid(user.id));
    Entity::new(uid("User", &name), granted.chain(facts).collect(), HashSet::new())
        .expect("the attributes are values")
}

fn method(method: &world::Method) -> Method {
    let roles: Vec<String> = method
        .roles
        .iter()
        .map(|role| format!("(principal has role_{role} && resource in principal.role_{role})"))
        .collect();
    let verified = if method.verified { "&& principal.verified" } else { "" };
    let text = format!(
        "permit (principal is User, action == Action::\"{}\", resource is Group) \
         when {{ principal.active && ({}) {verified} }};",
        method.path,
        roles.join(" || "),
    );
    let policy = Policy::parse(Some(PolicyId::new(method.path)), text).expect("it is a policy");
    let policy = PolicySet::from_policies([policy]).expect("one policy is a set");
    Method { action: uid("Action", method.path), policy }
}

fn uid(kind: &str, id: &str) -> EntityUid {
    let kind: EntityTypeName = kind.parse().expect("it is the name of a type");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

impl Check for Cedar {
    const AGREEMENT: Agreement = Agreement::AllowOnly;

    fn whole(&self, call: &mut Call) -> Answer {
        Answer::of(self.authorise(call))
    }
}
