//! Tests services that meshauth guards: it builds a world in a few lines, makes an access for a unit
//! test, names the check that refused, and tries every role against every method.
//!
//! ```
//! # use meshauth_runtime::{
//! #     Authorised, Method, MethodPolicy, Operation, Read, Role, RoleMethods, ServicePolicy,
//! # };
//! # mod method {
//! #     pub enum GetNote {}
//! # }
//! # const VIEWER: Role<'_> = Role::new(2, "ROLE_NOTES_VIEWER");
//! # const PATH: &str = "/notes.v1.NoteService/GetNote";
//! # static POLICY: ServicePolicy = ServicePolicy::new(
//! #     "notes.v1.NoteService", "0", &[&GET], &[RoleMethods::new(VIEWER, &[PATH])],
//! # );
//! # static GET: MethodPolicy = MethodPolicy::authorised(PATH, Operation::Read, &[VIEWER]);
//! # impl Method for method::GetNote {
//! #     const POLICY: &'static MethodPolicy = &GET;
//! #     const SERVICE: &'static ServicePolicy = &POLICY;
//! #     type Kind = Read;
//! #     type Access = Authorised<Self>;
//! # }
//! // use api::notes::v1::note_service_guard::{POLICY, method};
//! use meshauth_runtime::{Check, Denial};
//! use meshauth_testing::{RoleMatrix, TestWorld, role};
//!
//! // A company, two teams below it, and a bot that may read the notes of one of them.
//! let mut world = TestWorld::new();
//! let company = world.group();
//! let [design, sales] = [world.group_below(company), world.group_below(company)];
//! let bot = world.api_user(design);
//! world.grant(bot, design, role(&POLICY, "ROLE_NOTES_VIEWER"));
//!
//! // The access that the authoriser gives the bot, for a unit test of a handler or a store.
//! let access = world.call::<method::GetNote>(bot, design).assert_allowed();
//! assert!(access.scope().contains(&world.resource(design)));
//! assert!(!access.scope().contains(&world.resource(sales)));
//!
//! // Two calls that are refused. The caller sees the same denial, the test also sees the check.
//! let elsewhere = world.call::<method::GetNote>(bot, company);
//! elsewhere.assert_denied_by(Check::Role, Denial::RoleRequired);
//! let nowhere = world.caller(bot).in_unknown_group().call::<method::GetNote>();
//! nowhere.assert_denied_by(Check::Group, Denial::RoleRequired);
//!
//! // Every role against every method, and a table of who may call what, to keep for review.
//! let report = RoleMatrix::of(&[&POLICY]).decide();
//! report.assert_holds();
//! report.table().assert_matches(
//!     "notes.v1.NoteService ROLE_NOTES_VIEWER 2 GetNote READ",
//! );
//! ```
//!
//! Test an axum handler that calls `accept` or `release` through its route, with
//! [`TestWorld::headers`].
//!
//! If you bring a directory of your own, [`assert_directory_holds`] tries it against what every
//! directory holds to.
//!
//! Use it in tests only: anyone can work out its keys, so a `TestWorld` must not be the directory of a
//! running service. It weakens nothing else. Each access comes from the
//! [`Authoriser`](meshauth_runtime::Authoriser), here as everywhere.

mod at_once;
mod called;
mod caller;
mod contract;
mod key;
mod matrix;
mod role;
#[cfg(test)]
mod tests;
mod world;

pub use self::{
    called::{Called, Denied},
    caller::Caller,
    contract::{DirectoryFixture, assert_directory_holds},
    matrix::{AccessTable, MatrixReport, Mismatch, RoleMatrix},
    role::role,
    world::{TestResource, TestUser, TestWorld},
};
