//! Who makes the changes: by `Administration` where it lets the founder, and otherwise by hand.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use meshauth_runtime::{
    Authorised, Authoriser, Client, ClientName, Entity, EntityState, GroupName, Validity,
    VerificationStatus,
};
use meshauth_sql::{Administration, AdministrationError, Founder, PostgresDirectory};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::method::PutDesk;
use meshauth_tests::worlds::key_sha256;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, Postgres, Transaction};

use crate::{
    edits::{FOUNDER, Model, Random},
    history::{Commit, now},
    world::{Bot, Edit, ROLES, ROOT, World, bot_name, grant, group_name, role_number},
};

const SCHEMA: &str = "meshauth_fleet";

pub(crate) struct Party {
    pool: PgPool,
    administration: Administration,
    /// Of the founder's calls: each change has an access of its own.
    authoriser: Authoriser,
    pub(crate) model: Model,
}

/// A schema of its own on this server, with the tables in it and nothing else.
pub(crate) async fn make_directory(server: &str) -> String {
    let pool = PgPool::connect(server).await.unwrap();
    pool.execute(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))).await.unwrap();
    pool.execute(AssertSqlSafe(format!("CREATE SCHEMA {SCHEMA}"))).await.unwrap();
    pool.close().await;
    let url = format!("{server}?options[search_path]={SCHEMA}");
    PostgresDirectory::migrate(&url).await.unwrap();
    url
}

impl Party {
    /// Founds the directory, and fills it with what is never changed.
    pub(crate) async fn start(url: &str) -> Self {
        let administration = Administration::of_postgres(url).await.unwrap();
        let roles = ROLES.map(role_number);
        let founder = Founder::new(group_name(ROOT), bot_name(FOUNDER), roles);
        let [key] = administration.found(&founder).await.unwrap().try_into().unwrap();
        let (pool, model) = (PgPool::connect(url).await.unwrap(), Model::new(key.reveal()));
        let world = model.world();
        let (mut rest, mut placed) = (world.groups.clone(), Vec::new());
        rest.remove(&ROOT);
        while !rest.is_empty() {
            // Parents first.
            let owner = |owner: Option<u128>| owner.filter(|owner| !rest.contains_key(owner));
            let next: Vec<_> =
                rest.iter().filter_map(|(group, at)| Some((*group, owner(*at)?))).collect();
            for (group, owner) in next {
                rest.remove(&group);
                placed.push(format!(
                    "INSERT INTO meshauth_groups VALUES ('{}', '{}')",
                    group_name(group),
                    group_name(owner)
                ));
            }
        }
        placed.extend(world.clients.keys().map(|owner| {
            let (client, owner) = (ClientName::from_ulid(*owner), group_name(*owner));
            format!(
                "INSERT INTO meshauth_clients VALUES ('{client}', '{owner}', 'FUND', 'VERIFIED')"
            )
        }));
        sqlx::raw_sql(AssertSqlSafe(placed.join(";"))).execute(&pool).await.unwrap();
        let authoriser = Authoriser::new(PostgresDirectory::connect(url).await.unwrap());
        Self { pool, administration, authoriser, model }
    }

    /// Makes a change that is drawn. None if it was refused.
    pub(crate) async fn change(&self, random: &mut Random) -> Option<Commit> {
        let edit = self.model.draw(random);
        let began = now();
        let position = match random.below(2) {
            0 => self.by_hand(edit).await?,
            _ => match self.by_administration(edit).await {
                Some(position) => position,
                None => self.by_hand(edit).await?,
            },
        };
        // With the question for its position, which is a while after it was acknowledged.
        let acknowledged = now();
        self.model.acknowledge(edit);
        Some(Commit { position, began, acknowledged, edit })
    }

    /// The last position of all.
    pub(crate) async fn position(&self) -> i64 {
        let position = "SELECT position FROM meshauth_position";
        sqlx::query_scalar(position).fetch_one(&self.pool).await.unwrap()
    }

    /// The world that the database holds.
    pub(crate) async fn held(&self) -> World {
        let held = self.administration.export().await.unwrap();
        let ulid = |name: GroupName| name.ulid();
        let groups = held.groups().iter().map(|(name, owner)| (name.ulid(), owner.map(ulid)));
        let verified = |client: &Client| client.status() == VerificationStatus::Verified;
        let clients = held.clients().iter().map(|c| (c.owner().ulid(), verified(c)));
        let keys = self.model.keys();
        let bot = |entity: &Entity| Bot {
            owner: entity.owner().ulid(),
            is_active: entity.state() == EntityState::Active,
            keys: entity.credentials().map(|(credential, _)| keys[credential]).collect(),
            grants: entity.grants().iter().map(|g| (g.group().ulid(), g.role().value())).collect(),
        };
        let bots = held.entities().iter().map(|entity| (entity.name().ulid(), bot(entity)));
        World { groups: groups.collect(), clients: clients.collect(), bots: bots.collect() }
    }

    async fn access(&self, executing: u128) -> Authorised<PutDesk> {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", self.model.key(0).parse().unwrap());
        headers.insert("x-group", group_name(executing).to_string().parse().unwrap());
        self.authoriser.authorise::<PutDesk>(&mut headers).await.unwrap()
    }

