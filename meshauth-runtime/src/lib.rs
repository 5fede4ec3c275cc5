//! Runs the access control that `protoc-gen-meshauth` generates: who may call a method, and which
//! resources the call may touch, as one typed thing.
//!
//! A handler of a guarded method is given an [`Authorised`], which only the [`Authoriser`] can
//! make. From it comes the [`Scope`] that data access asks for. What the caller is told when a call
//! is refused is a [`Denial`]; how the decision came about is a [`Decision`], for operators.
//!
//! # Features
//! - `tonic`: guards for tonic services, and a denial as a gRPC status.
//! - `axum`: routes of axum bound to methods, and a denial as an HTTP response.
//! - `json`: the in-memory directory reads a JSON file.
//! - `metrics`: decisions are counted and timed for the `metrics` facade:
//!   `meshauth_decisions_total`, `meshauth_decision_seconds`, `meshauth_audit_records_lost_total`.
//! - `client`: the caller's side: credentials, found and kept with care, as headers for whatever
//!   sends the request; with `tonic` also as an interceptor.
//! - `serde`: names, roles and decisions are written by serde, names and grants also read.
//! - `page-tokens`: cursors of lists, bound to the method and the executing group.
//!
//! For tests of your services, `meshauth-testing` has worlds, calls with the reason of their denial,
//! and the matrix of roles and methods.

pub mod audit;
mod authoriser;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "client")]
pub mod client;
#[doc(hidden)]
pub mod codegen;
mod credential;
mod decision;
pub mod directory;
#[cfg(any(feature = "axum", feature = "tonic"))]
mod guard;
mod metrics;
mod names;
#[cfg(feature = "page-tokens")]
mod page_tokens;
mod policy;
mod records;
mod scope;
#[cfg(feature = "serde")]
mod serialise;
#[cfg(feature = "tonic")]
pub mod tonic;

#[cfg(feature = "page-tokens")]
pub use self::page_tokens::{CursorTooLong, MAX_CURSOR, PageTokenError, PageTokens};
pub use self::{
    audit::RequestId,
    authoriser::{
        Access, Authorised, Authoriser, AuthoriserBuilder, DEFAULT_DEADLINE, DEFAULT_RECHECK,
        Method, Public, REQUEST_ID_HEADER, ShutdownError, SystemAccess, SystemTask,
    },
    credential::{
        API_KEY_HEADER, ApiKey, Credential, GROUP_HEADER, Header, KeyDigest, Presented, Validity,
    },
    decision::{
        Check, DOMAIN, Decision, Denial, EntityFinding, Fault, GroupFinding, MAX_SHADOW,
        MethodFinding, Outcome, RoleFinding, ScopeFinding, Shadow, ShadowError, Shadowable,
        ShadowedChecks, Trace, Verdict, VerificationFinding,
    },
    directory::{
        Directory, Lookup, MemoryDirectory, Revocation, Revocations, View, World, WorldError,
        WorldFault,
    },
    names::{ClientName, Collections, EntityKind, EntityName, GroupName, ParseNameError},
    policy::{
        AccessLevel, MethodPolicy, Operation, PolicyError, Role, RoleMethods, RoleNumber,
        ServicePolicy,
    },
    records::{
        Client, ClientType, Entity, EntityState, Grant, Grants, Group, HierarchyError, MAX_OWNERS,
        Miss, VerificationStatus,
    },
    scope::{Kind, Read, Resource, Scope, Write},
};
