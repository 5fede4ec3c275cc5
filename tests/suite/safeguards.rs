//! Safeguards: what a caller is told who must prove itself again, when, and what operators see.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use axum::routing::post;
use futures_util::FutureExt;
use http::HeaderMap;
use meshauth_runtime::{
    Authentication, Authorised, Authoriser, AuthoriserBuilder, Check, Credential, Denial, Header,
    KeyDigest, MethodPolicy, Outcome, Presented, Shadow, Shadowable,
    audit::{Audit, AuditRecord},
    axum::{AuthorisedCall, GuardedRouter},
    tonic::GuardedRoutes,
};
use meshauth_tests::{
    api::meshauth::testing::vault::v1::{
        Vault,
        vault_service_guard::{Guard, POLICY, VaultService, method},
    },
    worlds::{api_key, group_name, key_sha256},
};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use crate::{
    answers::Caller,
    audited::Kept,
    http::wire::{Answered, Client, Wire, serve},
    log,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Fault, INACTIVE, INCONSISTENT, Spy,
        UNKNOWN, WITHOUT_ROLE, group,
    },
};

const GET: &str = "/meshauth.testing.vault.v1.VaultService/GetVault";
const OPEN: &str = "/meshauth.testing.vault.v1.VaultService/OpenVault";
const WIRES: [Wire; 3] = [Wire::Grpc, Wire::Http1, Wire::Http2];
const SECOND_FACTOR: &str = "SECOND_FACTOR_REQUIRED";

struct Vaults;

impl VaultService for Vaults {
    async fn get_vault(
        &self,
        access: Authorised<method::GetVault>,
        _: Request<Vault>,
    ) -> Result<Response<Vault>, Status> {
        let owner = access.group().to_string();
        Ok(Response::new(Vault { owners: vec![owner.clone()], owner }))
    }

    async fn open_vault(
        &self,
        _: Authorised<method::OpenVault>,
        request: Request<Vault>,
    ) -> Result<Response<Vault>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

async fn get(_: Authorised<method::GetVault>) {}

async fn open(call: AuthorisedCall<method::OpenVault>) -> Result<(), Denial> {
    let opened = call.accept(Vault::default())?;
    call.release(opened).map(drop)
}

/// The service over gRPC and over HTTP.
struct Served {
    directory: Spy,
    kept: Kept,
    audit: Audit,
    client: Client,
}

impl Served {
    async fn start(settings: impl FnOnce(AuthoriserBuilder) -> AuthoriserBuilder) -> Self {
        let (directory, kept) = (Spy::new(), Kept::default());
        let audit = Audit::best_effort(kept.clone(), 1_000);
        let authoriser = Authoriser::builder(directory.clone()).audit(audit.clone());
        let authoriser = settings(authoriser).build();
        let grpc = GuardedRoutes::new(authoriser.clone()).add(Guard::new(Vaults));
        let http = GuardedRouter::new(authoriser)
            .route::<method::GetVault>("/get", post(get))
            .route::<method::OpenVault>("/open", post(open))
            .into_router()
            .unwrap();
        let router = http.merge(grpc.into_axum_router().unwrap());
        Self { directory, kept, audit, client: Client::connect(serve(router).await).await }
    }

    async fn call(&mut self, wire: Wire, path: &str, caller: &Caller) -> Answered {
        let path = match (wire, path) {
            (Wire::Grpc, path) => path,
            (_, GET) => "/get",
            _ => "/open",
        };
        self.client.post(wire, path, &caller.headers(), &[]).await
    }

    async fn told(&mut self, wire: Wire, path: &str, caller: &Caller) -> Option<String> {
        self.call(wire, path, caller).await.denied(wire).map(|(_, reason)| reason)
    }

