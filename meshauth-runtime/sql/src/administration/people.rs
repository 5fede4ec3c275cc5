//! Whether those who want a change are different people, as far as the directory can know.

use meshauth_runtime::{EntityKind, EntityName};

use super::{AdministrationError, judged::Judged};
use crate::{
    error::SqlError,
    store::{Arg, Sql, entity_text},
};

// Behind an entity is whoever made a key of it, and whoever is behind that one in turn. Two entities
// with somebody behind both of them may be one person.
const SOMEBODY_IS_BEHIND_BOTH: Sql = Sql::new(
    "WITH RECURSIVE one(entity) AS (SELECT $1 \
       UNION SELECT made.maker FROM meshauth_key_makers AS made JOIN one USING (entity)), \
     other(entity) AS (SELECT $2 \
       UNION SELECT made.maker FROM meshauth_key_makers AS made JOIN other USING (entity)) \
     SELECT count(*) FROM one JOIN other USING (entity)",
    "WITH RECURSIVE one(entity) AS (SELECT CAST($1 AS text) COLLATE \"C\" \
       UNION SELECT made.maker FROM meshauth_key_makers AS made JOIN one USING (entity)), \
     other(entity) AS (SELECT CAST($2 AS text) COLLATE \"C\" \
       UNION SELECT made.maker FROM meshauth_key_makers AS made JOIN other USING (entity)) \
     SELECT count(*) FROM one JOIN other USING (entity)",
);

impl Judged {
    /// That whoever agrees is a person, and another one than each of those before.
    pub(super) async fn is_another_person(
        &mut self,
        agreeing: EntityName,
        before: &[EntityName],
    ) -> Result<(), AdministrationError> {
        if before.contains(&agreeing) {
            return Err(AdministrationError::CountsAlready);
        }
        if agreeing.kind() != EntityKind::User {
            return Err(AdministrationError::NoPerson);
        }
        for other in before {
            if self.may_be_one_person(agreeing, *other).await? {
                return Err(AdministrationError::SamePerson);
            }
        }
        Ok(())
    }

    async fn may_be_one_person(
        &mut self,
        one: EntityName,
        other: EntityName,
    ) -> Result<bool, SqlError> {
        let args = [Arg::Text(entity_text(one)), Arg::Text(entity_text(other))];
        let behind_both = self.change.one(&SOMEBODY_IS_BEHIND_BOTH, &args, |row| row.number(0));
        Ok(behind_both.await? != Some(0))
    }
}
