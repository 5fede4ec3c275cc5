//! The changes that a process makes until it is killed.

use std::{fmt, str::FromStr};

use meshauth_runtime::{
    ClientName, ClientType, EntityName, RoleNumber, Validity, VerificationStatus,
};

use super::Random;
use crate::{
    Actor, Administration, AdministrationError, Founder, FourEyes, Proposal, SqlError,
    tests::{
        database::{bot, role},
        group,
    },
};

/// How the changes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By one administrator, at once.
    Direct,
    /// By three, where two have to agree.
    UnderFourEyes,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct",
            Self::UnderFourEyes => "under four eyes",
        })
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let kinds = [Self::Direct, Self::UnderFourEyes];
        kinds.into_iter().find(|kind| kind.to_string() == text).ok_or(())
    }
}

impl Kind {
    pub(super) async fn found(self, administration: &Administration) {
        let founder = Founder::new(group(1), self.administrator(0), [role_of_admins()]);
        let founder = match self {
            Self::Direct => founder,
            Self::UnderFourEyes => founder
                .with_administrator(self.administrator(1))
                .with_administrator(self.administrator(2))
                .with_four_eyes(FourEyes::default()),
        };
        administration.found(&founder).await.unwrap();
    }

    pub(super) fn founder(self) -> Actor {
        self.administrator_in(0, 1)
    }

    pub(super) fn administrator(self, which: u64) -> EntityName {
        match self {
            Self::Direct => bot(1),
            Self::UnderFourEyes => EntityName::user(u128::from(which) + 1),
        }
    }

    /// In a group that is there or is not: what is below the root.
    fn administrator_in(self, which: u64, executing: u128) -> Actor {
        Actor::new(self.administrator(which), group(executing), vec![role_of_admins()])
    }
}

fn role_of_admins() -> RoleNumber {
    RoleNumber::new(1).unwrap()
}

/// What waits, in an order that does not depend on names that are drawn at random.
pub(super) async fn proposals(administration: &Administration) -> Vec<Proposal> {
    let mut proposals = administration.proposals(group(1)).await.unwrap();
    proposals.sort_by_cached_key(shown);
    proposals
}

pub(super) fn shown(proposal: &Proposal) -> String {
    format!(
        "{} {} of {} in {}, agreed: {:?}",
        proposal.action(),
        proposal.details(),
        proposal.proposer(),
        proposal.group(),
        proposal.agreed(),
    )
}

/// The changes of a seed. Some are refused, the same ones each time.
pub(super) struct Changes {
    kind: Kind,
    random: Random,
    pub(super) made: u64,
}

impl Changes {
    pub(super) fn of(kind: Kind, seed: u64) -> Self {
        Self { kind, random: Random(seed), made: 0 }
    }

    pub(super) async fn next(&mut self, administration: &Administration) {
        self.made += 1;
        let made = match self.kind {
            Kind::Direct => self.change(administration).await,
            Kind::UnderFourEyes => self.propose_or_agree(administration).await,
        };
        if let Err(AdministrationError::Database(error @ SqlError::Unreachable(_))) = made {
            panic!("{error}");
        }
    }

    /// One of some names.
    fn some(&mut self) -> u128 {
        const NAMES: u64 = 40;
        u128::from(self.random.below(NAMES)) + 2
    }

    async fn change(&mut self, administration: &Administration) -> Result<(), AdministrationError> {
        let drawn = self.random.below(10);
        let (name, other) = (self.some(), self.some());
        let (by, kind) = (self.kind.founder(), self.kind);
        let within = |executing| kind.administrator_in(0, executing);
        let (entity, client) = (bot(name), ClientName::from_ulid(name));
        match drawn {
            0 => administration.create_group(by, group(name)).await,
            1 => administration.create_group(within(other), group(name)).await,
            2 => administration.move_group(by, group(name), group(other)).await.map(drop),
            3 => {
                administration.move_group(within(other), group(name), group(other)).await.map(drop)
            }
            4 => administration.create_entity(within(other), entity).await,
            5 => administration.grant(within(other), entity, role(1, other)).await.map(drop),
            6 => administration.deactivate(within(other), entity).await,
            7 => {
                let label = format!("key {}", self.made);
                let issued =
                    administration.issue_key(within(other), entity, &label, Validity::ALWAYS);
                issued.await.map(drop)
            }
            8 => administration.create_client(within(other), client, ClientType::Fund).await,
            _ => {
                let verified = VerificationStatus::Verified;
                administration.set_verification(within(other), client, verified).await.map(drop)
            }
        }
    }

    async fn propose_or_agree(
        &mut self,
        administration: &Administration,
    ) -> Result<(), AdministrationError> {
        let (drawn, who, of_proposals) =
            (self.random.below(10), self.random.below(3), self.random.below(1000));
        let (entity, by) = (bot(self.some() % 8 + 2), self.kind.administrator_in(who, 1));
        match drawn {
            0 | 1 => administration.create_entity(by, entity).await,
            2 => administration.grant(by, entity, role(1, 1)).await.map(drop),
            3 => {
                let label = format!("key {}", self.made);
                let issued = administration.issue_key(by, entity, &label, Validity::ALWAYS);
                issued.await.map(drop)
            }
            4 => administration.activate(by, entity).await.map(drop),
            5 => administration.deactivate(by, entity).await,
            drawn => {
                let open = proposals(administration).await;
                // With none there is nothing to choose.
                let place = usize::try_from(of_proposals).unwrap().checked_rem(open.len());
                let Some(chosen) = place.map(|place| &open[place]) else { return Ok(()) };
                if drawn == 6 {
                    administration.withdraw(by, chosen.name()).await
                } else {
                    administration.agree(by, chosen.name()).await.map(drop)
                }
            }
        }
    }
}
