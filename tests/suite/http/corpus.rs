//! The same requests over gRPC, HTTP/1 and HTTP/2, to one port: every method of the API, every row of
//! the table of answers.

use std::{collections::BTreeSet, time::Duration};

use http::{HeaderMap, HeaderValue};
use meshauth_runtime::{
    AccessLevel, Authoriser, MethodPolicy, Operation, axum::GuardedRouter, codegen::Exchange,
    tonic::GuardedRoutes,
};
use meshauth_tests::worlds::{api_key, group_name};
use prost::Message;

use super::{
    everything::{ASK, Everything, Tested, Visitor, each_method, mount, request_of, response_of},
    wire::{Answered, Client, Wire, serve},
};
use crate::{
    answers::Caller,
    service::{
        BROKER, CLIENTLESS_EVERYTHING, CORPORATE, CORPORATE_EVERYTHING, DETACHED, EVERYTHING,
        Fault, INACTIVE, INCONSISTENT, INDIVIDUAL, Spy, UNKNOWN, UNUSABLE, UNVERIFIED_EVERYTHING,
        WITHOUT_ROLE, group,
    },
};

/// The table of answers: reason, gRPC code, HTTP status.
const TABLE: [(&str, u16, u16); 11] = [
    ("CREDENTIALS_MISSING", 16, 401),
    ("CREDENTIALS_INVALID", 16, 401),
    ("GROUP_MISSING", 3, 400),
    ("GROUP_MALFORMED", 3, 400),
    ("ROLE_REQUIRED", 7, 403),
    ("VERIFICATION_REQUIRED", 7, 403),
    ("RESOURCE_NOT_FOUND", 5, 404),
    ("RESOURCE_NOT_OWNED", 7, 403),
    ("METHOD_UNKNOWN", 12, 404),
    ("DIRECTORY_UNAVAILABLE", 14, 503),
    ("INTERNAL", 13, 500),
];

const WIRES: [Wire; 3] = [Wire::Grpc, Wire::Http1, Wire::Http2];

/// A method, and what there is to know of it.
#[derive(Clone, Copy)]
pub(super) struct Tried {
    policy: &'static MethodPolicy,
    /// Its request can carry a resource where the guard looks.
    takes: bool,
    /// Its response can.
    gives: bool,
}

impl Tried {
    fn of<M: Tested>() -> Self {
        let path = M::POLICY.path();
        let mut request = M::Request::decode(&*request_of(path, group(INDIVIDUAL))).unwrap();
        let response = M::Response::decode(&*response_of(path, group(INDIVIDUAL))).unwrap();
        Self {
            policy: M::POLICY,
            takes: !<M as Exchange>::request_claimed(&mut request, &mut |_| false),
            gives: !<M as Exchange>::response_admitted(&response, &mut |_| false),
        }
    }

    fn is_public(&self) -> bool {
        self.policy.access_level() == AccessLevel::Public
    }

    fn writes(&self) -> bool {
        self.policy.operation() == Operation::Write
    }
}

pub(super) fn methods() -> Vec<Tried> {
    struct Collect(Vec<Tried>);
    impl Visitor for Collect {
        fn visit<M: Tested>(&mut self) {
            self.0.push(Tried::of::<M>());
        }
    }
    let mut collect = Collect(Vec::new());
    each_method(&mut collect);
    collect.0
}

