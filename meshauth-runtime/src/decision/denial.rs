//! The one table of answers: what a caller is told when a call is refused.

use http::StatusCode;

/// The domain of every reason, in `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "meshauth";

/// Why a call was refused, as the caller may know it. What else there is to know is for operators:
/// see [`Decision`](crate::Decision).
///
/// A `Denial` becomes a `tonic::Status` by `From`, so that `?` works in a handler.
///
/// ```
/// use meshauth_runtime::Denial;
///
/// let denial = Denial::RoleRequired;
/// assert_eq!(denial.reason(), "ROLE_REQUIRED");
/// assert_eq!(denial.grpc_code(), 7); // PERMISSION_DENIED
/// assert_eq!(denial.http_status(), 403);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.message())]
#[non_exhaustive]
pub enum Denial {
    /// No credential of a kind that the service accepts.
    CredentialsMissing,
    /// A malformed, duplicated, unknown or expired credential, or an inactive entity.
    CredentialsInvalid,
    /// Authenticated, but no `x-group`.
    GroupMissing,
    /// Authenticated, but a malformed or duplicated `x-group`.
    GroupMalformed,
    /// An unknown, foreign or inconsistent group, or no role: one answer for all.
    RoleRequired,
    /// The client is missing or not verified.
    VerificationRequired,
    /// The resource does not exist, or is invisible to the executing group: one answer for both.
    ResourceNotFound,
    /// The executing group may read the resource, but does not own it.
    ResourceNotOwned,
    /// The method has no policy. A stranger is told so, too: which methods there are is no secret.
    MethodUnknown,
    /// The directory is out of reach, or too slow.
    DirectoryUnavailable,
    /// A WRITE under strict audit cannot be recorded.
    AuditUnavailable,
    /// The service shuts down, and ends the streams that are open.
    ShuttingDown,
    /// A fault of the service, or of what the directory holds.
    Internal,
}

/// A row of the table: gRPC code, HTTP status, stable reason, sentence.
struct Row(i32, StatusCode, &'static str, &'static str);

const INVALID_ARGUMENT: i32 = 3;
const NOT_FOUND: i32 = 5;
const PERMISSION_DENIED: i32 = 7;
const UNIMPLEMENTED: i32 = 12;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;
const UNAUTHENTICATED: i32 = 16;

impl Denial {
    /// Every denial, in the order of the table.
    pub const ALL: &[Self] = &[
        Self::CredentialsMissing,
        Self::CredentialsInvalid,
        Self::GroupMissing,
        Self::GroupMalformed,
        Self::RoleRequired,
        Self::VerificationRequired,
        Self::ResourceNotFound,
        Self::ResourceNotOwned,
        Self::MethodUnknown,
        Self::DirectoryUnavailable,
        Self::AuditUnavailable,
        Self::ShuttingDown,
        Self::Internal,
    ];

    const fn row(self) -> Row {
        use StatusCode as Http;
        match self {
            Self::CredentialsMissing => Row(
                UNAUTHENTICATED,
                Http::UNAUTHORIZED,
                "CREDENTIALS_MISSING",
                "this method needs an API key in the header x-api-key",
            ),
            Self::CredentialsInvalid => Row(
                UNAUTHENTICATED,
                Http::UNAUTHORIZED,
                "CREDENTIALS_INVALID",
                "the API key in the header x-api-key is not valid",
            ),
            Self::GroupMissing => Row(
                INVALID_ARGUMENT,
                Http::BAD_REQUEST,
                "GROUP_MISSING",
                "this method needs the executing group in the header x-group",
            ),
            Self::GroupMalformed => Row(
                INVALID_ARGUMENT,
                Http::BAD_REQUEST,
                "GROUP_MALFORMED",
                "the header x-group must hold exactly one group name",
            ),
            Self::RoleRequired => Row(
                PERMISSION_DENIED,
                Http::FORBIDDEN,
                "ROLE_REQUIRED",
                "the caller holds no role for this method in the executing group",
            ),
            Self::VerificationRequired => Row(
                PERMISSION_DENIED,
                Http::FORBIDDEN,
                "VERIFICATION_REQUIRED",
                "this method needs a verified client",
            ),
            Self::ResourceNotFound => Row(
                NOT_FOUND,
                Http::NOT_FOUND,
                "RESOURCE_NOT_FOUND",
                "the resource does not exist or is not visible to the executing group",
            ),
            Self::ResourceNotOwned => Row(
                PERMISSION_DENIED,
                Http::FORBIDDEN,
                "RESOURCE_NOT_OWNED",
                "the executing group does not own the resource",
            ),
            Self::MethodUnknown => {
                Row(UNIMPLEMENTED, Http::NOT_FOUND, "METHOD_UNKNOWN", "there is no such method")
            }
            Self::DirectoryUnavailable => Row(
                UNAVAILABLE,
                Http::SERVICE_UNAVAILABLE,
                "DIRECTORY_UNAVAILABLE",
                "the call could not be authorised in time, it may be tried again",
            ),
            Self::AuditUnavailable => Row(
                UNAVAILABLE,
                Http::SERVICE_UNAVAILABLE,
                "AUDIT_UNAVAILABLE",
                "the call could not be recorded, it may be tried again",
            ),
            Self::ShuttingDown => Row(
                UNAVAILABLE,
                Http::SERVICE_UNAVAILABLE,
                "SHUTTING_DOWN",
                "the service is shutting down, open the stream again",
            ),
            Self::Internal => {
                Row(INTERNAL, Http::INTERNAL_SERVER_ERROR, "INTERNAL", "the call failed")
            }
        }
    }

    /// The code of the gRPC status.
    #[must_use]
    pub const fn grpc_code(self) -> i32 {
        self.row().0
    }

    /// The status of an HTTP answer.
    #[must_use]
    pub const fn http_status(self) -> StatusCode {
        self.row().1
    }

    /// The reason: stable, for programs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().2
    }

    /// The sentence: for people. It names no role, group or user.
    #[must_use]
    pub const fn message(self) -> &'static str {
        self.row().3
    }
}
