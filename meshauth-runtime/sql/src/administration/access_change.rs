//! The changes that can widen what somebody may do, as data: one may have to wait for others to agree,
//! and is judged and made later then.

use std::time::Duration;

use meshauth_runtime::{
    ClientName, EntityName, Grant, GroupName, KeyDigest, RoleNumber, Validity, VerificationStatus,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{AdministrationError, FourEyes, Told, judged::Judged, keys, stored};
use crate::store::{client_text, entity_text, rfc3339};

/// A change that can widen what somebody may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", deny_unknown_fields)]
pub(super) enum AccessChange {
    #[serde(rename = "groups.move")]
    MoveGroup { group: GroupName, below: GroupName },
    #[serde(rename = "entities.move")]
    MoveEntity {
        #[serde(with = "stored::entity")]
        entity: EntityName,
        below: GroupName,
    },
    #[serde(rename = "entities.activate")]
    Activate {
        #[serde(with = "stored::entity")]
        entity: EntityName,
    },
    #[serde(rename = "roles.grant")]
    Grant {
        #[serde(with = "stored::entity")]
        entity: EntityName,
        grant: Grant,
    },
    #[serde(rename = "keys.issue")]
    IssueKey {
        #[serde(with = "stored::entity")]
        entity: EntityName,
        label: String,
        #[serde(with = "stored::validity")]
        validity: Validity,
        #[serde(with = "stored::digest")]
        key: KeyDigest,
    },
    #[serde(rename = "keys.rotate")]
    RotateKey {
        #[serde(with = "stored::entity")]
        entity: EntityName,
        #[serde(with = "stored::digest")]
        old: KeyDigest,
        overlap: Duration,
        #[serde(with = "stored::validity")]
        validity: Validity,
        #[serde(with = "stored::digest")]
        key: KeyDigest,
    },
    #[serde(rename = "clients.verify")]
    Verify {
        #[serde(with = "stored::client")]
        client: ClientName,
        #[serde(with = "stored::status")]
        status: VerificationStatus,
    },
    #[serde(rename = "clients.remove")]
    RemoveClient {
        #[serde(with = "stored::client")]
        client: ClientName,
    },
    #[serde(rename = "operators.allow")]
    AllowOperators { role: RoleNumber },
    #[serde(rename = "administration.four_eyes")]
    FourEyes { rule: Option<FourEyes> },
}

impl AccessChange {
    /// What is done, as the record has it.
    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::MoveGroup { .. } => "groups.move",
            Self::MoveEntity { .. } => "entities.move",
            Self::Activate { .. } => "entities.activate",
            Self::Grant { .. } => "roles.grant",
            Self::IssueKey { .. } => "keys.issue",
            Self::RotateKey { .. } => "keys.rotate",
            Self::Verify { .. } => "clients.verify",
            Self::RemoveClient { .. } => "clients.remove",
            Self::AllowOperators { .. } => "operators.allow",
            Self::FourEyes { .. } => "administration.four_eyes",
        }
    }

    /// Whether it has to wait where this rule holds: what narrows never does.
    pub(super) fn waits(&self, rule: FourEyes) -> bool {
        match self {
            Self::Verify { status, .. } => *status == VerificationStatus::Verified,
            Self::FourEyes { rule: Some(next) } => !next.is_as_strict_as(rule),
            _ => true,
        }
    }

    /// That whoever makes it may do so, now.
    pub(super) async fn judge(&self, judged: &mut Judged) -> Result<(), AdministrationError> {
        match self {
            Self::MoveGroup { group, below } => judged.may_move_group(*group, *below).await,
            Self::MoveEntity { entity, below } => judged.may_move_entity(*entity, *below).await,
            Self::Activate { entity } | Self::IssueKey { entity, .. } => {
                judged.may_let_in(*entity).await
            }
            Self::Grant { entity, grant } => {
                judged.own_entity(*entity).await?;
                judged.may_grant(*grant).await
            }
            Self::RotateKey { entity, old, .. } => {
                judged.may_let_in(*entity).await?;
                judged.label(*entity, old).await.map(drop)
            }
            Self::Verify { client, .. } | Self::RemoveClient { client } => {
                judged.own_client(*client).await.map(drop)
            }
            Self::AllowOperators { .. } => judged.own_root().await,
            Self::FourEyes { rule } => judged.may_set_rule(*rule).await,
        }
    }

    /// Makes it, once it was judged.
    pub(super) async fn apply(&self, judged: &mut Judged) -> Result<Told, AdministrationError> {
        match self {
            Self::MoveGroup { group, below } => judged.move_group(*group, *below).await,
            Self::MoveEntity { entity, below } => judged.move_entity(*entity, *below).await,
            Self::Activate { entity } => judged.activate(*entity).await,
            Self::Grant { entity, grant } => judged.grant(*entity, *grant).await,
            Self::IssueKey { entity, label, validity, key } => {
                judged.add_key(*entity, label, *validity, key).await
            }
            Self::RotateKey { entity, old, overlap, validity, key } => {
                judged.replace_key(*entity, old, *overlap, *validity, key).await
            }
            Self::Verify { client, status } => judged.verify(*client, *status).await,
            Self::RemoveClient { client } => judged.remove_client(*client).await,
            Self::AllowOperators { role } => judged.allow_operators(*role).await,
            Self::FourEyes { rule } => judged.set_rule(*rule).await,
        }
    }

    /// What it is about, for people to read. Keys are told by their labels.
    pub(super) fn told(&self) -> serde_json::Value {
        match self {
            Self::MoveGroup { group, below } => {
                json!({ "group": group.to_string(), "owner": below.to_string() })
            }
            Self::MoveEntity { entity, below } => {
                json!({ "entity": entity_text(*entity), "owner": below.to_string() })
            }
            Self::Activate { entity } => {
                json!({ "entity": entity_text(*entity), "state": "ACTIVE" })
            }
            Self::Grant { entity, grant } => {
                json!({ "entity": entity_text(*entity), "grant": grant.to_string() })
            }
            Self::IssueKey { entity, label, validity, .. } => keys::told(*entity, label, *validity),
            Self::RotateKey { entity, overlap, validity, .. } => json!({
                "entity": entity_text(*entity),
                "overlap_seconds": overlap.as_secs(),
                "valid_from": validity.valid_from().map(rfc3339),
                "valid_until": validity.valid_until().map(rfc3339),
            }),
            Self::Verify { client, status } => {
                json!({ "client": client_text(*client), "verification_status": status.name() })
            }
            Self::RemoveClient { client } => json!({ "client": client_text(*client) }),
            Self::AllowOperators { role } => json!({ "operator_role": role.value() }),
            Self::FourEyes { rule } => json!({ "four_eyes": rule }),
        }
    }
}
