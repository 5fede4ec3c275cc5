//! API keys: made here, shown once, kept as a digest.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use meshauth_runtime::{ApiKey, EntityName, KeyDigest, Validity};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    Actor, Administration, AdministrationError, Outcome, Told, access_change::AccessChange,
    judged::Judged,
};
use crate::{
    change::NewCredential,
    error::{Refusal, SqlError},
    store::{Arg, Rounding, Sql, entity_text, micros, rfc3339},
};

/// A key as it was made: 32 random bytes in base64url, which are 43 characters. It is the only time that
/// it can be read; the directory keeps its SHA-256. It is overwritten when this is dropped.
pub struct IssuedKey {
    text: Zeroizing<String>,
    digest: KeyDigest,
}

impl IssuedKey {
    pub(super) fn random() -> Result<Self, AdministrationError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| AdministrationError::NoRandom)?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes));
        let key = ApiKey::parse(text.as_bytes()).map_err(|_| AdministrationError::NoRandom)?;
        let digest = key.digest();
        Ok(Self { text, digest })
    }

    /// The key, for whoever is to have it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What the directory knows it by.
    #[must_use]
    pub fn digest(&self) -> &KeyDigest {
        &self.digest
    }
}

impl fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuedKey(redacted)")
    }
}

const LABEL: Sql = Sql::new(
    "SELECT label FROM meshauth_credentials WHERE entity = $1 AND digest = $2",
    "SELECT label FROM meshauth_credentials WHERE entity = $1 AND digest = $2 FOR UPDATE",
);

const LABELLED: Sql = Sql::shared(
    "SELECT digest FROM meshauth_credentials WHERE entity = $1 AND label = $2 \
     AND (valid_until IS NULL OR valid_until > $3) ORDER BY created",
);

impl Administration {
    /// The keys of an entity with this label that have not ended, the newest last: a key that is
    /// rotated has the label of the one before.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub async fn keys(&self, entity: EntityName, label: &str) -> Result<Vec<KeyDigest>, SqlError> {
        let mut session = self.store.read().await?;
        let now = micros(SystemTime::now(), Rounding::Earlier);
        let args = [Arg::Text(entity_text(entity)), Arg::Text(label.to_owned()), Arg::Number(now)];
        let mut keys = Vec::new();
        session
            .each(&LABELLED, &args, |row| {
                let digest = row.bytes(0)?.try_into().map_err(|_| SqlError::fault("digest"))?;
                keys.push(KeyDigest::from_bytes(digest));
                Ok(())
            })
            .await?;
        session.commit().await?;
        Ok(keys)
    }

    /// A new key of an entity of the executing group, which people tell by its label (of 1 to 200
    /// characters). Whoever makes it gives all that the entity holds.
    ///
    /// # Errors
    /// No right to do so, a role of the entity that is not to be given, or a validity that ends before
    /// it begins.
    pub async fn issue_key(
        &self,
        by: impl Into<Actor>,
        entity: EntityName,
        label: &str,
        validity: Validity,
    ) -> Result<(IssuedKey, Outcome), AdministrationError> {
        let key = IssuedKey::random()?;
        let change = AccessChange::IssueKey {
            entity,
            label: label.to_owned(),
            validity,
            key: *key.digest(),
        };
        let outcome = self.make(by.into(), change).await?;
        Ok((key, outcome))
    }

    /// A new key in the place of one that ends after the overlap, in which both count. The new one has
    /// the label of the old one.
    ///
    /// # Errors
    /// As [`Administration::issue_key`]; a key that the entity does not have.
    pub async fn rotate_key(
        &self,
        by: impl Into<Actor>,
        entity: EntityName,
        old: &KeyDigest,
        overlap: Duration,
        validity: Validity,
    ) -> Result<(IssuedKey, Outcome), AdministrationError> {
        let key = IssuedKey::random()?;
        let (old, digest) = (*old, *key.digest());
        let change = AccessChange::RotateKey { entity, old, overlap, validity, key: digest };
        let outcome = self.make(by.into(), change).await?;
        Ok((key, outcome))
    }

    /// Takes a key away, at once.
    ///
    /// # Errors
    /// No right to do so, or a key that the entity does not have.
    pub async fn revoke_key(
        &self,
        by: impl Into<Actor>,
        entity: EntityName,
        key: &KeyDigest,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "keys.revoke", async |judged| {
            judged.own_entity(entity).await?;
            let label = judged.label(entity, key).await?;
            judged.change.remove_credential(entity, key).await?;
            Ok(((), Told::gone(json!({ "entity": entity_text(entity), "label": label }))))
        })
        .await
    }
}

impl Judged {
    pub(super) async fn add_key(
        &mut self,
        entity: EntityName,
        label: &str,
        validity: Validity,
        key: &KeyDigest,
    ) -> Result<Told, AdministrationError> {
        let created = SystemTime::now();
        let credential = NewCredential { digest: key, label, validity, created };
        self.change.add_credential(entity, &credential).await?;
        self.change.remember_maker(entity, self.actor.entity()).await?;
        Ok(Told::new(told(entity, label, validity)))
    }

    pub(super) async fn replace_key(
        &mut self,
        entity: EntityName,
        old: &KeyDigest,
        overlap: Duration,
        validity: Validity,
        key: &KeyDigest,
    ) -> Result<Told, AdministrationError> {
        let label = self.label(entity, old).await?;
        let ends = SystemTime::now().checked_add(overlap);
        let ends = ends.ok_or(SqlError::Refused(Refusal::NeverEnds))?;
        self.change.end_credential(entity, old, ends).await?;
        let added = self.add_key(entity, &label, validity, key).await?;
        let before = told(entity, &label, Validity::ALWAYS.until(ends));
        Ok(Told { before: Some(before), ..added })
    }

    pub(super) async fn label(
        &mut self,
        entity: EntityName,
        key: &KeyDigest,
    ) -> Result<String, AdministrationError> {
        let args = [Arg::Text(entity_text(entity)), Arg::Bytes(key.as_bytes().to_vec())];
        let label = self.change.one(&LABEL, &args, |row| Ok(row.text(0)?.to_owned()));
        label.await?.ok_or(AdministrationError::NotFound)
    }
}

/// What is told of a key: neither it nor its digest.
pub(super) fn told(entity: EntityName, label: &str, validity: Validity) -> serde_json::Value {
    json!({
        "entity": entity_text(entity),
        "label": label,
        "valid_from": validity.valid_from().map(rfc3339),
        "valid_until": validity.valid_until().map(rfc3339),
    })
}
