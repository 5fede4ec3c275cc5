//! Runs the access control that `protoc-gen-meshauth` generates: it decides who may call a method, and
//! which resources the call may touch.
//!
//! ```
//! # use meshauth_runtime::{Method, MethodPolicy, Operation, Read, Resource, Role, ServicePolicy};
//! # mod method {
//! #     pub enum GetNote {}
//! # }
//! # static NOTE_SERVICE: ServicePolicy =
//! #     ServicePolicy::new("notes.v1.NoteService", "0", &[&GET_NOTE], &[]);
//! # static GET_NOTE: MethodPolicy = MethodPolicy::authorised(
//! #     "/notes.v1.NoteService/GetNote", Operation::Read, &[Role::new(2, "ROLE_NOTES_VIEWER")],
//! # );
//! # impl Method for method::GetNote {
//! #     const POLICY: &'static MethodPolicy = &GET_NOTE;
//! #     const SERVICE: &'static ServicePolicy = &NOTE_SERVICE;
//! #     type Kind = Read;
//! #     type Access = Authorised<Self>;
//! # }
//! # #[derive(Clone)]
//! # struct Note { text: &'static str, owner: String, owners: Vec<String> }
//! # impl Resource for Note {
//! #     fn owner(&self) -> &str { &self.owner }
//! #     fn owners(&self) -> &[String] { &self.owners }
//! # }
//! use http::{HeaderMap, HeaderValue};
//! use meshauth_runtime::{
//!     ApiKey, Authorised, Authoriser, Denial, Entity, EntityName, GroupName, MemoryDirectory, World,
//! };
//!
//! // Only the authoriser makes an access, so this cannot run before its checks.
//! fn get_note(access: &Authorised<method::GetNote>, found: Option<Note>) -> Result<Note, Denial> {
//!     access.scope().permit(found)
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! // A company with two teams, and a caller who views the notes of one of them.
//! let [company, design, sales] = [1, 2, 3].map(GroupName::from_ulid);
//! let key = "an-example-key-of-43-characters-of-base64ur";
//! let mut world = World::new();
//! world.add_group(company, None);
//! world.add_group(design, Some(company));
//! world.add_group(sales, Some(company));
//! world.add_entity(
//!     Entity::new(EntityName::api_user(1), design)
//!         .with_credential(ApiKey::parse(key.as_bytes())?.digest())
//!         .with_grants([format!("{design}/roles/2").parse()?]),
//! );
//! let authoriser = Authoriser::new(MemoryDirectory::new(world)?);
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("x-api-key", HeaderValue::from_static(key));
//! headers.insert("x-group", design.to_string().parse()?);
//! let access = authoriser.authorise::<method::GetNote>(&mut headers).await?;
//!
//! let note = |text, owner: GroupName| Note {
//!     text,
//!     owner: owner.to_string(),
//!     owners: vec![company.to_string(), owner.to_string()],
//! };
//! assert_eq!(get_note(&access, Some(note("logo", design)))?.text, "logo");
//! let refused = get_note(&access, Some(note("prices", sales)));
//! assert_eq!(refused.err(), Some(Denial::ResourceNotFound));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a service you do not call the authoriser yourself. The generated guard does, for tonic
//! (`tonic::GuardedRoutes`) and for axum (`axum::GuardedRouter`). Start with the README of the
//! repository, and read on in the `guide`: one page each for developers of services, for operators
//! and for security reviewers.
//!
//! - [`Authorised`] is the proof that a call may go on, and gives its [`Scope`].
//! - [`Denial`] is what the caller is told, [`Decision`] what operators see.
//! - [`Directory`] is where groups, callers and grants are looked up.
//!
//! # Features
//! - `tonic`: guards for tonic services, and a denial as a gRPC status.
//! - `axum`: routes of axum bound to methods, and a denial as an HTTP response.
//! - `json`: the in-memory directory reads a JSON file.
//! - `metrics`: decisions are counted and timed for the `metrics` facade:
//!   `meshauth_decisions_total`, `meshauth_decision_seconds`, `meshauth_audit_records_lost_total`.
//! - `client`: the caller's side: credentials from a file, as headers for any request; with `tonic`
//!   also as an interceptor.
//! - `serde`: serde writes names, roles and decisions, and reads names and grants.
//! - `page-tokens`: cursors of lists, bound to the method and the executing group.
//!
//! To test your services, use `meshauth-testing`: worlds in a few lines, calls with the reason of
//! their denial, and every role against every method.

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
#[cfg(doc)]
pub mod guide;
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
        Access, Authorised, Authoriser, AuthoriserBuilder, DEFAULT_DEADLINE, DEFAULT_DECISION_AGE,
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
    scope::{Kind, Read, Resource, ResourceMut, Scope, Write},
};
