//! Runs the access control that `protoc-gen-meshauth` generates: who may call a method, and which
//! resources the call may touch, as one typed thing.
//!
//! A handler of a guarded method is given an [`Authorised`], which only the [`Authorizer`] can
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
//! - `page-tokens`: cursors of lists, bound to the method and the executing group.
//! - `testing`: for tests of services: worlds, calls with their reasons, and the matrix of roles and
//!   methods.

mod access;
mod arrival;
pub mod audit;
mod authorizer;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod decide;
mod decision;
mod denial;
pub mod directory;
mod entity;
mod fault;
mod grant;
mod group;
#[cfg(any(feature = "axum", feature = "tonic"))]
mod guard;
mod key;
mod method;
mod metrics;
#[cfg(any(feature = "axum", feature = "tonic"))]
mod mount;
mod name;
#[cfg(feature = "page-tokens")]
mod page_token;
mod policy;
mod presented;
mod request_id;
mod resource;
mod role;
mod scope;
mod shadow;
mod table_entry;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tonic")]
pub mod tonic;
mod trace;

#[cfg(feature = "page-tokens")]
pub use self::page_token::{CursorTooLong, MAX_CURSOR, PageTokenError, PageTokens};
pub use self::{
    access::{Authorised, Public},
    authorizer::{Authorizer, DEFAULT_DEADLINE, DEFAULT_RECHECK},
    decide::{Answer, NeedsApiUser, NeedsClient, NeedsGroup, NeedsHome, Step, evaluate},
    decision::{Allowed, Decision, Verdict},
    denial::{DOMAIN, Denial},
    directory::{Directory, DirectoryError, Lookup, LookupResult, MemoryDirectory, Record},
    entity::{ApiUser, Client, EntityState, Verification},
    fault::Fault,
    grant::{Grant, Grants},
    group::{Group, HierarchyError, MAX_OWNERS},
    key::{ApiKey, KeyDigest},
    method::{Access, Exchange, Method},
    name::{ApiUserName, ClientName, GroupName, ParseNameError},
    policy::{AccessLevel, MethodPolicy, Operation, RoleMethods, ServicePolicy},
    presented::{API_KEY_HEADER, GROUP_HEADER, Header, Presented},
    request_id::RequestId,
    resource::{Ownership, Resource},
    role::{Role, RoleNumber},
    scope::{Kind, Read, Scope, Write},
    shadow::{MAX_SHADOW, Shadow, ShadowError, Shadowable, ShadowedChecks},
    trace::{
        Check, EntityFinding, GroupFinding, MethodFinding, Outcome, RoleFinding, ScopeFinding,
        Trace, VerificationFinding,
    },
};
