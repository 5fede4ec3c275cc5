//! A call as bytes. Nothing in it is checked: what is wrong is sent as it is.

use meshauth_runtime::{Denial, Method};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_guard::method},
    worlds::{api_key, group_name},
};
use prost::Message;

use super::answer::Told;
use crate::service::{
    BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, INACTIVE, INCONSISTENT, INDIVIDUAL, UNKNOWN,
    UNVERIFIED, WITHOUT_ROLE,
};

/// The paths of an AUTHORISED method, of one that asks for a verified client, and of a PUBLIC one.
pub(super) const GET_DESK: &str = <method::GetDesk as Method>::POLICY.path();
pub(super) const GET_STATEMENT: &str = <method::GetStatement as Method>::POLICY.path();
pub(super) const MATCH: &str = <method::Match as Method>::POLICY.path();

pub(super) type Header = (Vec<u8>, Vec<u8>);

#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: Vec<u8>,
    pub(super) path: Vec<u8>,
    pub(super) authority: Vec<u8>,
    pub(super) headers: Vec<Header>,
    pub(super) body: Vec<u8>,
    pub(super) trailers: Vec<Header>,
    /// Whether the end of the body is sent, too.
    pub(super) ended: bool,
}

impl Call {
    /// A gRPC call of this path without credentials, with this message.
    pub(super) fn to(path: impl AsRef<[u8]>, message: &impl Message) -> Self {
        let call = Self {
            method: b"POST".to_vec(),
            path: path.as_ref().to_vec(),
            authority: b"localhost".to_vec(),
            headers: Vec::new(),
            body: framed(&message.encode_to_vec()),
            trailers: Vec::new(),
            ended: true,
        };
        call.with("content-type", "application/grpc").with("te", "trailers")
    }

    /// Of the AUTHORISED method, for a desk that a caller with a role gets.
    pub(super) fn get_desk() -> Self {
        Self::to(GET_DESK, &Note { text: format!("leak {CORPORATE}") })
    }

    /// Of the PUBLIC method. Its answer says in the header `caller` who called.
    pub(super) fn r#match() -> Self {
        Self::to(MATCH, &())
    }

    pub(super) fn with(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name.as_bytes());
        self
    }

    pub(super) fn key(self, key: impl AsRef<[u8]>) -> Self {
        self.with("x-api-key", key)
    }

    pub(super) fn group(self, group: impl AsRef<[u8]>) -> Self {
        self.with("x-group", group)
    }

    pub(super) fn by(self, user: usize, group: usize) -> Self {
        self.key(api_key(user)).group(group_name(group))
    }

    /// By a caller who may do all.
    pub(super) fn by_admin(self) -> Self {
        self.by(BROKER_ADMIN, CORPORATE)
    }

    pub(super) fn at(self, path: impl AsRef<[u8]>) -> Self {
        Self { path: path.as_ref().to_vec(), ..self }
    }

    pub(super) fn method(self, method: &str) -> Self {
        Self { method: method.into(), ..self }
    }

    pub(super) fn content_type(self, value: impl AsRef<[u8]>) -> Self {
        self.without("content-type").with("content-type", value)
    }
}

/// The message as gRPC frames it.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

/// Every way in which headers decide a call, with the decision.
pub(super) fn decided() -> Vec<(Call, Told)> {
    let (desk, public) = (Call::get_desk, Call::r#match);
    let statement = || Call::to(GET_STATEMENT, &Note::default());
    let admin = || desk().key(api_key(BROKER_ADMIN));
    let denied = |call, denial| (call, Told::Denied(denial));
    vec![
        denied(desk(), Denial::CredentialsMissing),
        denied(desk().group(group_name(BROKER)), Denial::CredentialsMissing),
        denied(desk().key(""), Denial::CredentialsInvalid),
        denied(desk().key("short").group("short"), Denial::CredentialsInvalid),
        denied(desk().by(99, BROKER), Denial::CredentialsInvalid),
        denied(desk().by(INACTIVE, BROKER), Denial::CredentialsInvalid),
        denied(desk().by_admin().key(api_key(BROKER_ADMIN)), Denial::CredentialsInvalid),
        denied(admin(), Denial::GroupMissing),
        denied(admin().group("groups/1"), Denial::GroupMalformed),
        denied(desk().by_admin().group(group_name(BROKER)), Denial::GroupMalformed),
        denied(desk().by(BROKER_ADMIN, UNKNOWN), Denial::RoleRequired),
        denied(desk().by(BROKER_ADMIN, INCONSISTENT), Denial::RoleRequired),
        denied(desk().by(CORPORATE_ADMIN, INDIVIDUAL), Denial::RoleRequired),
        denied(desk().by(WITHOUT_ROLE, BROKER), Denial::RoleRequired),
        denied(statement().by(UNVERIFIED, INDIVIDUAL), Denial::VerificationRequired),
        denied(public().key("short"), Denial::CredentialsInvalid),
        denied(public().by(INACTIVE, BROKER), Denial::CredentialsInvalid),
        (desk().by(CORPORATE_ADMIN, CORPORATE), Told::Allowed),
        (desk().by_admin(), Told::Allowed),
        (statement().by(BROKER_ADMIN, BROKER), Told::Allowed),
        (public(), Told::Allowed),
        (public().by_admin(), Told::Allowed),
    ]
}
