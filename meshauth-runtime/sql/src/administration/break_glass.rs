//! Breaking the glass: a way in when nobody who administers a tree can get in any more.

use std::time::{Duration, SystemTime};

use meshauth_runtime::{EntityName, EntityState, Grant, GroupName, RoleNumber, Validity};
use serde_json::json;

use super::{
    Administration, AdministrationError, IssuedKey, foundation::record_of_holder, judged::Judged,
    ulids::new_ulid,
};
use crate::{
    change::{Change, NewCredential},
    error::{Refusal, SqlError},
    log,
    store::{Arg, Rounding, Row, Sql, entity_text, micros, rfc3339},
};

/// How long it is open.
const HOUR: Duration = Duration::from_hours(1);

/// An entity that was let in, for an hour.
#[derive(Debug)]
pub struct BrokenGlass {
    entity: EntityName,
    roles: Vec<RoleNumber>,
    key: IssuedKey,
    until: SystemTime,
}

impl BrokenGlass {
    /// Who is let in: a user with a new name, owned by the root.
    #[must_use]
    pub const fn entity(&self) -> EntityName {
        self.entity
    }

    /// The roles that it holds in the root: all that anybody holds in the tree, and those of its
    /// operators.
    #[must_use]
    pub fn roles(&self) -> &[RoleNumber] {
        &self.roles
    }

    /// The key by which it is let in. It is shown this once.
    #[must_use]
    pub const fn key(&self) -> &IssuedKey {
        &self.key
    }

    /// When the key ends.
    #[must_use]
    pub const fn until(&self) -> SystemTime {
        self.until
    }
}

const ROOT: Sql = Sql::new(
    "SELECT owner IS NULL FROM meshauth_groups WHERE name = $1",
    "SELECT CASE WHEN owner IS NULL THEN 1::bigint ELSE 0 END FROM meshauth_groups \
     WHERE name = $1 FOR UPDATE",
);
const BROKEN: Sql =
    Sql::shared("SELECT entity FROM meshauth_break_glass WHERE root = $1 AND until > $2");
const ENDED: Sql = Sql::shared(
    "UPDATE meshauth_entities SET state = 'INACTIVE' WHERE state = 'ACTIVE' \
     AND name IN (SELECT entity FROM meshauth_break_glass WHERE root = $1)",
);
const ROLES: Sql = Sql::shared(
    "SELECT held.role FROM meshauth_grants AS held \
     JOIN meshauth_group_paths AS path ON path.below = held.granted_in WHERE path.above = $1 \
     UNION SELECT role FROM meshauth_operator_roles WHERE root = $1 ORDER BY 1",
);
const BREAK: Sql =
    Sql::shared("INSERT INTO meshauth_break_glass (entity, root, until) VALUES ($1, $2, $3)");
const BREAKS: Sql =
    Sql::shared("SELECT until FROM meshauth_break_glass WHERE entity = $1 AND until > $2");

impl Administration {
    /// Lets one new user in for an hour, with all roles of the tree in its root, and gives its key.
    /// What it changes does not wait for others to agree, whatever the tree asks for.
    ///
    /// This is for when nobody who administers the tree can get in any more, or too few are left to
    /// agree to anything. Nobody is asked for a right: whoever owns the tables does this, and the
    /// record says so, as it does of every change that is made so. Entities that were let in so before
    /// are deactivated.
    ///
    /// # Errors
    /// A group that is no root, somebody who is let in so at present, or a login that does not own the
    /// tables.
    pub async fn break_glass(&self, root: GroupName) -> Result<BrokenGlass, AdministrationError> {
        let mut change = self.store.begin_change().await?;
        let now = SystemTime::now();
        let of_root = || Arg::Text(root.to_string());
        match change.one(&ROOT, &[of_root()], |row| row.number(0)).await? {
            Some(1) => {}
            Some(_) => return Err(AdministrationError::NoRoot),
            None => return Err(AdministrationError::NotFound),
        }
        let args = [of_root(), Arg::Number(micros(now, Rounding::Earlier))];
        if let Some(entity) = change.one(&BROKEN, &args, |row| entity(&row)).await? {
            return Err(AdministrationError::GlassIsBroken(entity));
        }
        change.execute(&ENDED, &[of_root()]).await?;
        let roles = change.roles_of_tree(root).await?;
        let broken = change.let_in(root, roles, now).await?;
        let after = json!({
            "entity": entity_text(broken.entity),
            "root": root.to_string(),
            "until": rfc3339(broken.until),
        });
        change.commit(&record_of_holder("directory.break_glass", &after)).await?;
        log::glass_is_broken(broken.entity, root);
        Ok(broken)
    }
}

impl Change {
    async fn roles_of_tree(&mut self, root: GroupName) -> Result<Vec<RoleNumber>, SqlError> {
        let mut roles = Vec::new();
        self.each(&ROLES, &[Arg::Text(root.to_string())], |row| {
            let role = u32::try_from(row.number(0)?).ok().and_then(RoleNumber::new);
            roles.push(role.ok_or_else(|| SqlError::fault("role"))?);
            Ok(())
        })
        .await?;
        Ok(roles)
    }

    async fn let_in(
        &mut self,
        root: GroupName,
        roles: Vec<RoleNumber>,
        now: SystemTime,
    ) -> Result<BrokenGlass, AdministrationError> {
        let entity = EntityName::user(new_ulid()?.0);
        let until = now.checked_add(HOUR).ok_or(SqlError::Refused(Refusal::NeverEnds))?;
        self.create_entity(entity, root, EntityState::Active).await?;
        for role in &roles {
            self.grant(entity, Grant::new(root, *role)).await?;
        }
        let key = IssuedKey::random()?;
        let credential = NewCredential {
            digest: key.digest(),
            label: "break glass",
            validity: Validity::ALWAYS.until(until),
            created: now,
        };
        self.add_credential(entity, &credential).await?;
        let args = [
            Arg::Text(entity_text(entity)),
            Arg::Text(root.to_string()),
            Arg::Number(micros(until, Rounding::Earlier)),
        ];
        self.execute(&BREAK, &args).await?;
        Ok(BrokenGlass { entity, roles, key, until })
    }
}

impl Judged {
    /// Whether whoever makes the change was let in by breaking the glass, and is still.
    pub(super) async fn breaks_glass(&mut self) -> Result<bool, SqlError> {
        let now = micros(SystemTime::now(), Rounding::Earlier);
        let args = [Arg::Text(self.actor.entity_text()), Arg::Number(now)];
        Ok(self.change.one(&BREAKS, &args, |row| row.number(0)).await?.is_some())
    }
}

fn entity(row: &Row<'_>) -> Result<EntityName, SqlError> {
    row.text(0)?.parse().map_err(|_| SqlError::fault("entity"))
}
