//! Changes that take several people.

mod agreement;
mod break_glass;
mod glass_watch;
mod waiting;

use std::time::Duration;

use meshauth_runtime::{
    ClientName, ClientType, EntityName, EntityState, Grant, KeyDigest, RoleNumber, Validity,
    VerificationStatus,
};

use super::{
    database::{bot, digest},
    *,
};
use crate::{
    Actor, Administration, AdministrationError, Agreement, Founder, FourEyes, IssuedKey, Outcome,
    ProposalName,
};

const ADMIN: u32 = 1;
const TRADER: u32 = 2;

fn number(role: u32) -> RoleNumber {
    RoleNumber::new(role).unwrap()
}

fn person(ulid: u128) -> EntityName {
    EntityName::user(ulid)
}

fn by(entity: EntityName, executing: u128) -> Actor {
    Actor::new(entity, group(executing), vec![number(ADMIN)])
}

/// Three people administer the root (1), with group 2 and 3 below it. Entity 2 is a trader of group 2.
/// Client 1 is owned by group 2.
struct Office {
    administration: Administration,
}

const CLIENT: u128 = 1;

impl Office {
    async fn open(database: &Database, rule: Option<FourEyes>) -> Self {
        let administration = Administration::in_store(database.store.clone());
        let founder = Founder::new(group(1), person(1), [number(ADMIN), number(TRADER)])
            .with_administrator(person(2))
            .with_administrator(person(3));
        assert_eq!(administration.found(&founder).await.unwrap().len(), 3);
        for name in [2, 3] {
            administration.create_group(by(person(1), 1), group(name)).await.unwrap();
        }
        administration.create_entity(by(person(1), 2), bot(2)).await.unwrap();
        done(administration.grant(by(person(1), 2), bot(2), role(TRADER, 2)).await);
        let client = ClientName::from_ulid(CLIENT);
        administration.create_client(by(person(1), 2), client, ClientType::Fund).await.unwrap();
        if let Some(rule) = rule {
            done(administration.require_four_eyes(by(person(1), 1), rule).await);
        }
        Self { administration }
    }

    async fn propose_grant(&self, entity: EntityName, grant: Grant) -> ProposalName {
        proposed(self.administration.grant(by(entity, 2), bot(2), grant).await)
    }

    async fn agree(
        &self,
        entity: EntityName,
        proposal: ProposalName,
    ) -> Result<Agreement, AdministrationError> {
        self.administration.agree(by(entity, 2), proposal).await
    }
}

#[track_caller]
fn proposed(made: Result<Outcome, AdministrationError>) -> ProposalName {
    match made {
        Ok(Outcome::Proposed(name)) => name,
        made => panic!("not proposed: {made:?}"),
    }
}

const NO_RULE: Option<FourEyes> = None;

fn of_people(people: u8) -> Option<FourEyes> {
    FourEyes::default().with_people(people).ok()
}

async fn snapshot(database: &Database) -> String {
    format!("{:?}", database.store.snapshot().await.unwrap().world)
}

async fn actions(database: &Database) -> Vec<String> {
    database.texts("SELECT action FROM meshauth_records ORDER BY id").await
}
