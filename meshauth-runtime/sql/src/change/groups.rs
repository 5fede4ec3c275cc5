//! Changes of groups. The tree is kept by the database.

use meshauth_runtime::GroupName;

use super::{Change, reference_means};
use crate::{
    error::{Refusal, SqlError},
    store::{Arg, Sql},
};

const CREATE: Sql = Sql::shared("INSERT INTO meshauth_groups (name, owner) VALUES ($1, $2)");
const MOVE: Sql = Sql::shared("UPDATE meshauth_groups SET owner = $2 WHERE name = $1");
const REMOVE: Sql = Sql::shared("DELETE FROM meshauth_groups WHERE name = $1");

impl Change {
    /// A new group below `owner`, or a new root.
    pub(crate) async fn create_group(
        &mut self,
        name: GroupName,
        owner: Option<GroupName>,
    ) -> Result<(), SqlError> {
        let created = self.execute(&CREATE, &placed(name, owner)).await;
        created.map_err(reference_means(Refusal::UnknownGroup))?;
        Ok(())
    }

    /// The group goes below `owner` with all that is below it, or becomes a root.
    pub(crate) async fn move_group(
        &mut self,
        name: GroupName,
        owner: Option<GroupName>,
    ) -> Result<(), SqlError> {
        let moved = self.execute_on_one(&MOVE, &placed(name, owner)).await;
        moved.map_err(reference_means(Refusal::UnknownGroup))
    }

    /// Nothing may be in the group.
    pub(crate) async fn remove_group(&mut self, name: GroupName) -> Result<(), SqlError> {
        let removed = self.execute_on_one(&REMOVE, &[Arg::Text(name.to_string())]).await;
        removed.map_err(reference_means(Refusal::InUse))
    }
}

fn placed(name: GroupName, owner: Option<GroupName>) -> [Arg; 2] {
    [Arg::Text(name.to_string()), Arg::OptionalText(owner.map(|owner| owner.to_string()))]
}