    async fn records(&self) -> Vec<AuditRecord> {
        self.audit.flush().await;
        self.kept.all()
    }
}

fn plain(authoriser: AuthoriserBuilder) -> AuthoriserBuilder {
    authoriser
}

#[tokio::test]
async fn what_is_missing_is_told_as_rfc_9470_has_it() {
    let mut served = Served::start(plain).await;
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    for wire in [Wire::Http1, Wire::Http2] {
        let answered = served.call(wire, OPEN, &admin).await;
        assert_eq!(answered.denied(wire), Some((401, SECOND_FACTOR.to_owned())));
        assert_eq!(
            answered.headers["www-authenticate"],
            "ApiKey header=\"x-api-key\", error=\"insufficient_user_authentication\", max_age=\"300\""
        );
        assert_eq!(answered.headers["cache-control"], "no-store");
    }
    let status = served.call(Wire::Grpc, OPEN, &admin).await.grpc().unwrap();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    let info = status.get_details_error_info().unwrap();
    assert_eq!((&*info.reason, &*info.domain), (SECOND_FACTOR, "meshauth"));
    let told: BTreeMap<_, _> =
        info.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [("error", "insufficient_user_authentication"), ("max_age", "300")];
    assert_eq!(told, expected.into());
    // A key is proved with the call: its age is zero.
    for wire in WIRES {
        assert_eq!(served.told(wire, GET, &admin).await, None);
    }
}

#[tokio::test]
async fn a_denial_that_asks_for_nothing_more_says_so_nowhere() {
    for denial in Denial::ALL {
        let status = Status::from(*denial);
        let info = status.get_details_error_info().unwrap();
        let is_step_up = denial.step_up().is_some();
        assert_eq!(info.metadata.contains_key("error"), is_step_up, "{denial:?}");
        assert!(!info.metadata.contains_key("max_age"), "{denial:?}: no method asks for one");
        let response = axum::response::IntoResponse::into_response(*denial);
        let challenge = response.headers().get("www-authenticate");
        assert_eq!(challenge.is_some(), response.status() == 401, "{denial:?}");
        let challenge = challenge.map_or("", |value| value.to_str().unwrap());
        assert_eq!(challenge.contains("insufficient_user"), is_step_up, "{denial:?}");
    }
}

#[tokio::test]
async fn safeguards_come_after_the_caller_and_before_anything_of_the_group() {
    let mut served = Served::start(plain).await;
    let invalid = "CREDENTIALS_INVALID";
    let group = group_name(CORPORATE);
    for (caller, told) in [
        (Caller::default(), "CREDENTIALS_MISSING"),
        (Caller::new(99, CORPORATE), invalid),
        (Caller::new(INACTIVE, CORPORATE), invalid),
        (Caller::new(BROKER_ADMIN, CORPORATE).key(api_key(BROKER_ADMIN)), invalid),
        // From here on it is known who calls, and nothing is said of the rest.
        (Caller::default().key(api_key(BROKER_ADMIN)), SECOND_FACTOR),
        (Caller::default().key(api_key(BROKER_ADMIN)).group("groups/1"), SECOND_FACTOR),
        (Caller::new(BROKER_ADMIN, CORPORATE).group(group), SECOND_FACTOR),
        (Caller::new(BROKER_ADMIN, UNKNOWN), SECOND_FACTOR),
        (Caller::new(BROKER_ADMIN, INCONSISTENT), SECOND_FACTOR),
        (Caller::new(WITHOUT_ROLE, BROKER), SECOND_FACTOR),
        (Caller::new(CORPORATE_VIEWER, CORPORATE), SECOND_FACTOR),
    ] {
        for wire in WIRES {
            let answered = served.told(wire, OPEN, &caller).await;
            assert_eq!(answered.as_deref(), Some(told), "{:?}", caller.headers());
            let (_, groups) = served.directory.take_calls();
            assert_eq!(groups, 0, "a group was looked up");
        }
    }
    // A directory that cannot say who calls comes first, too.
    served.directory.fail(Fault::Unreachable);
    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    let told = served.told(Wire::Grpc, OPEN, &admin).await;
    assert_eq!(told.as_deref(), Some("DIRECTORY_UNAVAILABLE"));
}

#[tokio::test]
async fn operators_see_who_lacked_which_safeguard() {
    let mut served = Served::start(plain).await;
    served.told(Wire::Grpc, OPEN, &Caller::new(BROKER_ADMIN, CORPORATE)).await;
    let record = served.records().await.pop().unwrap();
    assert_eq!(record.denial.map(Denial::reason), Some(SECOND_FACTOR));
    assert_eq!(
        (record.refused_by, record.outcome(Check::Entity)),
        (Some(Check::Entity), Outcome::Fail)
    );
    assert_eq!(record.outcome(Check::Group), Outcome::Skip);
    let json: serde_json::Value = serde_json::from_str(&record.to_string()).unwrap();
    assert_eq!((&json["reason"], &json["refused_by"]), (&SECOND_FACTOR.into(), &"entity".into()));
    assert!(json["entity"].is_string());
    let log = log::so_far();
    let id = record.request.to_string();
    let event = log.split("\n20").find(|event| event.contains(&id)).expect("it is in the log");
    assert!(event.contains("proved itself without a second factor"), "{event}");
}

#[tokio::test]
async fn safeguards_let_through_in_shadow_mode_and_say_so() {
    let until = SystemTime::now() + Duration::from_secs(3600);
    let shadow = Shadow::new([Shadowable::Safeguards], until, "apps learn to step up").unwrap();
    let mut served = Served::start(|authoriser| authoriser.shadow(shadow)).await;
    for wire in WIRES {
        let told = served.told(wire, OPEN, &Caller::new(BROKER_ADMIN, CORPORATE)).await;
        assert_eq!(told, None, "{wire:?}");
        let record = served.records().await.pop().unwrap();
        assert_eq!(record.shadowed, [Shadowable::Safeguards].into_iter().collect());
        assert!(record.shadowed.contains(Shadowable::Safeguards));
        assert_eq!((record.denial, record.outcome(Check::Entity)), (None, Outcome::Fail));
        let json: serde_json::Value = serde_json::from_str(&record.to_string()).unwrap();
        assert_eq!((&json["decision"], &json["shadowed"]), (&"allow".into(), &"safeguards".into()));
        let (log, id) = (log::so_far(), record.request.to_string());
        let warned = |event: &str| event.contains("WARN") && event.contains(&id);
        assert!(log.split("\n20").any(warned), "the log does not say so");
    }
    // Whoever meets them is no case for it, and all else counts: who calls, the group, the role.
    assert_eq!(served.told(Wire::Grpc, GET, &Caller::new(BROKER_ADMIN, CORPORATE)).await, None);
    assert!(!served.records().await.pop().unwrap().shadowed.contains(Shadowable::Safeguards));
    for (caller, told) in [
        (Caller::new(99, CORPORATE), "CREDENTIALS_INVALID"),
        (Caller::new(INACTIVE, CORPORATE), "CREDENTIALS_INVALID"),
        (Caller::default().key(api_key(BROKER_ADMIN)), "GROUP_MISSING"),
        (Caller::new(WITHOUT_ROLE, BROKER), "ROLE_REQUIRED"),
    ] {
        assert_eq!(served.told(Wire::Grpc, OPEN, &caller).await.as_deref(), Some(told));
    }
}

/// The decision on a call of the admin of the broker, who proved itself so.
fn decided(path: &str, by: Authentication) -> Option<Denial> {
    let policy: &MethodPolicy = POLICY.method(path).unwrap();
    let digest: KeyDigest = key_sha256(api_key(BROKER_ADMIN).as_bytes()).parse().unwrap();
    let credential = Header::Value(Credential::from(digest));
    let presented = Presented::new(credential, Header::Value(group(CORPORATE)));
    let presented = presented.with_authentication(by);
    let authoriser = Authoriser::new(Spy::new());
    let decision = authoriser.decide(Some(policy), &presented);
    let decision = decision.now_or_never().expect("it answers at once");
    assert_eq!(decision.refused_by(), decision.denial().map(|_| Check::Entity));
    decision.denial()
}

#[test]
fn the_generated_policy_asks_for_what_the_proto_says() {
    let seconds = Duration::from_secs;
    let told = |path, by| decided(path, by).map(Denial::reason);
    let second = Authentication::NOW.with_second_factor();
    assert_eq!(told(OPEN, Authentication::NOW), Some(SECOND_FACTOR));
    assert_eq!(told(OPEN, second), None);
    for path in [GET, OPEN] {
        let too_old = Some("AUTHENTICATION_TOO_OLD");
        assert_eq!(told(path, second.aged(seconds(300))), None);
        assert_eq!(told(path, second.aged(seconds(301))), too_old);
        assert_eq!(told(path, second.of_unknown_age()), too_old);
        let step_up = decided(path, second.of_unknown_age()).unwrap().step_up().unwrap();
        assert_eq!(step_up.max_age(), Some(seconds(300)));
    }
    // What is first is told first.
    assert_eq!(told(OPEN, Authentication::NOW.of_unknown_age()), Some(SECOND_FACTOR));
    assert_eq!(told(GET, Authentication::NOW), None);
    let methods: Vec<_> = POLICY.methods().map(MethodPolicy::requires_second_factor).collect();
    assert_eq!(methods, [false, true]);
}

#[test]
fn headers_alone_are_one_factor_of_no_age_whatever_they_say() {
    let mut headers: HeaderMap = Caller::new(BROKER_ADMIN, CORPORATE).headers();
    for name in ["x-second-factor", "acr", "amr", "auth_time", "client-cert", "authorization"] {
        headers.insert(name, "1".parse().unwrap());
    }
    assert_eq!(Presented::read(&headers).authentication(), Authentication::NOW);
    assert_eq!(Presented::take(&mut headers).authentication(), Authentication::NOW);
}
