//! Changes of clients.

use meshauth_runtime::{Client, ClientName, ClientType, VerificationStatus};
use serde_json::json;

use super::{
    Actor, Administration, AdministrationError, Outcome, Told, access_change::AccessChange,
    judged::Judged,
};
use crate::store::{Arg, Row, Sql, client_text};

const OWNER: Sql = Sql::new(
    "SELECT owner, verification_status FROM meshauth_clients WHERE name = $1",
    "SELECT owner, verification_status FROM meshauth_clients WHERE name = $1 FOR UPDATE",
);

impl Administration {
    /// A new client, owned by the executing group, whose verification has not begun.
    ///
    /// # Errors
    /// No right to do so, a name that is there already, or a group that owns a client.
    pub async fn create_client(
        &self,
        by: impl Into<Actor>,
        name: ClientName,
        client_type: ClientType,
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "clients.create", async |judged| {
            let (owner, status) = (judged.actor.group(), VerificationStatus::NotStarted);
            judged.change.create_client(&Client::new(name, owner, client_type, status)).await?;
            let told = json!({
                "client": client_text(name),
                "owner": owner.to_string(),
                "type": client_type.name(),
            });
            Ok(((), Told::new(told)))
        })
        .await
    }

    /// Sets how far the verification of a client of the executing group is.
    ///
    /// # Errors
    /// No right to do so.
    pub async fn set_verification(
        &self,
        by: impl Into<Actor>,
        name: ClientName,
        status: VerificationStatus,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::Verify { client: name, status }).await
    }

    /// Removes a client of the executing group. What the group and those below it own is then of the
    /// client of the nearest group above, if there is one.
    ///
    /// # Errors
    /// No right to do so.
    pub async fn remove_client(
        &self,
        by: impl Into<Actor>,
        name: ClientName,
    ) -> Result<Outcome, AdministrationError> {
        self.make(by.into(), AccessChange::RemoveClient { client: name }).await
    }
}

impl Judged {
    pub(super) async fn verify(
        &mut self,
        name: ClientName,
        status: VerificationStatus,
    ) -> Result<Told, AdministrationError> {
        let before = self.own_client(name).await?;
        self.change.set_verification(name, status).await?;
        Ok(Told::changed(told(name, &before), told(name, status.name())))
    }

    pub(super) async fn remove_client(
        &mut self,
        name: ClientName,
    ) -> Result<Told, AdministrationError> {
        let status = self.own_client(name).await?;
        self.change.remove_client(name).await?;
        Ok(Told::gone(told(name, &status)))
    }

    /// That a client is owned by the executing group; and the word of its status.
    pub(super) async fn own_client(
        &mut self,
        name: ClientName,
    ) -> Result<String, AdministrationError> {
        let args = [Arg::Text(client_text(name))];
        let read = |row: Row<'_>| Ok((row.group(0)?, row.text(1)?.to_owned()));
        let client = self.change.one(&OWNER, &args, read).await?;
        let (owner, status) = client.ok_or(AdministrationError::NotFound)?;
        self.own(Some(owner)).await?;
        Ok(status)
    }
}

fn told(name: ClientName, status: &str) -> serde_json::Value {
    json!({ "client": client_text(name), "verification_status": status })
}
