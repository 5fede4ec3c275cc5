//! Changes of entities and of what they hold.

use meshauth_runtime::{EntityName, EntityState, Grant, GroupName};
use serde_json::json;

use super::{
    Actor, Administration, AdministrationError, Outcome, Told, access_change::AccessChange,
    judged::Judged,
};
use crate::store::{Arg, Sql, entity_text, state_word};

const STATE: Sql = Sql::shared("SELECT state FROM meshauth_entities WHERE name = $1");

impl Administration {
    /// A new entity, owned by the executing group, ACTIVE and without roles or credentials.
    ///
    /// # Errors
    /// No right to do so, or a name that is there already.
    pub async fn create_entity(
        &self,
        by: impl Into<Actor>,
        name: EntityName,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "entities.create", async |judged| {
            let owner = judged.actor.group();
            judged.change.create_entity(name, owner, EntityState::Active).await?;
            let told = json!({ "entity": entity_text(name), "owner": owner.to_string() });
            Ok(((), Told::new(told)))
        })
        .await
    }

    /// Gives an entity of the executing group another owner of the same tree. It is then of the client
    /// of the nearest group from there up. Whoever does so has the right in both groups, and gives it
    /// all that it holds.
    ///
    /// # Errors
    /// No right to do so, or a role of the entity that is not to be given.
    pub async fn move_entity(
        &self,
        by: impl Into<Actor>,
        name: EntityName,
        below: GroupName,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::MoveEntity { entity: name, below }).await
    }

    /// Lets an entity act again. Whoever does so gives it all that it holds.
    ///
    /// # Errors
    /// No right to do so, or a role of the entity that is not to be given.
    pub async fn activate(
        &self,
        by: impl Into<Actor>,
        name: EntityName,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::Activate { entity: name }).await
    }

    /// Refuses an entity from now on, on every method.
    ///
    /// # Errors
    /// No right to do so.
    pub async fn deactivate(
        &self,
        by: impl Into<Actor>,
        name: EntityName,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "entities.deactivate", async |judged| {
            judged.own_entity(name).await?;
            Ok(((), judged.set_state(name, EntityState::Inactive).await?))
        })
        .await
    }

    /// Grants a role, in the executing group or below it, to an entity of the executing group.
    ///
    /// # Errors
    /// No right to do so, a role that whoever makes the change does not hold there, or a grant that is
    /// there already.
    pub async fn grant(
        &self,
        by: impl Into<Actor>,
        name: EntityName,
        grant: Grant,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::Grant { entity: name, grant }).await
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// No right to do so, a role that whoever makes the change does not hold there, or no such grant.
    pub async fn take_back(
        &self,
        by: impl Into<Actor>,
        name: EntityName,
        grant: Grant,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "roles.take_back", async |judged| {
            judged.own_entity(name).await?;
            judged.may_grant(grant).await?;
            judged.change.take_back(name, grant).await?;
            Ok(((), Told::gone(granted(name, grant))))
        })
        .await
    }
}

fn granted(name: EntityName, grant: Grant) -> serde_json::Value {
    json!({ "entity": entity_text(name), "grant": grant.to_string() })
}

impl Judged {
    pub(super) async fn may_move_entity(
        &mut self,
        name: EntityName,
        below: GroupName,
    ) -> Result<(), AdministrationError> {
        self.may_let_in(name).await?;
        self.may_place_in(below).await
    }

    pub(super) async fn move_entity(
        &mut self,
        name: EntityName,
        below: GroupName,
    ) -> Result<Told, AdministrationError> {
        self.change.set_owner(name, below).await?;
        let told =
            |owner: GroupName| json!({ "entity": entity_text(name), "owner": owner.to_string() });
        Ok(Told::changed(told(self.actor.group()), told(below)))
    }

    pub(super) async fn activate(&mut self, name: EntityName) -> Result<Told, AdministrationError> {
        self.set_state(name, EntityState::Active).await
    }

    pub(super) async fn grant(
        &mut self,
        name: EntityName,
        grant: Grant,
    ) -> Result<Told, AdministrationError> {
        self.change.grant(name, grant).await?;
        Ok(Told::new(granted(name, grant)))
    }

    async fn set_state(
        &mut self,
        name: EntityName,
        state: EntityState,
    ) -> Result<Told, AdministrationError> {
        let args = [Arg::Text(entity_text(name))];
        let before = self.change.one(&STATE, &args, |row| Ok(row.text(0)?.to_owned())).await?;
        let before = before.ok_or(AdministrationError::NotFound)?;
        self.change.set_state(name, state).await?;
        let told = |state: &str| json!({ "entity": entity_text(name), "state": state });
        Ok(Told::changed(told(&before), told(state_word(state))))
    }
}
