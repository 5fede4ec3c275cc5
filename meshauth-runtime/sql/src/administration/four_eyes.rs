//! The rule that widening changes take the consent of several people.

use std::time::Duration;

use meshauth_runtime::GroupName;
use serde::{Deserialize, Serialize};

use super::{
    Actor, Administration, AdministrationError, Outcome, Told, access_change::AccessChange,
    judged::Judged,
};
use crate::{
    change::Change,
    error::SqlError,
    store::{Arg, Row, Sql},
};

const DAY: Duration = Duration::from_hours(24);

/// A rule of a tree, which its root asks for: a change that can widen what somebody may do is made when
/// several people want it, and is a proposal until then.
///
/// Two people and seven days, if nothing else is said. What counts as widening: a grant, a key, an
/// activation, a move of a group or an entity, a verification, a client that is removed (the next one
/// above counts then), a role for operators, and a change of this rule that asks for less. All else,
/// such as a deactivation or a revoked key, never waits.
///
/// It is a rule of this library. Whoever has the password of a database login that may write the
/// directory can change it without the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FourEyes {
    people: u8,
    lifetime_seconds: u64,
}

impl Default for FourEyes {
    fn default() -> Self {
        Self { people: 2, lifetime_seconds: 7 * DAY.as_secs() }
    }
}

impl FourEyes {
    /// The fewest and the most people that it can ask for.
    const PEOPLE: std::ops::RangeInclusive<u8> = 2..=9;

    /// How many people have to want a change, whoever proposes it included: from 2 to 9.
    ///
    /// # Errors
    /// Another number.
    pub fn with_people(self, people: u8) -> Result<Self, AdministrationError> {
        if Self::PEOPLE.contains(&people) {
            Ok(Self { people, ..self })
        } else {
            Err(AdministrationError::NoSuchRule)
        }
    }

    /// How long others can agree to a proposal: from a minute to a year, in whole seconds.
    ///
    /// # Errors
    /// A shorter or a longer time.
    pub fn with_lifetime(self, lifetime: Duration) -> Result<Self, AdministrationError> {
        if (Duration::from_mins(1)..=365 * DAY).contains(&lifetime) {
            Ok(Self { lifetime_seconds: lifetime.as_secs(), ..self })
        } else {
            Err(AdministrationError::NoSuchRule)
        }
    }

    /// How many people have to want a change.
    #[must_use]
    pub const fn people(self) -> u8 {
        self.people
    }

    /// How long others can agree to a proposal.
    #[must_use]
    pub const fn lifetime(self) -> Duration {
        Duration::from_secs(self.lifetime_seconds)
    }

    /// Whether it asks for no less than another one.
    pub(super) fn is_as_strict_as(self, other: Self) -> bool {
        self.people >= other.people && self.lifetime_seconds <= other.lifetime_seconds
    }
}

// The root has it. Should a root with a rule have been put below another one by hand, both count.
const RULE: Sql = Sql::shared(
    "SELECT max(rule.people), min(rule.lifetime) FROM meshauth_four_eyes AS rule \
     JOIN meshauth_group_paths AS path ON path.above = rule.root WHERE path.below = $1",
);
const SET: Sql = Sql::shared(
    "INSERT INTO meshauth_four_eyes (root, people, lifetime) VALUES ($1, $2, $3) \
     ON CONFLICT (root) DO UPDATE SET people = excluded.people, lifetime = excluded.lifetime",
);
const END: Sql = Sql::shared("DELETE FROM meshauth_four_eyes WHERE root = $1");
// Whoever may make such changes in the root, and is a person.
const PEOPLE: Sql = Sql::new(
    "SELECT count(DISTINCT held.entity) FROM meshauth_grants AS held \
     JOIN meshauth_entities AS entity ON entity.name = held.entity \
     WHERE held.granted_in = $1 AND entity.state = 'ACTIVE' AND held.entity LIKE 'users/%' \
     AND held.role IN (SELECT CAST(value AS INTEGER) FROM json_each($2))",
    "SELECT count(DISTINCT held.entity) FROM meshauth_grants AS held \
     JOIN meshauth_entities AS entity ON entity.name = held.entity \
     WHERE held.granted_in = $1 AND entity.state = 'ACTIVE' AND held.entity LIKE 'users/%' \
     AND held.role = ANY(CAST($2::text[] AS bigint[]))",
);

