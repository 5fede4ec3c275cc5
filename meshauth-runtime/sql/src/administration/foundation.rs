//! The first administrator: before there is one, nobody could make one.

use std::time::SystemTime;

use meshauth_runtime::{EntityName, EntityState, Grant, GroupName, RoleNumber, Validity};
use serde_json::json;

use super::{Administration, AdministrationError, IssuedKey};
use crate::{
    change::{Change, NewCredential, Record},
    store::{Sql, entity_text},
};

/// The root of a directory, and who administers it first.
#[derive(Debug, Clone)]
pub struct Founder {
    root: GroupName,
    entity: EntityName,
    roles: Vec<RoleNumber>,
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
        Self { root, entity, roles: roles.into_iter().collect() }
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

    /// Makes the root of an empty directory and its first administrator, and gives the administrator's
    /// key. Nobody is asked for a right: whoever holds the password of the database, or the file, does
    /// this once, and the record says so.
    ///
    /// # Errors
    /// A directory that is not empty.
    pub async fn found(&self, founder: &Founder) -> Result<IssuedKey, AdministrationError> {
        let Founder { root, entity, roles } = founder;
        let mut change = self.begin_first_change().await?;
        change.create_group(*root, None).await?;
        change.create_entity(*entity, *root, EntityState::Active).await?;
        for role in roles {
            change.grant(*entity, Grant::new(*root, *role)).await?;
        }
        let key = IssuedKey::random()?;
        let credential = NewCredential {
            digest: key.digest(),
            label: "first key",
            validity: Validity::ALWAYS,
            created: SystemTime::now(),
        };
        change.add_credential(*entity, &credential).await?;
        let roles: Vec<_> = roles.iter().map(|role| role.value()).collect();
        let after = json!({
            "group": root.to_string(),
            "entity": entity_text(*entity),
            "roles": roles,
        });
        change.commit(&record_of_holder("directory.found", &after)).await?;
        Ok(key)
    }
}
