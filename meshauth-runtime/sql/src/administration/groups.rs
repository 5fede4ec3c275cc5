//! Changes of the tree.

use meshauth_runtime::GroupName;
use serde_json::json;

use super::{
    Actor, Administration, AdministrationError, Outcome, Told, access_change::AccessChange,
    judged::Judged,
};
use crate::store::{Arg, Sql};

const OWNER: Sql = Sql::new(
    "SELECT owner FROM meshauth_groups WHERE name = $1",
    "SELECT owner FROM meshauth_groups WHERE name = $1 FOR UPDATE",
);

impl Administration {
    /// A new group, owned by the executing group.
    ///
    /// # Errors
    /// No right to do so, or a name that is there already.
    pub async fn create_group(
        &self,
        by: impl Into<Actor>,
        name: GroupName,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "groups.create", async |judged| {
            let owner = judged.actor.group();
            judged.change.create_group(name, Some(owner)).await?;
            Ok(((), Told::new(json!({ "group": name.to_string(), "owner": owner.to_string() }))))
        })
        .await
    }

    /// Moves a group of the executing group, with all that is below it: `below` another group of the
    /// same tree. Whoever moves it has the right to do so in both, so that nobody gives away or takes
    /// in what they do not administer.
    ///
    /// # Errors
    /// No right to do so in either, another tree, a group that would be above itself, or too deep a
    /// tree.
    pub async fn move_group(
        &self,
        by: impl Into<Actor>,
        name: GroupName,
        below: GroupName,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::MoveGroup { group: name, below }).await
    }

    /// Removes a group of the executing group, in which nothing may be.
    ///
    /// # Errors
    /// No right to do so, or something that is still in it.
    pub async fn remove_group(
        &self,
        by: impl Into<Actor>,
        name: GroupName,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "groups.remove", async |judged| {
            let owner = judged.own_group(name).await?;
            judged.change.remove_group(name).await?;
            let told = json!({ "group": name.to_string(), "owner": owner.to_string() });
            Ok(((), Told::gone(told)))
        })
        .await
    }
}

impl Judged {
    pub(super) async fn may_move_group(
        &mut self,
        name: GroupName,
        below: GroupName,
    ) -> Result<(), AdministrationError> {
        self.own_group(name).await?;
        self.may_place_in(below).await
    }

    pub(super) async fn move_group(
        &mut self,
        name: GroupName,
        below: GroupName,
    ) -> Result<Told, AdministrationError> {
        self.change.move_group(name, Some(below)).await?;
        let told =
            |owner: GroupName| json!({ "group": name.to_string(), "owner": owner.to_string() });
        Ok(Told::changed(told(self.actor.group()), told(below)))
    }

    /// That the executing group is a root.
    pub(super) async fn own_root(&mut self) -> Result<(), AdministrationError> {
        let args = [Arg::Text(self.actor.group().to_string())];
        match self.change.one(&OWNER, &args, |row| row.optional_group(0)).await? {
            Some(None) => Ok(()),
            _ => Err(AdministrationError::NoRoot),
        }
    }

    /// That a group is owned by the executing group, which it gives.
    async fn own_group(&mut self, name: GroupName) -> Result<GroupName, AdministrationError> {
        let args = [Arg::Text(name.to_string())];
        let owner = self.change.one(&OWNER, &args, |row| row.optional_group(0)).await?.flatten();
        self.own(owner).await?;
        owner.ok_or(AdministrationError::NotFound)
    }
}
