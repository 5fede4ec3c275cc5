//! The directory service: an administrator's methods, by which the directory is changed in the name of
//! whoever calls them.

use meshauth_runtime::{Authorised, EntityName, GroupName, KeyDigest, ParseNameError};
use meshauth_sql::{Administration, AdministrationError, Outcome, SqlError};
use tonic::{Request, Response, Status};

use crate::api::brokerage::iam::directory::v1::{
    MoveGroupRequest, MoveGroupResponse, RevokeKeyRequest, RevokeKeyResponse,
    directory_service_guard::{DirectoryService, method},
};

/// The service. It asks for no right: `Administration` judges whoever calls again, in the transaction
/// that makes the change.
pub(crate) struct Directory {
    administration: Administration,
}

impl Directory {
    pub(crate) fn new(administration: Administration) -> Self {
        Self { administration }
    }
}

impl DirectoryService for Directory {
    async fn move_group(
        &self,
        access: Authorised<method::MoveGroup>,
        request: Request<MoveGroupRequest>,
    ) -> Result<Response<MoveGroupResponse>, Status> {
        let MoveGroupRequest { name, below } = request.into_inner();
        let name: GroupName = name.parse().map_err(|error| invalid("name", &error))?;
        let below: GroupName = below.parse().map_err(|error| invalid("below", &error))?;
        let moved = self.administration.move_group(&access, name, below).await.map_err(status)?;
        let proposal = match moved {
            Outcome::Done => String::new(),
            Outcome::Proposed(proposal) => proposal.to_string(),
        };
        Ok(Response::new(MoveGroupResponse { proposal }))
    }

    async fn revoke_key(
        &self,
        access: Authorised<method::RevokeKey>,
        request: Request<RevokeKeyRequest>,
    ) -> Result<Response<RevokeKeyResponse>, Status> {
        let RevokeKeyRequest { api_user, key_sha256 } = request.into_inner();
        let api_user: EntityName = api_user.parse().map_err(|error| invalid("api_user", &error))?;
        let key = <[u8; 32]>::try_from(key_sha256.as_slice());
        let key = key.map_err(|_| Status::invalid_argument("key_sha256: expected 32 bytes"))?;
        let key = KeyDigest::from_bytes(key);
        self.administration.revoke_key(&access, api_user, &key).await.map_err(status)?;
        Ok(Response::new(RevokeKeyResponse {}))
    }
}

fn invalid(field: &str, error: &ParseNameError) -> Status {
    Status::invalid_argument(format!("{field}: {error}"))
}

/// What the caller is told of a change that was not made.
fn status(error: AdministrationError) -> Status {
    match (error.denial(), error) {
        (Some(denial), _) => denial.into(),
        // A rule of the directory, such as a group that would be above itself.
        (None, AdministrationError::Database(SqlError::Refused(refusal))) => {
            Status::failed_precondition(refusal.to_string())
        }
        (None, AdministrationError::Database(SqlError::Conflict)) => {
            Status::aborted("another change came in between, try again")
        }
        (None, error) => {
            tracing::error!(%error, "the directory was not changed");
            Status::internal("the directory was not changed")
        }
    }
}
