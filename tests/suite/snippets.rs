//! The code that the guide shows in part, with the rest of it around.

#![allow(unused_variables, reason = "the guide shows what there is, and does not go on")]

use std::time::{Duration, SystemTime};

use axum::{Json, extract::Path, routing::get};
use meshauth_runtime::{
    Authorised, Authoriser, Check, Denial, MemoryDirectory, Method, MethodPolicy, Operation,
    Presented, Read, Resource, Role, RoleMethods, Scope, ServicePolicy, Shadow, Shadowable,
    SystemTask,
    axum::{AuthorisedCall, GuardedRouter},
    codegen::{Exchange, Ownership},
    tonic::GuardedRoutes,
};
use meshauth_testing::{RoleMatrix, TestWorld, role};
use tokio::net::TcpListener;
use tonic::transport::Server;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The service of the guide, in one method.
mod method {
    pub(super) enum GetNote {}
}

const ADMIN: Role<'_> = Role::new(1, "ROLE_NOTES_ADMIN");
const VIEWER: Role<'_> = Role::new(2, "ROLE_NOTES_VIEWER");
const PATH: &str = "/notes.v1.NoteService/GetNote";

static GET_NOTE: MethodPolicy = MethodPolicy::authorised(PATH, Operation::Read, &[ADMIN, VIEWER]);
static POLICY: ServicePolicy = ServicePolicy::new(
    "notes.v1.NoteService",
    "0",
    &[&GET_NOTE],
    &[RoleMethods::new(ADMIN, &[PATH]), RoleMethods::new(VIEWER, &[PATH])],
);

impl Method for method::GetNote {
    const POLICY: &'static MethodPolicy = &GET_NOTE;
    const SERVICE: &'static ServicePolicy = &POLICY;
    type Kind = Read;
    type Access = Authorised<Self>;
}

struct Note {
    owner: String,
    owners: Vec<String>,
}

impl Resource for Note {
    fn owner(&self) -> &str {
        &self.owner
    }
    fn owners(&self) -> &[String] {
        &self.owners
    }
}

impl Exchange for method::GetNote {
    type Request = ();
    type Response = Note;

    fn response_admitted(response: &Note, admits: &mut impl FnMut(Ownership<'_>) -> bool) -> bool {
        admits(Ownership::of(response))
    }
}

type NoteView = Vec<String>;

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        note.owners
    }
}

async fn find(_: &str) -> Option<Note> {
    None
}

fn authoriser() -> Authoriser {
    Authoriser::new(MemoryDirectory::new(Default::default()).unwrap())
}

async fn serve(listener: TcpListener) -> Outcome {
    let authoriser = authoriser();
    include!(concat!(env!("OUT_DIR"), "/guide_http.rs"));
    Ok(())
}

#[tokio::test]
async fn the_routes_of_the_guide_are_served() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let server = serve(listener);
    assert!(tokio::time::timeout(Duration::from_millis(50), server).await.is_err());
}

#[test]
fn the_shadow_of_the_guide_is_one() -> Outcome {
    let directory = MemoryDirectory::new(Default::default())?;
    let friday = SystemTime::now() + Duration::from_secs(3600);
    include!(concat!(env!("OUT_DIR"), "/guide_shadow.rs"));
    Ok(())
}

#[tokio::test]
async fn a_decision_is_explained_as_the_guide_shows() {
    let (authoriser, headers) = (authoriser(), http::HeaderMap::new());
    include!(concat!(env!("OUT_DIR"), "/guide_decide.rs"));
}

#[test]
fn the_tests_of_the_guide_pass() {
    include!(concat!(env!("OUT_DIR"), "/guide_testing.rs"));
}

#[tokio::test]
async fn a_system_task_of_the_guide_has_its_access() -> Outcome {
    fn make_statement(scope: &Scope<Read>) -> String {
        scope.group().to_string()
    }
    let mut world = TestWorld::new();
    let group = world.group();
    let authoriser = world.authoriser();
    include!(concat!(env!("OUT_DIR"), "/guide_system.rs"));
    Ok(())
}

#[test]
fn the_readiness_of_the_guide_has_a_route() -> Outcome {
    let authoriser = authoriser();
    include!(concat!(env!("OUT_DIR"), "/guide_readiness.rs"));
    Ok(())
}

#[tokio::test]
async fn a_service_shuts_down_as_the_guide_shows() -> Outcome {
    let authoriser = authoriser();
    let routes = GuardedRoutes::new(authoriser.clone()).into_routes()?;
    let (address, stopped) = ("127.0.0.1:0".parse()?, std::future::ready(()));
    include!(concat!(env!("OUT_DIR"), "/guide_shutdown.rs"));
    Ok(())
}
