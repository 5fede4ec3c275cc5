//! For tests of services: a world in a few lines, an access for a unit test, the exact reason of a
//! denial, and every role against every method.
//!
//! ```
//! # use meshauth_runtime::{
//! #     Authorised, Method, MethodPolicy, Operation, Read, Role, RoleMethods, ServicePolicy,
//! # };
//! # mod method {
//! #     pub enum GetAccount {}
//! # }
//! # const VIEWER: Role<'_> = Role::new(1_000_001, "ROLE_WALLET_VIEWER");
//! # const PATH: &str = "/wallet.v1.AccountService/GetAccount";
//! # static POLICY: ServicePolicy = ServicePolicy::new(
//! #     "wallet.v1.AccountService", "0", &[&GET], &[RoleMethods::new(VIEWER, &[PATH])],
//! # );
//! # static GET: MethodPolicy = MethodPolicy::authorised(PATH, Operation::Read, &[VIEWER]);
//! # impl Method for method::GetAccount {
//! #     const POLICY: &'static MethodPolicy = &GET;
//! #     const SERVICE: &'static ServicePolicy = &POLICY;
//! #     type Kind = Read;
//! #     type Access = Authorised<Self>;
//! # }
//! // use api::wallet::v1::account_service_guard::{POLICY, method};
//! use meshauth_runtime::{Check, Denial};
//! use meshauth_testing::{RoleMatrix, TestWorld, role};
//!
//! // A broker, two desks below it, and a bot that may look at one of them.
//! let mut world = TestWorld::new();
//! let broker = world.group();
//! let [desk, other] = [world.group_below(broker), world.group_below(broker)];
//! let bot = world.api_user(desk);
//! world.grant(bot, desk, role(&POLICY, "ROLE_WALLET_VIEWER"));
//!
//! // The access that the authoriser gives it, for a unit test of a handler or a store.
//! let access = world.call::<method::GetAccount>(bot, desk).assert_allowed();
//! assert!(access.scope().contains(&world.resource(desk)));
//! assert!(!access.scope().contains(&world.resource(other)));
//!
//! // Why a call is refused, to the check that refused it: callers see the same in both cases.
//! let elsewhere = world.call::<method::GetAccount>(bot, broker);
//! elsewhere.assert_denied_by(Check::Role, Denial::RoleRequired);
//! let nowhere = world.caller(bot).in_unknown_group().call::<method::GetAccount>();
//! nowhere.assert_denied_by(Check::Group, Denial::RoleRequired);
//!
//! // Every role against every method, and the table to keep in the repository.
//! let report = RoleMatrix::of(&[&POLICY]).decide();
//! report.assert_holds();
//! report.table().assert_matches(
//!     "wallet.v1.AccountService ROLE_WALLET_VIEWER 1000001 GetAccount READ",
//! );
//! ```
//!
//! An axum handler that calls `accept` or `release` of its access is tested on its route, with
//! [`TestWorld::headers`]: what they tell operators comes from there.
//!
//! It is for tests alone: its keys can be worked out by anyone, so a world of it is no directory for
//! a service that runs. Apart from that it weakens nothing, wherever it is a dependency: an access
//! comes from the [`Authoriser`](meshauth_runtime::Authoriser) here as everywhere.

mod at_once;
mod called;
mod caller;
mod key;
mod matrix;
mod role;
#[cfg(test)]
mod tests;
mod world;

pub use self::{
    called::{Called, Denied},
    caller::Caller,
    matrix::{AccessTable, MatrixReport, Mismatch, RoleMatrix},
    role::role,
    world::{TestResource, TestUser, TestWorld},
};
