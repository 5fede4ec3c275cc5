//! Operators: who may use the command, by an own key and by the roles that the tree names for it.

use std::time::SystemTime;

use meshauth_runtime::{EntityName, GroupName, KeyDigest, RoleNumber};
use serde_json::json;

use super::{
    Actor, Administration, AdministrationError, Outcome, Told, access_change::AccessChange,
    judged::Judged,
};
use crate::{
    change::Change,
    error::SqlError,
    store::{Arg, Rounding, Row, Sql, micros},
};

const OPERATOR: Sql = Sql::shared(
    "SELECT entity.name FROM meshauth_credentials AS held \
     JOIN meshauth_entities AS entity ON entity.name = held.entity \
     WHERE held.digest = $1 AND entity.state = 'ACTIVE' \
     AND (held.valid_from IS NULL OR held.valid_from <= $2) \
     AND (held.valid_until IS NULL OR held.valid_until > $2)",
);
const ROLES: Sql = Sql::shared(
    "SELECT operator.role FROM meshauth_operator_roles AS operator \
     JOIN meshauth_group_paths AS path ON path.above = operator.root \
     WHERE path.below = $1 ORDER BY operator.role",
);
const ALLOW: Sql = Sql::shared(
    "INSERT INTO meshauth_operator_roles (root, role) VALUES ($1, $2) \
     ON CONFLICT (root, role) DO NOTHING",
);
const DENY: Sql = Sql::shared("DELETE FROM meshauth_operator_roles WHERE root = $1 AND role = $2");

impl Administration {
    /// The operator with this key, executing in a group: for changes that are made without a service,
    /// as the command `meshauth` makes them. What a method's annotation says for a call, the tree says
    /// for its operators: which roles are let in ([`allow_operators`](Self::allow_operators)).
    ///
    /// It is for changes that are made now. The key is looked at here, and the right again in each
    /// change.
    ///
    /// # Errors
    /// A key that is unknown or not valid now, an entity that is not ACTIVE, a database that cannot be
    /// read.
    pub async fn operator(
        &self,
        key: &KeyDigest,
        group: GroupName,
    ) -> Result<Actor, AdministrationError> {
        let mut session = self.store.read().await?;
        let now = micros(SystemTime::now(), Rounding::Earlier);
        let args = [Arg::Bytes(key.as_bytes().to_vec()), Arg::Number(now)];
        let entity = session.one(&OPERATOR, &args, |row| read_entity(&row)).await?;
        let entity = entity.ok_or(AdministrationError::UnknownOperator)?;
        let mut roles = Vec::new();
        session
            .each(&ROLES, &[Arg::Text(group.to_string())], |row| {
                roles.push(read_role(&row)?);
                Ok(())
            })
            .await?;
        session.commit().await?;
        Ok(Actor::new(entity, group, roles))
    }

    /// Lets holders of a role be operators of the tree of the executing group, which is its root.
    ///
    /// # Errors
    /// No right to do so, or a group that is no root.
    pub async fn allow_operators(
        &self,
        by: impl Into<Actor>,
        role: RoleNumber,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::AllowOperators { role }).await
    }

    /// Lets them be operators no more.
    ///
    /// # Errors
    /// No right to do so, a group that is no root, or a role that was not let in.
    pub async fn deny_operators(
        &self,
        by: impl Into<Actor>,
        role: RoleNumber,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "operators.deny", async |judged| {
            judged.own_root().await?;
            let root = judged.actor.group();
            if judged.change.execute(&DENY, &args(root, role)).await? == 0 {
                return Err(AdministrationError::NotFound);
            }
            Ok(((), Told::gone(told(root, role))))
        })
        .await
    }
}

impl Judged {
    pub(super) async fn allow_operators(
        &mut self,
        role: RoleNumber,
    ) -> Result<Told, AdministrationError> {
        let root = self.actor.group();
        self.change.allow_operators(root, role).await?;
        Ok(Told::new(told(root, role)))
    }
}

impl Change {
    pub(super) async fn allow_operators(
        &mut self,
        root: GroupName,
        role: RoleNumber,
    ) -> Result<(), SqlError> {
        self.execute(&ALLOW, &args(root, role)).await?;
        Ok(())
    }
}

fn args(root: GroupName, role: RoleNumber) -> [Arg; 2] {
    [Arg::Text(root.to_string()), Arg::Number(role.value().into())]
}

fn told(root: GroupName, role: RoleNumber) -> serde_json::Value {
    json!({ "root": root.to_string(), "operator_role": role.value() })
}

fn read_entity(row: &Row<'_>) -> Result<EntityName, SqlError> {
    row.text(0)?.parse().map_err(|_| SqlError::fault("operator"))
}

fn read_role(row: &Row<'_>) -> Result<RoleNumber, SqlError> {
    let role = u32::try_from(row.number(0)?).ok().and_then(RoleNumber::new);
    role.ok_or_else(|| SqlError::fault("operator role"))
}
