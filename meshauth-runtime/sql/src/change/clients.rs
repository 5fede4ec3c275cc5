//! Changes of clients.

use meshauth_runtime::{Client, ClientName, VerificationStatus};

use super::{Change, reference_means};
use crate::{
    error::{Refusal, SqlError},
    store::{Arg, Sql, client_text},
};

#[cfg(test)]
const UPDATE: Sql = Sql::shared(
    "UPDATE meshauth_clients SET owner = $2, type = $3, verification_status = $4 WHERE name = $1",
);
const INSERT: Sql = Sql::shared(
    "INSERT INTO meshauth_clients (name, owner, type, verification_status) VALUES ($1, $2, $3, $4)",
);
const SET_VERIFICATION: Sql =
    Sql::shared("UPDATE meshauth_clients SET verification_status = $2 WHERE name = $1");
const REMOVE: Sql = Sql::shared("DELETE FROM meshauth_clients WHERE name = $1");

impl Change {
    /// A new client.
    pub(crate) async fn create_client(&mut self, client: &Client) -> Result<(), SqlError> {
        let created = self.execute(&INSERT, &client_args(client)).await;
        created.map_err(reference_means(Refusal::UnknownGroup))?;
        Ok(())
    }

    /// The client is as given from now on, whether it was there before or not.
    #[cfg(test)]
    pub(crate) async fn put_client(&mut self, client: &Client) -> Result<(), SqlError> {
        let args = client_args(client);
        let unknown_group = || reference_means(Refusal::UnknownGroup);
        if self.execute(&UPDATE, &args).await.map_err(unknown_group())? == 0 {
            self.execute(&INSERT, &args).await.map_err(unknown_group())?;
        }
        Ok(())
    }

    pub(crate) async fn set_verification(
        &mut self,
        name: ClientName,
        status: VerificationStatus,
    ) -> Result<(), SqlError> {
        let args = [Arg::Text(client_text(name)), Arg::Text(status.name().to_owned())];
        self.execute_on_one(&SET_VERIFICATION, &args).await
    }

    pub(crate) async fn remove_client(&mut self, name: ClientName) -> Result<(), SqlError> {
        self.execute_on_one(&REMOVE, &[Arg::Text(client_text(name))]).await
    }
}

fn client_args(client: &Client) -> [Arg; 4] {
    [
        Arg::Text(client_text(client.name())),
        Arg::Text(client.owner().to_string()),
        Arg::Text(client.client_type().name().to_owned()),
        Arg::Text(client.status().name().to_owned()),
    ]
}
