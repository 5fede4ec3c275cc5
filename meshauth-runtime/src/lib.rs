//! Runs the access control that `protoc-gen-meshauth` generates: who may call a method, and which
//! resources the call may touch, as one typed thing.
//!
//! A handler of a guarded method is given an [`Authorised`], which only the [`Authorizer`] can
//! make. From it comes the [`Scope`] that data access asks for. What the caller is told when a call
//! is refused is a [`Denial`]; how the decision came about is a [`Decision`], for operators.
//!
//! # Features
//! - `tonic`: guards for tonic services, and a denial as a gRPC status.
//! - `json`: the in-memory directory reads a JSON file.

mod access;
mod audit;
mod authorizer;
mod decide;
mod decision;
mod denial;
pub mod directory;
mod entity;
mod grant;
mod group;
mod key;
mod method;
mod name;
mod policy;
mod presented;
mod resource;
mod role;
mod scope;
#[cfg(feature = "tonic")]
pub mod tonic;
mod trace;

pub use self::{
    access::{Authorised, Public},
    authorizer::{Authorizer, DEFAULT_DEADLINE},
    decide::{Answer, NeedsApiUser, NeedsClient, NeedsGroup, NeedsHome, Step, evaluate},
    decision::{Allowed, Decision, Verdict},
    denial::{DOMAIN, Denial},
    directory::{Directory, DirectoryError, Lookup, LookupResult, MemoryDirectory, Record},
    entity::{ApiUser, Client, EntityState, Verification},
    grant::{Grant, Grants},
    group::{Group, HierarchyError, MAX_OWNERS},
    key::{ApiKey, KeyDigest},
    method::{Access, Exchange, Method},
    name::{ApiUserName, ClientName, GroupName, ParseNameError},
    policy::{AccessLevel, MethodPolicy, Operation, RoleMethods, ServicePolicy},
    presented::{API_KEY_HEADER, GROUP_HEADER, Header, Presented},
    resource::{Ownership, Resource},
    role::{Role, RoleNumber},
    scope::{Kind, Read, Scope, Write},
    trace::{
        Check, EntityFinding, GroupFinding, MethodFinding, Outcome, RoleFinding, ScopeFinding,
        Trace, VerificationFinding,
    },
};
