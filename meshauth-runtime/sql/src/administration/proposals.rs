//! Changes that wait until enough people agree to them.

use std::time::SystemTime;

use meshauth_runtime::{EntityName, GroupName, RoleNumber};
use serde_json::json;

use super::{
    Actor, Administration, AdministrationError, FourEyes, Outcome, ProposalName, Told,
    access_change::AccessChange, judged::Judged,
};
use crate::{
    error::SqlError,
    store::{Arg, Rounding, Row, Sql, entity_text, micros, rfc3339, time},
};

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub(super) name: ProposalName,
    pub(super) executing: GroupName,
    pub(super) proposer: EntityName,
    /// By which the proposer has the right to it.
    roles: Vec<RoleNumber>,
    pub(super) change: AccessChange,
    expires: SystemTime,
    is_open: bool,
    /// Who has agreed, besides whoever proposed it, in the order of their names.
    pub(super) agreed: Vec<EntityName>,
}

impl Proposal {
    /// The name by which others agree to it.
    #[must_use]
    pub const fn name(&self) -> ProposalName {
        self.name
    }

    /// The group in whose name it was proposed, and in whose name others agree.
    #[must_use]
    pub const fn group(&self) -> GroupName {
        self.executing
    }

    /// Who proposed it.
    #[must_use]
    pub const fn proposer(&self) -> EntityName {
        self.proposer
    }

    /// Who else has agreed so far.
    #[must_use]
    pub fn agreed(&self) -> &[EntityName] {
        &self.agreed
    }

    /// Until when others can agree.
    #[must_use]
    pub const fn expires(&self) -> SystemTime {
        self.expires
    }

    /// What it does, as a word of the record of administration: `roles.grant`.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        self.change.action()
    }

    /// What it does it to, as JSON. Keys are told by their labels, never by what they are.
    #[must_use]
    pub fn details(&self) -> String {
        self.change.told().to_string()
    }

    pub(super) fn wanted_by(&self) -> Vec<EntityName> {
        [&[self.proposer], &self.agreed[..]].concat()
    }

    /// Somebody else, as if it were them who made this change.
    pub(super) fn made_by(&self, actor: &Actor, entity: EntityName) -> Actor {
        actor.clone().with_right(entity, self.executing, self.roles.clone())
    }
}

const PROPOSE: Sql = Sql::shared(
    "INSERT INTO meshauth_proposals (name, executing, proposer, roles, change, proposed, expires, state) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'OPEN')",
);
const ONE: Sql = Sql::new(
    "SELECT name, executing, proposer, roles, change, expires, state FROM meshauth_proposals \
     WHERE name = $1",
    "SELECT name, executing, proposer, roles, change, expires, state FROM meshauth_proposals \
     WHERE name = $1 FOR UPDATE",
);
const OPEN: Sql = Sql::shared(
    "SELECT name, executing, proposer, roles, change, expires, state FROM meshauth_proposals \
     WHERE state = 'OPEN' AND expires > $2 AND executing IN \
       (SELECT below FROM meshauth_group_paths WHERE above = $1) ORDER BY name",
);
const AGREED: Sql =
    Sql::shared("SELECT entity FROM meshauth_consents WHERE proposal = $1 ORDER BY agreed, entity");
const AGREE: Sql =
    Sql::shared("INSERT INTO meshauth_consents (proposal, entity, agreed) VALUES ($1, $2, $3)");
const CLOSE: Sql = Sql::shared("UPDATE meshauth_proposals SET state = $2 WHERE name = $1");

impl Administration {
    /// Makes a change that can widen what somebody may do, or proposes it where it has to wait.
    pub(super) async fn make(
        &self,
        by: Actor,
        access_change: AccessChange,
    ) -> Result<Outcome, AdministrationError> {
        let mut judged = Judged::judge(self.store.begin_change().await?, by).await?;
        access_change.judge(&mut judged).await?;
        let rule = judged.change.four_eyes(judged.actor.group()).await?;
        let rule = rule.filter(|rule| access_change.waits(*rule));
        let breaks_glass = rule.is_some() && judged.breaks_glass().await?;
        if let Some(rule) = rule.filter(|_| !breaks_glass) {
            let (name, told) = judged.propose(&access_change, rule).await?;
            judged.commit("proposals.propose", told).await?;
            return Ok(Outcome::Proposed(name));
        }
        let mut told = access_change.apply(&mut judged).await?;
        if breaks_glass {
            told.add("glass_is_broken", json!(true));
        }
        judged.commit(access_change.action(), told).await?;
        Ok(Outcome::Done)
    }

