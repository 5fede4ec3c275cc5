//! Routers that become one: of this crate, and of axum.

use axum::{
    Router,
    routing::{MethodRouter, any, get, post},
};
use http::StatusCode;
use meshauth_runtime::{
    Authorised, Authoriser, Method,
    axum::{GuardedRouter, MountFault},
    tonic::GuardedRoutes,
};
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::{Guard, POLICY, method};

use super::wire::{Answered, Client, Wire, serve};
use crate::{
    answers::Caller,
    service::{CORPORATE, CORPORATE_VIEWER, Desks, INDIVIDUAL, Spy},
};

const PART: &str = "these are not about the others";

fn routes() -> GuardedRouter {
    GuardedRouter::new(Authoriser::new(Spy::new()))
}

async fn desk(_: Authorised<method::GetDesk>) -> &'static str {
    "a desk"
}

async fn statement(_: Authorised<method::GetStatement>) -> &'static str {
    "a statement"
}

/// Two modules of one service.
fn modules() -> GuardedRouter {
    let desks = routes().route::<method::GetDesk>("/desk", post(desk));
    let statements = routes()
        .route::<method::GetStatement>("/statement", post(statement))
        .allow_missing_methods(&POLICY, PART);
    desks.merge(statements)
}

async fn call(client: &mut Client, path: &str, group: usize) -> Answered {
    let caller = Caller::new(CORPORATE_VIEWER, group);
    client.post(Wire::Http1, path, &caller.headers(), &[]).await
}

async fn assert_guarded(client: &mut Client) {
    let answered = call(client, "/desk", CORPORATE).await;
    assert_eq!((answered.status, &answered.body[..]), (StatusCode::OK, &b"a desk"[..]));
    let answered = call(client, "/desk", INDIVIDUAL).await;
    assert_eq!(answered.denied(Wire::Http1), Some((403, "ROLE_REQUIRED".to_owned())));
    let answered = call(client, "/statement", CORPORATE).await;
    assert_eq!(answered.denied(Wire::Http1), Some((403, "ROLE_REQUIRED".to_owned())));
}

#[tokio::test]
async fn t_a08_what_is_merged_stays_guarded() {
    let mut client = Client::connect(serve(modules().into_router().unwrap()).await).await;
    assert_guarded(&mut client).await;
    let unknown = call(&mut client, "/other", CORPORATE).await;
    assert_eq!(unknown.denied(Wire::Http1), Some((404, "METHOD_UNKNOWN".to_owned())));
}

#[tokio::test]
async fn t_a08_without_a_fallback_it_joins_a_router_that_has_one() {
    let site = Router::new().route("/page", get(async || "a page")).fallback(async || "elsewhere");
    let ours = modules().into_router_without_fallback().unwrap();
    let grpc = GuardedRoutes::new(Authoriser::new(Spy::new())).add(Guard::new(Desks::default()));
    let router = site.merge(ours).merge(grpc.into_axum_router().unwrap());
    let mut client = Client::connect(serve(router).await).await;
    assert_guarded(&mut client).await;
    let unknown = call(&mut client, "/other", CORPORATE).await;
    assert_eq!((unknown.status, &unknown.body[..]), (StatusCode::OK, &b"elsewhere"[..]));
}

fn faults(router: GuardedRouter) -> Vec<MountFault> {
    router.into_router().map(drop).unwrap_err().faults().to_vec()
}

fn handler() -> MethodRouter {
    any(async || ())
}

#[test]
fn what_is_missing_in_both_is_a_fault_and_faults_of_either_stay() {
    let left = || routes().route::<method::GetDesk>("/desk", post(desk));
    let right = || routes().route::<method::GetStatement>("/statement", post(statement));
    let missing = faults(left().merge(right()));
    assert_eq!(missing.len(), POLICY.methods().count() - 2);
    for found in [<method::GetDesk as Method>::POLICY, <method::GetStatement as Method>::POLICY] {
        assert!(!missing.contains(&MountFault::MethodMissing(found.path())));
    }
    let open = || right().allow_missing_methods(&POLICY, PART).open("/healthz", handler(), "");
    for both in [left().merge(open()), open().merge(left())] {
        assert_eq!(faults(both), [MountFault::OpenWithoutReason("/healthz".to_owned())]);
    }
}

#[test]
fn t_a10_routes_that_cannot_stand_beside_each_other_are_named() {
    let of = |path: &str, handlers| {
        routes()
            .route::<method::GetDesk>(path, handlers)
            .allow_missing_methods(&POLICY, "one is enough")
    };
    let refused = |router, path: &str, cause: &str| {
        let found = faults(router);
        let [MountFault::NoRoute { path: at, cause: why }] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(at, path);
        assert!(why.contains(cause), "{why}");
    };
    // Two handlers for the same.
    refused(of("/desk", get(desk)).merge(of("/desk", get(desk))), "/desk", "GET /desk");
    refused(of("/desk", get(desk)).open("/desk", get(desk), "a page"), "/desk", "GET /desk");
    // Two names for one place.
    refused(of("/{desk}", post(desk)).merge(of("/{other}", post(desk))), "/{other}", "conflict");
    // Two answers for what is in neither.
    let fallback = || post(desk).fallback(async || "none");
    let other = || get(desk).fallback(async || "none");
    refused(of("/desk", fallback()).merge(of("/desk", other())), "/desk", "fallback");
    // What is no path at all.
    refused(of("desk", post(desk)), "desk", "start with");
    refused(of("/:desk", post(desk)), "/:desk", ":");
    // Another HTTP method at the same path is no fault.
    assert!(of("/desk", get(desk)).merge(of("/desk", post(desk))).into_router().is_ok());
}