/// What is expected of a case.
#[derive(Clone, Copy)]
enum Told {
    /// The same for every method.
    Always(&'static str),
    /// For an AUTHORISED method; a PUBLIC one is allowed.
    Authorised(&'static str),
    /// For a method that asks for a verified client; any other is allowed.
    Verified(&'static str),
    /// For an AUTHORISED method that reads, and one that writes; none: it is allowed.
    Scoped { read: Option<&'static str>, write: Option<&'static str> },
    /// For a WRITE whose request carries a resource.
    Taken(&'static str),
    /// For an AUTHORISED method whose response carries a resource.
    Given(&'static str),
    /// Every method is allowed.
    Allowed,
}

impl Told {
    fn of(self, method: &Tried) -> Option<&'static str> {
        let authorised = !method.is_public();
        let (reason, applies) = match self {
            Self::Always(reason) => (reason, true),
            Self::Authorised(reason) => (reason, authorised),
            Self::Verified(reason) => (reason, authorised && method.policy.requires_verification()),
            Self::Scoped { read, write } => {
                return if method.writes() { write } else { read }.filter(|_| authorised);
            }
            Self::Taken(reason) => (reason, authorised && method.writes() && method.takes),
            Self::Given(reason) => (reason, authorised && method.gives),
            Self::Allowed => return None,
        };
        applies.then_some(reason)
    }
}

/// One request, that is made to every method.
pub(super) struct Case {
    what: &'static str,
    caller: Caller,
    pub(super) fault: Fault,
    /// What the handler is asked for.
    ask: &'static str,
    /// Behind the path of the method.
    behind: &'static str,
    /// The request carries a resource of another group.
    foreign: bool,
    told: Told,
}

fn case(what: &'static str, caller: Caller, told: Told) -> Case {
    Case { what, caller, fault: Fault::None, ask: "", behind: "", foreign: false, told }
}

fn fault(fault: Fault, told: Told) -> Case {
    Case { fault, ..case("a fault of the directory", anyone(), told) }
}

fn ask(ask: &'static str, told: Told) -> Case {
    Case { ask, ..case(ask, anyone(), told) }
}

/// Who may call everything, in a group of a client.
fn anyone() -> Caller {
    Caller::new(EVERYTHING, CORPORATE)
}

fn keyless() -> Caller {
    Caller::default().group(group_name(BROKER))
}

fn keyed() -> Caller {
    Caller::default().key(api_key(EVERYTHING))
}

pub(super) fn cases() -> Vec<Case> {
    let (key, name) = (api_key(EVERYTHING), group_name(CORPORATE));
    let role_required = Told::Authorised("ROLE_REQUIRED");
    let unverified = Told::Verified("VERIFICATION_REQUIRED");
    let invalid = Told::Always("CREDENTIALS_INVALID");
    let malformed = Told::Authorised("GROUP_MALFORMED");
    let unavailable = Told::Always("DIRECTORY_UNAVAILABLE");
    let internal = Told::Always("INTERNAL");
    let not_found = Some("RESOURCE_NOT_FOUND");
    vec![
        case("allowed", anyone(), Told::Allowed),
        case("neither header", Caller::default(), Told::Authorised("CREDENTIALS_MISSING")),
        case("no key", keyless(), Told::Authorised("CREDENTIALS_MISSING")),
        case("a malformed key", keyless().key("short"), invalid),
        case("an empty key", keyless().key(""), invalid),
        case("a key that is no text", keyless().key(b"\xff".as_slice()), invalid),
        case("the key twice", keyless().key(key.clone()).key(key.clone()), invalid),
        case("two keys in one", keyless().key(format!("{key},{key}")), invalid),
        case("an unknown key", keyless().key(api_key(99)), invalid),
        case("an inactive user", keyless().key(api_key(INACTIVE)), invalid),
        case("no group", keyed(), Told::Authorised("GROUP_MISSING")),
        case("a malformed group", keyed().group(name.replace("groups", "Groups")), malformed),
        case("an empty group", keyed().group(""), malformed),
        case("the group twice", keyed().group(name.clone()).group(name.clone()), malformed),
        case("an unknown group", Caller::new(EVERYTHING, UNKNOWN), role_required),
        case("an inconsistent group", Caller::new(EVERYTHING, INCONSISTENT), role_required),
        case("roles in a sibling", Caller::new(CORPORATE_EVERYTHING, INDIVIDUAL), role_required),
        case("roles below", Caller::new(CORPORATE_EVERYTHING, BROKER), role_required),
        case("a foreign root", Caller::new(EVERYTHING, DETACHED), role_required),
        case("no such role", Caller::new(WITHOUT_ROLE, BROKER), role_required),
        case("an unverified client", Caller::new(UNVERIFIED_EVERYTHING, INDIVIDUAL), unverified),
        case("no client", Caller::new(CLIENTLESS_EVERYTHING, DETACHED), unverified),
        ask("absent", Told::Scoped { read: not_found, write: not_found }),
        ask("invisible", Told::Scoped { read: not_found, write: not_found }),
        ask("visible", Told::Scoped { read: None, write: Some("RESOURCE_NOT_OWNED") }),
        Case {
            foreign: true,
            ..case("a foreign resource", anyone(), Told::Taken("RESOURCE_NOT_OWNED"))
        },
        ask("leak", Told::Given("INTERNAL")),
        ask("panic", internal),
        Case {
            behind: "X",
            ..case("a method without a policy", anyone(), Told::Always("METHOD_UNKNOWN"))
        },
        Case {
            behind: "/",
            ..case("the same for strangers", Caller::default(), Told::Always("METHOD_UNKNOWN"))
        },
        case("an unusable record", Caller::new(UNUSABLE, BROKER), internal),
        fault(Fault::Unreachable, unavailable),
        fault(Fault::Silent, unavailable),
        fault(Fault::GroupsUnreachable, Told::Authorised("DIRECTORY_UNAVAILABLE")),
        fault(Fault::Panics, internal),
        fault(Fault::PanicsLater, internal),
        fault(Fault::OtherApiUser, internal),
        fault(Fault::OtherGroup, Told::Authorised("INTERNAL")),
        fault(Fault::OtherClient, Told::Verified("INTERNAL")),
        Case {
            fault: Fault::Unreachable,
            ..case("anonymous", keyless(), Told::Authorised("CREDENTIALS_MISSING"))
        },
    ]
}

/// Everything on one port, behind one authoriser.
pub(super) struct Served {
    pub(super) directory: Spy,
    pub(super) everything: Everything,
    pub(super) client: Client,
}

impl Served {
    pub(super) async fn start() -> Self {
        let (directory, everything) = (Spy::new(), Everything::default());
        // Only a silent directory is waited for.
        let authoriser =
            Authoriser::builder(directory.clone()).deadline(Duration::from_millis(20)).build();
        let grpc =
            mount(GuardedRoutes::new(authoriser.clone()), &everything).into_axum_router().unwrap();
        let http = Everything::bind(GuardedRouter::new(authoriser)).into_router().unwrap();
        let router = http.with_state(everything.clone()).merge(grpc);
        let client = Client::connect(serve(router).await).await;
        Self { directory, everything, client }
    }

    /// What came of a request to a method, with how often the directory was asked and how often a
    /// handler got to its store.
    pub(super) async fn call(
        &mut self,
        case: &Case,
        wire: Wire,
        method: &Tried,
    ) -> (Answered, [usize; 3]) {
        let path = method.policy.path();
        let message = if case.foreign { request_of(path, group(INDIVIDUAL)) } else { Vec::new() };
        let mut headers: HeaderMap = case.caller.headers();
        headers.insert(ASK, HeaderValue::from_static(case.ask));
        let prefix = if wire == Wire::Grpc { "" } else { "/http" };
        let path = format!("{prefix}{path}{}", case.behind);
        let answered = self.client.post(wire, &path, &headers, &message).await;
        let (calls, groups) = self.directory.take_calls();
        (answered, [calls, groups, self.everything.take_runs()])
    }
}

#[tokio::test]
async fn t_a10_every_method_and_every_reason_come_out_the_same_over_grpc_and_http() {
    let mut served = Served::start().await;
    let (methods, cases) = (methods(), cases());
    let mut reasons = BTreeSet::new();
    for case in &cases {
        served.directory.fail(case.fault);
        for method in &methods {
            let told = case.told.of(method);
            let row = told.map(|told| TABLE.iter().find(|(reason, ..)| *reason == told).unwrap());
            let mut effects = BTreeSet::new();
            for wire in WIRES {
                let (answered, effect) = served.call(case, wire, method).await;
                let expected = row.map(|(reason, code, status)| {
                    (if wire == Wire::Grpc { *code } else { *status }, (*reason).to_owned())
                });
                let (what, path) = (case.what, method.policy.path());
                let got = answered.denied(wire);
                assert_eq!(got, expected, "{what} ({:?}), {path}, {wire:?}", case.fault);
                effects.insert(effect);
            }
            let (what, path) = (case.what, method.policy.path());
            assert_eq!(effects.len(), 1, "{what} ({:?}), {path}: {effects:?}", case.fault);
            reasons.insert(told.unwrap_or("allow"));
        }
    }
    // Nothing of the table was left out, and there is nothing else.
    let table = TABLE.iter().map(|(reason, ..)| *reason).chain(["allow"]);
    assert_eq!(reasons, table.collect());
    assert_eq!(methods.len(), 69 + 13);
}

/// What a caller can tell one denial from another by. The id of the call differs by itself: it is
/// made before anything is looked up.
fn seen(answered: &Answered, wire: Wire) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    assert_eq!(answered.headers["x-request-id"].len(), 26);
    let differ = ["date", "x-request-id"];
    let headers = answered.headers.iter().filter(|(name, _)| !differ.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let mut body = answered.body.to_vec();
    if wire == Wire::Grpc {
        let status = answered.grpc().unwrap();
        body.extend(status.message().bytes().chain(status.details().iter().copied()));
    }
    (body, headers.collect())
}

#[tokio::test]
async fn t_h02_the_cases_under_role_required_are_equal_byte_for_byte() {
    let mut served = Served::start().await;
    let (methods, cases) = (methods(), cases());
    let alike: Vec<_> = cases
        .iter()
        .filter(|case| matches!(case.told, Told::Authorised("ROLE_REQUIRED")))
        .collect();
    assert_eq!(alike.len(), 6);
    for method in methods.iter().filter(|method| !method.is_public()) {
        for wire in WIRES {
            let mut all = BTreeSet::new();
            for case in &alike {
                let (answered, effect) = served.call(case, wire, method).await;
                all.insert((seen(&answered, wire), effect));
            }
            assert_eq!(all.len(), 1, "{}, {wire:?}: {all:?}", method.policy.path());
        }
    }
}
