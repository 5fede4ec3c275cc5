//! Who makes a change.

use meshauth_runtime::{
    Authorised, EntityName, GroupName, Method, RequestId, Role, RoleNumber, Write,
};

use crate::store::entity_text;

/// Who makes a change, and in which group: what is taken of an access to judge it again when the change
/// is made.
#[derive(Debug, Clone)]
pub struct Actor {
    entity: EntityName,
    group: GroupName,
    /// Of which it holds at least one.
    roles: Vec<RoleNumber>,
    request_id: RequestId,
}

impl<M: Method<Kind = Write>> From<&Authorised<M>> for Actor {
    fn from(access: &Authorised<M>) -> Self {
        Self {
            entity: access.entity(),
            group: access.group(),
            roles: M::POLICY.roles().map(Role::number).collect(),
            request_id: access.request_id(),
        }
    }
}

impl Actor {
    pub(crate) fn new(entity: EntityName, group: GroupName, roles: Vec<RoleNumber>) -> Self {
        Self { entity, group, roles, request_id: RequestId::random() }
    }

    /// Somebody else in the same call, with these roles in that group.
    pub(super) fn with_right(
        self,
        entity: EntityName,
        group: GroupName,
        roles: Vec<RoleNumber>,
    ) -> Self {
        Self { entity, group, roles, ..self }
    }

    pub(super) fn entity(&self) -> EntityName {
        self.entity
    }

    /// As the tables have it.
    pub(super) fn entity_text(&self) -> String {
        entity_text(self.entity)
    }

    pub(super) fn group(&self) -> GroupName {
        self.group
    }

    pub(super) fn roles(&self) -> &[RoleNumber] {
        &self.roles
    }

    pub(super) fn request_id(&self) -> RequestId {
        self.request_id
    }
}
