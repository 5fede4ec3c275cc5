//! Changes of clients.

use meshauth_runtime::{Client, ClientName, ClientType, VerificationStatus};
use serde_json::json;

use super::{Actor, Administration, AdministrationError, Told, judged::Judged};
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
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "clients.verify", async |judged| {
            let before = judged.own_client(name).await?;
            judged.change.set_verification(name, status).await?;
            let told = |status: &str| json!({ "client": client_text(name), "verification_status": status });
            Ok(((), Told::changed(told(&before), told(status.name()))))
        })
        .await
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
    ) -> Result<(), AdministrationError> {
        self.change(by.into(), "clients.remove", async |judged| {
            let status = judged.own_client(name).await?;
            judged.change.remove_client(name).await?;
            let told = json!({ "client": client_text(name), "verification_status": status });
            Ok(((), Told::gone(told)))
        })
        .await
    }
}

impl Judged {
    /// That a client is owned by the executing group; and the word of its status.
    async fn own_client(&mut self, name: ClientName) -> Result<String, AdministrationError> {
        let args = [Arg::Text(client_text(name))];
        let read = |row: Row<'_>| Ok((row.group(0)?, row.text(1)?.to_owned()));
        let client = self.change.one(&OWNER, &args, read).await?;
        let (owner, status) = client.ok_or(AdministrationError::NotFound)?;
        self.own(Some(owner)).await?;
        Ok(status)
    }
}
