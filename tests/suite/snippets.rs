//! The code that the README shows in part, with the rest of it around.

#![allow(unused_variables, reason = "the README shows what there is, and does not go on")]

use std::time::{Duration, SystemTime};

use axum::{Json, extract::Path, routing::get};
use meshauth_runtime::{
    Authorised, Authoriser, Check, Denial, MemoryDirectory, Method, MethodPolicy, Operation, Read,
    Resource, Role, RoleMethods, ServicePolicy, Shadow, Shadowable,
    axum::{AuthorisedCall, GuardedRouter},
    codegen::{Exchange, Ownership},
};
use meshauth_testing::{RoleMatrix, TestWorld, role};
use tokio::net::TcpListener;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The service of the README, in one method.
mod method {
    pub(super) enum GetAccount {}
}

const ADMIN: Role<'_> = Role::new(1_000_000, "ROLE_WALLET_ADMIN");
const VIEWER: Role<'_> = Role::new(1_000_001, "ROLE_WALLET_VIEWER");
const PATH: &str = "/wallet.v1.AccountService/GetAccount";

static GET_ACCOUNT: MethodPolicy =
    MethodPolicy::authorised(PATH, Operation::Read, &[ADMIN, VIEWER]);
static POLICY: ServicePolicy = ServicePolicy::new(
    "wallet.v1.AccountService",
    "0",
    &[&GET_ACCOUNT],
    &[RoleMethods::new(ADMIN, &[PATH]), RoleMethods::new(VIEWER, &[PATH])],
);

impl Method for method::GetAccount {
    const POLICY: &'static MethodPolicy = &GET_ACCOUNT;
    const SERVICE: &'static ServicePolicy = &POLICY;
    type Kind = Read;
    type Access = Authorised<Self>;
}

struct Account {
    owner: String,
    owners: Vec<String>,
}

impl Resource for Account {
    fn owner(&self) -> &str {
        &self.owner
    }
    fn owners(&self) -> &[String] {
        &self.owners
    }
}

impl Exchange for method::GetAccount {
    type Request = ();
    type Response = Account;

    fn request_admitted((): &(), _: &mut impl FnMut(Ownership<'_>) -> bool) -> bool {
        true
    }
    fn response_admitted(
        response: &Account,
        admits: &mut impl FnMut(Ownership<'_>) -> bool,
    ) -> bool {
        admits(Ownership::of(response))
    }
}

type AccountView = Vec<String>;

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        account.owners
    }
}

async fn find(_: &str) -> Option<Account> {
    None
}

fn authoriser() -> Authoriser {
    Authoriser::new(MemoryDirectory::new(Default::default()).unwrap())
}

async fn serve(listener: TcpListener) -> Outcome {
    let authoriser = authoriser();
    include!(concat!(env!("OUT_DIR"), "/readme_http.rs"));
    Ok(())
}

#[tokio::test]
async fn the_routes_of_the_readme_are_served() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let server = serve(listener);
    assert!(tokio::time::timeout(Duration::from_millis(50), server).await.is_err());
}

#[test]
fn the_shadow_of_the_readme_is_one() -> Outcome {
    let directory = MemoryDirectory::new(Default::default())?;
    let friday = SystemTime::now() + Duration::from_secs(3600);
    include!(concat!(env!("OUT_DIR"), "/readme_shadow.rs"));
    Ok(())
}

#[test]
fn the_tests_of_the_readme_pass() {
    include!(concat!(env!("OUT_DIR"), "/readme_testing.rs"));
}