impl Administration {
    /// The rule of the tree that a group is in, if it has one.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn four_eyes(&self, group: GroupName) -> Result<Option<FourEyes>, SqlError> {
        let mut session = self.store.read().await?;
        let args = [Arg::Text(group.to_string())];
        let rule = session.one(&RULE, &args, |row| read(&row)).await?.flatten();
        session.commit().await?;
        Ok(rule)
    }

    /// Asks for several people from now on in the tree of the executing group, which is its root: for
    /// the first time, or for other numbers than before. It is at once as strict as it will be; what
    /// asks for less than before is a proposal by the rule that there is.
    ///
    /// # Errors
    /// No right to do so, a group that is no root, or too few people who could agree: ACTIVE users
    /// that hold one of the method's roles in the root.
    pub async fn require_four_eyes(
        &self,
        by: impl Into<Actor>,
        rule: FourEyes,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::FourEyes { rule: Some(rule) }).await
    }

    /// Asks for several people no more in the tree of the executing group, which is its root. This is
    /// a proposal, by the rule that it ends.
    ///
    /// # Errors
    /// No right to do so, or a group that is no root.
    pub async fn end_four_eyes(
        &self,
        by: impl Into<Actor>,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::FourEyes { rule: None }).await
    }
}

impl Change {
    pub(super) async fn four_eyes(
        &mut self,
        group: GroupName,
    ) -> Result<Option<FourEyes>, SqlError> {
        let args = [Arg::Text(group.to_string())];
        Ok(self.one(&RULE, &args, |row| read(&row)).await?.flatten())
    }

    pub(super) async fn set_four_eyes(
        &mut self,
        root: GroupName,
        rule: FourEyes,
    ) -> Result<(), SqlError> {
        let args = [
            Arg::Text(root.to_string()),
            Arg::Number(rule.people.into()),
            Arg::Number(micros(rule.lifetime_seconds)),
        ];
        self.execute(&SET, &args).await?;
        Ok(())
    }
}

impl Judged {
    /// That the executing group is a root, in which so many people could agree.
    pub(super) async fn may_set_rule(
        &mut self,
        rule: Option<FourEyes>,
    ) -> Result<(), AdministrationError> {
        let group = self.actor.group();
        self.own_root().await?;
        let Some(rule) = rule else { return Ok(()) };
        let roles = self.actor.roles().iter().map(|role| role.value().to_string()).collect();
        let args = [Arg::Text(group.to_string()), Arg::Names(roles)];
        let people = self.change.one(&PEOPLE, &args, |row| row.number(0)).await?;
        if people.unwrap_or_default() < i64::from(rule.people) {
            return Err(AdministrationError::TooFewPeople);
        }
        Ok(())
    }

    pub(super) async fn set_rule(
        &mut self,
        rule: Option<FourEyes>,
    ) -> Result<Told, AdministrationError> {
        let group = self.actor.group();
        let before = self.change.four_eyes(group).await?;
        match rule {
            Some(rule) => self.change.set_four_eyes(group, rule).await?,
            None => drop(self.change.execute(&END, &[Arg::Text(group.to_string())]).await?),
        }
        Ok(Told {
            before: before.map(|rule| told(group, rule)),
            after: rule.map(|rule| told(group, rule)),
        })
    }
}

fn told(group: GroupName, rule: FourEyes) -> serde_json::Value {
    serde_json::json!({ "root": group.to_string(), "four_eyes": rule })
}

const MICROS: i64 = 1_000_000;

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).map_or(i64::MAX, |seconds| seconds.saturating_mul(MICROS))
}

/// None, too, of an aggregate over no rows.
fn read(row: &Row<'_>) -> Result<Option<FourEyes>, SqlError> {
    let (Some(people), Some(lifetime)) = (row.optional_number(0)?, row.optional_number(1)?) else {
        return Ok(None);
    };
    let unusable = |_| SqlError::fault("four eyes");
    Ok(Some(FourEyes {
        people: people.try_into().map_err(unusable)?,
        lifetime_seconds: (lifetime / MICROS).try_into().map_err(unusable)?,
    }))
}