    async fn by_administration(&self, edit: Edit) -> Option<i64> {
        let access = self.access(self.model.owner(edit)?).await;
        let (by, administration) = (&access, &self.administration);
        let made = match edit {
            Edit::Hire { bot, .. } => administration.create_entity(by, bot_name(bot)).await,
            Edit::Dismiss { .. } => return None,
            Edit::SetActive { bot, active: true } => {
                administration.activate(by, bot_name(bot)).await.map(drop)
            }
            Edit::SetActive { bot, .. } => administration.deactivate(by, bot_name(bot)).await,
            Edit::Grant { bot, group, role } => {
                administration.grant(by, bot_name(bot), grant(group, role)).await.map(drop)
            }
            Edit::TakeBack { bot, group, role } => {
                administration.take_back(by, bot_name(bot), grant(group, role)).await
            }
            Edit::Issue { bot, key } => {
                let issued = administration.issue_key(by, bot_name(bot), "fleet", Validity::ALWAYS);
                issued.await.map(|(issued, _)| self.model.is_issued(key, issued.reveal()))
            }
            Edit::Revoke { bot, key } => {
                let digest = self.model.digest(key);
                administration.revoke_key(by, bot_name(bot), &digest).await
            }
            Edit::Move { group, below } => {
                administration.move_group(by, group_name(group), group_name(below)).await.map(drop)
            }
            Edit::Verify { owner, verified } => {
                let client = ClientName::from_ulid(owner);
                administration.set_verification(by, client, status(verified)).await.map(drop)
            }
        };
        match made {
            Ok(()) => {}
            // Nobody knows whether it was made.
            Err(AdministrationError::Database(error)) => {
                assert!(!format!("{error:?}").starts_with("Un"), "{error}");
                return None;
            }
            Err(_) => return None,
        }
        let position = "SELECT position FROM meshauth_records WHERE request_id = $1 \
                        ORDER BY id DESC LIMIT 1";
        let id = access.request_id().to_string();
        Some(sqlx::query_scalar(position).bind(id).fetch_one(&self.pool).await.unwrap())
    }

    /// In one transaction, as a person would with a client of the database's own.
    async fn by_hand(&self, edit: Edit) -> Option<i64> {
        let mut transaction = self.pool.begin().await.unwrap();
        let position = self.edit_in(&mut transaction, edit).await?;
        // Who holds the position has nothing more that could be refused.
        transaction.commit().await.unwrap();
        Some(position)
    }

    async fn edit_in(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        edit: Edit,
    ) -> Option<i64> {
        let mut changed = 0;
        for statement in self.statements(edit) {
            let done = transaction.execute(AssertSqlSafe(statement)).await;
            changed = done.ok()?.rows_affected();
        }
        if changed == 0 {
            return None;
        }
        transaction.execute("SET CONSTRAINTS ALL IMMEDIATE").await.ok()?;
        let position = "SELECT position FROM meshauth_position";
        Some(sqlx::query_scalar(position).fetch_one(&mut **transaction).await.unwrap())
    }

    fn statements(&self, edit: Edit) -> Vec<String> {
        let digest = |key| format!("'\\x{}'", key_sha256(self.model.key(key).as_bytes()));
        match edit {
            Edit::Hire { bot, owner } => vec![format!(
                "INSERT INTO meshauth_entities VALUES ('{}', '{}', 'ACTIVE')",
                bot_name(bot),
                group_name(owner)
            )],
            Edit::Dismiss { bot } => vec![
                format!("DELETE FROM meshauth_grants WHERE entity = '{}'", bot_name(bot)),
                format!("DELETE FROM meshauth_credentials WHERE entity = '{}'", bot_name(bot)),
                format!("DELETE FROM meshauth_entities WHERE name = '{}'", bot_name(bot)),
            ],
            Edit::SetActive { bot, active } => vec![format!(
                "UPDATE meshauth_entities SET state = '{}' WHERE name = '{}'",
                if active { "ACTIVE" } else { "INACTIVE" },
                bot_name(bot)
            )],
            Edit::Grant { bot, group, role } => vec![format!(
                "INSERT INTO meshauth_grants VALUES ('{}', '{}', {role})",
                bot_name(bot),
                group_name(group)
            )],
            Edit::TakeBack { bot, group, role } => vec![format!(
                "DELETE FROM meshauth_grants WHERE entity = '{}' AND granted_in = '{}' AND role = {role}",
                bot_name(bot),
                group_name(group)
            )],
            Edit::Issue { bot, key } => vec![format!(
                "INSERT INTO meshauth_credentials VALUES ({}, '{}', 'by hand', NULL, NULL, {})",
                digest(key),
                bot_name(bot),
                SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_micros()
            )],
            Edit::Revoke { bot, key } => vec![format!(
                "DELETE FROM meshauth_credentials WHERE digest = {} AND entity = '{}'",
                digest(key),
                bot_name(bot)
            )],
            Edit::Move { group, below } => vec![format!(
                "UPDATE meshauth_groups SET owner = '{}' WHERE name = '{}'",
                group_name(below),
                group_name(group)
            )],
            Edit::Verify { owner, verified } => vec![format!(
                "UPDATE meshauth_clients SET verification_status = '{}' WHERE owner = '{}'",
                status(verified).name(),
                group_name(owner)
            )],
        }
    }
}

fn status(verified: bool) -> VerificationStatus {
    if verified { VerificationStatus::Verified } else { VerificationStatus::Failed }
}
