//! Decisions by a packed view: nothing is looked up elsewhere, so nothing is missing.

use std::{convert::Infallible, ops::ControlFlow};

use crate::{
    credential::{Credential, Validity},
    decision::{Answer, ClientMiss, Records},
    directory::{EntityRow, GrantRow, GroupRow, View},
    names::{EntityName, GroupName},
    policy::MethodPolicy,
    records::{Client, Grant, Miss},
};

impl<'v> Records for &'v View {
    type Entity = &'v EntityRow;
    type Group = &'v GroupRow;
    type Grant = &'v GrantRow;
    type Gap = Infallible;

    #[inline]
    fn entity(self, credential: &Credential) -> Answer<&'v EntityRow, Infallible> {
        ControlFlow::Continue(self.entity_row(credential).ok_or(Miss::Unknown))
    }

    fn entity_name(self, entity: &'v EntityRow) -> EntityName {
        View::entity_name(self, entity)
    }

    #[inline]
    fn is_active(self, entity: &'v EntityRow) -> bool {
        entity.is_active()
    }

    #[inline]
    fn validity(self, entity: &'v EntityRow, _: &Credential) -> Validity {
        View::validity(self, entity)
    }

    #[inline]
    fn group(self, name: GroupName) -> Answer<&'v GroupRow, Infallible> {
        ControlFlow::Continue(self.group_row(name).ok_or(Miss::Unknown))
    }

    #[inline]
    fn grant(
        self,
        entity: &'v EntityRow,
        group: &'v GroupRow,
        policy: &MethodPolicy,
    ) -> Option<&'v GrantRow> {
        View::grant(self, entity, group, policy)
    }

    fn grant_of(self, grant: &'v GrantRow) -> Grant {
        View::grant_of(self, grant)
    }

    #[inline]
    fn client(
        self,
        entity: &'v EntityRow,
        _: &'v GroupRow,
    ) -> ControlFlow<Infallible, Result<Client, ClientMiss>> {
        ControlFlow::Continue(self.client_of(entity).ok_or(ClientMiss::Client(Miss::Unknown)))
    }
}
