//! A change whose maker was judged by the records that it changes, in the same transaction.

use std::time::SystemTime;

use meshauth_runtime::{EntityName, Grant, GroupName, RoleNumber};

use super::{Told, actor::Actor, error::AdministrationError};
use crate::{
    change::{Change, Record},
    error::SqlError,
    store::{Arg, Sql, entity_text},
};

pub(super) struct Judged {
    pub(super) change: Change,
    pub(super) actor: Actor,
}

// In PostgreSQL the rows are locked: whoever takes the right away waits until the change is made, or
// this waits until it is taken.
const IS_ACTIVE: Sql = Sql::new(
    "SELECT 1 FROM meshauth_entities WHERE name = $1 AND state = 'ACTIVE'",
    "SELECT 1::bigint FROM meshauth_entities WHERE name = $1 AND state = 'ACTIVE' FOR SHARE",
);
const HOLDS: Sql = Sql::new(
    "SELECT 1 FROM meshauth_grants AS held \
     JOIN meshauth_group_paths AS path ON path.above = held.granted_in \
     WHERE held.entity = $1 AND path.below = $2 \
     AND held.role IN (SELECT CAST(value AS INTEGER) FROM json_each($3)) LIMIT 1",
    "SELECT 1::bigint FROM meshauth_grants AS held \
     JOIN meshauth_group_paths AS path ON path.above = held.granted_in \
     WHERE held.entity = $1 AND path.below = $2 \
     AND held.role = ANY(CAST($3::text[] AS bigint[])) LIMIT 1 FOR SHARE OF held",
);
const IS_BELOW: Sql =
    Sql::shared("SELECT depth FROM meshauth_group_paths WHERE above = $1 AND below = $2");
// Groups of one tree have the root above both.
const SHARE_A_ROOT: Sql = Sql::shared(
    "SELECT count(*) FROM meshauth_group_paths AS one \
     JOIN meshauth_group_paths AS other ON other.above = one.above \
     WHERE one.below = $1 AND other.below = $2",
);
const OWNER_OF_ENTITY: Sql = Sql::new(
    "SELECT owner FROM meshauth_entities WHERE name = $1",
    "SELECT owner FROM meshauth_entities WHERE name = $1 FOR UPDATE",
);
const GRANTS: Sql = Sql::shared(
    "SELECT granted_in || '/roles/' || CAST(role AS text) FROM meshauth_grants WHERE entity = $1",
);

impl Judged {
    /// Whether whoever makes it may make changes in its group at all.
    pub(super) async fn judge(change: Change, actor: Actor) -> Result<Self, AdministrationError> {
        let mut judged = Self { change, actor };
        judged.judge_actor().await?;
        Ok(judged)
    }

    pub(super) async fn judge_actor(&mut self) -> Result<(), AdministrationError> {
        let entity = [Arg::Text(self.actor.entity_text())];
        let is_active = self.change.one(&IS_ACTIVE, &entity, |row| row.number(0)).await?;
        let (group, roles) = (self.actor.group(), self.actor.roles().to_vec());
        if is_active.is_none() || !self.holds(group, &roles).await? {
            return Err(AdministrationError::NotAuthorised);
        }
        Ok(())
    }

    /// Makes the change, with the record of who made it.
    pub(super) async fn commit(
        self,
        action: &'static str,
        told: Told,
    ) -> Result<(), AdministrationError> {
        let Self { change, actor } = self;
        let record = Record {
            actor: actor.entity_text(),
            action: action.to_owned(),
            before: told.before.map(|told| told.to_string()),
            after: told.after.map(|told| told.to_string()),
            at: SystemTime::now(),
            request_id: Some(actor.request_id().to_string()),
        };
        change.commit(&record).await?;
        Ok(())
    }

    /// Whether one of these roles counts for whoever makes it in this group.
    async fn holds(&mut self, group: GroupName, roles: &[RoleNumber]) -> Result<bool, SqlError> {
        let roles = roles.iter().map(|role| role.value().to_string()).collect();
        let args =
            [Arg::Text(self.actor.entity_text()), Arg::Text(group.to_string()), Arg::Names(roles)];
        Ok(self.change.one(&HOLDS, &args, |row| row.number(0)).await?.is_some())
    }

    /// That a group which is named is the executing group or below it.
    pub(super) async fn reach(&mut self, group: GroupName) -> Result<(), AdministrationError> {
        let args = [Arg::Text(self.actor.group().to_string()), Arg::Text(group.to_string())];
        let depth = self.change.one(&IS_BELOW, &args, |row| row.number(0)).await?;
        depth.map(drop).ok_or(AdministrationError::NotFound)
    }

    /// That whoever makes the change has the right to it in a new parent, too: another group of the same
    /// tree, in which one of the roles counts.
    pub(super) async fn may_place_in(
        &mut self,
        parent: GroupName,
    ) -> Result<(), AdministrationError> {
        let (group, roles) = (self.actor.group(), self.actor.roles().to_vec());
        if !self.holds(parent, &roles).await? {
            return Err(AdministrationError::NotFound);
        }
        let args = [Arg::Text(group.to_string()), Arg::Text(parent.to_string())];
        let roots = self.change.one(&SHARE_A_ROOT, &args, |row| row.number(0)).await?;
        if roots == Some(0) {
            return Err(AdministrationError::AnotherTree);
        }
        Ok(())
    }

    /// That what is changed is owned by the executing group. `owner` is none if it is not there, or has
    /// no owner.
    pub(super) async fn own(
        &mut self,
        owner: Option<GroupName>,
    ) -> Result<(), AdministrationError> {
        let owner = owner.ok_or(AdministrationError::NotFound)?;
        if owner == self.actor.group() {
            return Ok(());
        }
        self.reach(owner).await?;
        Err(AdministrationError::NotOwned)
    }

    pub(super) async fn own_entity(&mut self, name: EntityName) -> Result<(), AdministrationError> {
        let args = [Arg::Text(entity_text(name))];
        let owner = self.change.one(&OWNER_OF_ENTITY, &args, |row| row.group(0)).await?;
        self.own(owner).await
    }

    /// That whoever makes the change may give this role in this group, and take it away.
    pub(super) async fn may_grant(&mut self, grant: Grant) -> Result<(), AdministrationError> {
        self.reach(grant.group()).await?;
        if self.holds(grant.group(), &[grant.role()]).await? {
            return Ok(());
        }
        Err(AdministrationError::MayNotGrant)
    }

    /// The same of all that an entity of the executing group holds: who lets it in gives all of that.
    pub(super) async fn may_let_in(&mut self, name: EntityName) -> Result<(), AdministrationError> {
        self.own_entity(name).await?;
        let mut grants = Vec::new();
        let args = [Arg::Text(entity_text(name))];
        self.change
            .each(&GRANTS, &args, |row| {
                grants.push(row.grant(0)?);
                Ok(())
            })
            .await?;
        for grant in grants {
            match self.may_grant(grant).await {
                // Where it is granted is nothing that this one sees.
                Err(AdministrationError::NotFound) => return Err(AdministrationError::MayNotGrant),
                judged => judged?,
            }
        }
        Ok(())
    }
}
