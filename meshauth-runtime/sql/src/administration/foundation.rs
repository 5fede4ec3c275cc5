//! The first administrator: before there is one, nobody could make one.

use std::time::SystemTime;

use meshauth_runtime::{
    EntityKind, EntityName, EntityState, Grant, GroupName, RoleNumber, Validity,
};
use serde_json::json;

use super::{Administration, AdministrationError, FourEyes, IssuedKey};
use crate::{
    change::{Change, NewCredential, Record},
    store::{Sql, entity_text},
};

/// The root of a directory, and who administers it first.
///
/// ```
/// use meshauth_runtime::{EntityName, GroupName, RoleNumber};
/// use meshauth_sql::{Founder, FourEyes};
///
/// # fn founder(root: GroupName, one: EntityName, other: EntityName, admin: RoleNumber) -> Founder {
/// // Two people from the start: neither has made a key of the other, so each can agree to what the
/// // other one proposes.
/// Founder::new(root, one, [admin])
///     .with_administrator(other)
///     .with_operator_roles([admin])
///     .with_four_eyes(FourEyes::default())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Founder {
    root: GroupName,
    administrators: Vec<EntityName>,
    roles: Vec<RoleNumber>,
    operator_roles: Vec<RoleNumber>,
    four_eyes: Option<FourEyes>,
}

impl Founder {
    /// The root of the tree, and the first administrator, which the root owns. It holds these roles in
    /// the root, and can give these and no others: name all that are to be held in this tree.
    #[must_use]
    pub fn new(
        root: GroupName,
        entity: EntityName,
        roles: impl IntoIterator<Item = RoleNumber>,
    ) -> Self {
        Self {
            root,
            administrators: vec![entity],
            roles: roles.into_iter().collect(),
            operator_roles: Vec::new(),
            four_eyes: None,
        }
    }

    /// One more administrator, with the same roles.
    #[must_use]
    pub fn with_administrator(mut self, entity: EntityName) -> Self {
        self.administrators.push(entity);
        self
    }

    /// Whose holders may use the command `meshauth directory` in this tree. Without any, nobody may.
    #[must_use]
    pub fn with_operator_roles(mut self, roles: impl IntoIterator<Item = RoleNumber>) -> Self {
        self.operator_roles.extend(roles);
        self
    }

    /// Asks for several people from the start.
    #[must_use]
    pub fn with_four_eyes(mut self, rule: FourEyes) -> Self {
        self.four_eyes = Some(rule);
        self
    }

    /// Whether so many of the administrators are people.
    fn is_enough_for(&self, rule: FourEyes) -> bool {
        let people = self.administrators.iter().filter(|name| name.kind() == EntityKind::User);
        people.count() >= usize::from(rule.people())
    }
}

const GROUPS: Sql = Sql::shared("SELECT count(*) FROM meshauth_groups");
/// Two foundations at once would each find it empty.
const LOCK: Sql = Sql::new("SELECT 1", "LOCK TABLE meshauth_groups IN SHARE ROW EXCLUSIVE MODE");

/// The record of what nobody can be asked a right for.
pub(super) fn record_of_holder(action: &str, after: &serde_json::Value) -> Record {
    Record {
        actor: "the holder of the database".to_owned(),
        action: action.to_owned(),
        before: None,
        after: Some(after.to_string()),
        at: SystemTime::now(),
        request_id: None,
    }
}

impl Administration {
    /// A change of an empty directory.
    pub(super) async fn begin_first_change(&self) -> Result<Change, AdministrationError> {
        let mut change = self.store.begin_change().await?;
        change.execute(&LOCK, &[]).await?;
        if change.one(&GROUPS, &[], |row| row.number(0)).await? != Some(0) {
            return Err(AdministrationError::Founded);
        }
        Ok(change)
    }

    /// Makes the root of an empty directory and its first administrators, and gives their keys, in the
    /// order in which the administrators were named. Nobody is asked for a right: whoever holds the
    /// password of the database, or the file, does this once, and the record says so.
    ///
    /// # Errors
    /// A directory that is not empty; four eyes of more people than there are users among the
    /// administrators.
    pub async fn found(&self, founder: &Founder) -> Result<Vec<IssuedKey>, AdministrationError> {
        if founder.four_eyes.is_some_and(|rule| !founder.is_enough_for(rule)) {
            return Err(AdministrationError::TooFewPeople);
        }
        let mut change = self.begin_first_change().await?;
        let Founder { root, administrators, roles, operator_roles, four_eyes } = founder;
        change.create_group(*root, None).await?;
        let mut keys = Vec::new();
        for entity in administrators {
            keys.push(change.found_administrator(*entity, founder).await?);
        }
        for role in operator_roles {
            change.allow_operators(*root, *role).await?;
        }
        if let Some(rule) = four_eyes {
            change.set_four_eyes(*root, *rule).await?;
        }
        let numbers =
            |roles: &[RoleNumber]| roles.iter().map(|role| role.value()).collect::<Vec<_>>();
        let after = json!({
            "group": root.to_string(),
            "entities": administrators.iter().copied().map(entity_text).collect::<Vec<_>>(),
            "roles": numbers(roles),
            "operator_roles": numbers(operator_roles),
            "four_eyes": four_eyes,
        });
        change.commit(&record_of_holder("directory.found", &after)).await?;
        Ok(keys)
    }
}

impl Change {
    async fn found_administrator(
        &mut self,
        entity: EntityName,
        founder: &Founder,
    ) -> Result<IssuedKey, AdministrationError> {
        self.create_entity(entity, founder.root, EntityState::Active).await?;
        for role in &founder.roles {
            self.grant(entity, Grant::new(founder.root, *role)).await?;
        }
        let key = IssuedKey::random()?;
        let credential = NewCredential {
            digest: key.digest(),
            label: "first key",
            validity: Validity::ALWAYS,
            created: SystemTime::now(),
        };
        self.add_credential(entity, &credential).await?;
        Ok(key)
    }
}
