//! Tables that are refused.

/// What is wrong with a policy that is read from data. (In generated code it is a compile-time
/// error.)
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The path of a method is not one of gRPC.
    #[error("the path of a method is `/{{package}}.{{Service}}/{{Method}}`")]
    WirePath,
    /// The name or the digest of a service is not one.
    #[error("a service has a full name and a digest of letters, digits, `_` and `.`")]
    ServiceName,
    /// An AUTHORISED method has no roles: nobody could ever call it.
    #[error("an AUTHORISED method needs at least one role")]
    NoRoles,
    /// A method names a role twice.
    #[error("the method names role {0} twice")]
    RoleTwice(u32),
    /// No role has this number.
    #[error("a role has a number from 1 to 2147483647, not {0}")]
    RoleNumber(u32),
    /// The name of a role is not one of an enum value.
    #[error("the name of a role holds letters, digits and underscores")]
    RoleName,
    /// A method is listed by a service that is not its own.
    #[error("`{path}` is not a method of `{service}`")]
    OtherService {
        /// The path of the method.
        path: String,
        /// The full name of the service.
        service: String,
    },
    /// A service lists a method twice.
    #[error("`{0}` is listed twice")]
    MethodTwice(String),
}