    /// The proposals that wait in a group and below it: for whoever may see what these groups own, as
    /// the executing group of a READ does.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn proposals(&self, group: GroupName) -> Result<Vec<Proposal>, SqlError> {
        let mut session = self.store.read().await?;
        let now = micros(SystemTime::now(), Rounding::Earlier);
        let mut proposals = Vec::new();
        let args = [Arg::Text(group.to_string()), Arg::Number(now)];
        session
            .each(&OPEN, &args, |row| {
                proposals.push(read(&row)?);
                Ok(())
            })
            .await?;
        for proposal in &mut proposals {
            let agreed = &mut proposal.agreed;
            let args = [Arg::Text(proposal.name.to_string())];
            session
                .each(&AGREED, &args, |row| {
                    agreed.push(entity(row.text(0)?)?);
                    Ok(())
                })
                .await?;
        }
        session.commit().await?;
        Ok(proposals)
    }
}

impl Proposal {
    pub(super) fn told(&self) -> serde_json::Value {
        json!({
            "proposal": self.name.to_string(),
            "action": self.change.action(),
            "change": self.change.told(),
            "expires": rfc3339(self.expires),
        })
    }
}

impl Judged {
    async fn propose(
        &mut self,
        change: &AccessChange,
        rule: FourEyes,
    ) -> Result<(ProposalName, Told), AdministrationError> {
        let (name, now) = (ProposalName::random()?, SystemTime::now());
        let proposal = Proposal {
            name,
            executing: self.actor.group(),
            proposer: self.actor.entity(),
            roles: self.actor.roles().to_vec(),
            change: change.clone(),
            expires: now.checked_add(rule.lifetime()).ok_or(SqlError::fault("clock"))?,
            is_open: true,
            agreed: Vec::new(),
        };
        let roles: Vec<_> = proposal.roles.iter().map(ToString::to_string).collect();
        let change = serde_json::to_string(change).map_err(|_| SqlError::fault("proposal"))?;
        let args = [
            Arg::Text(name.to_string()),
            Arg::Text(proposal.executing.to_string()),
            Arg::Text(entity_text(proposal.proposer)),
            Arg::Text(roles.join(" ")),
            Arg::Text(change),
            Arg::Number(micros(now, Rounding::Earlier)),
            Arg::Number(micros(proposal.expires, Rounding::Earlier)),
        ];
        self.change.execute(&PROPOSE, &args).await?;
        Ok((name, Told::new(proposal.told())))
    }

    /// A proposal of the executing group that others can still agree to.
    pub(super) async fn open_proposal(
        &mut self,
        name: ProposalName,
    ) -> Result<Proposal, AdministrationError> {
        let args = [Arg::Text(name.to_string())];
        let proposal = self.change.one(&ONE, &args, |row| read(&row)).await?;
        let mut proposal = proposal.ok_or(AdministrationError::NotFound)?;
        self.own(Some(proposal.executing)).await?;
        if !proposal.is_open || proposal.expires <= SystemTime::now() {
            return Err(AdministrationError::ProposalClosed);
        }
        let agreed = &mut proposal.agreed;
        let push = |row: Row<'_>| {
            agreed.push(entity(row.text(0)?)?);
            Ok(())
        };
        self.change.each(&AGREED, &args, push).await?;
        Ok(proposal)
    }

    pub(super) async fn add_consent(
        &mut self,
        proposal: ProposalName,
        entity: EntityName,
    ) -> Result<(), AdministrationError> {
        let args = [
            Arg::Text(proposal.to_string()),
            Arg::Text(entity_text(entity)),
            Arg::Number(micros(SystemTime::now(), Rounding::Earlier)),
        ];
        self.change.execute(&AGREE, &args).await?;
        Ok(())
    }

    pub(super) async fn close(
        &mut self,
        proposal: ProposalName,
        state: &str,
    ) -> Result<(), AdministrationError> {
        let args = [Arg::Text(proposal.to_string()), Arg::Text(state.to_owned())];
        self.change.execute(&CLOSE, &args).await?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> Result<Proposal, SqlError> {
    let unusable = || SqlError::fault("proposal");
    let roles = row.text(3)?.split_ascii_whitespace();
    let roles = roles.map(|role| role.parse().ok().and_then(RoleNumber::new));
    Ok(Proposal {
        name: row.text(0)?.parse().map_err(|_| unusable())?,
        executing: row.group(1)?,
        proposer: entity(row.text(2)?)?,
        roles: roles.collect::<Option<_>>().ok_or_else(unusable)?,
        change: serde_json::from_str(row.text(4)?).map_err(|_| unusable())?,
        expires: time(row.number(5)?).ok_or_else(unusable)?,
        is_open: row.text(6)? == "OPEN",
        agreed: Vec::new(),
    })
}

fn entity(text: &str) -> Result<EntityName, SqlError> {
    text.parse().map_err(|_| SqlError::fault("proposal"))
}
