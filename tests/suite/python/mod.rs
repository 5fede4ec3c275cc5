//! What a client in another language reads of a denial: Python, by grpcio's own ways.

mod client;

use meshauth_runtime::{DOMAIN, Denial, Method, audit::Audit};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_guard::method},
    worlds::api_key,
};
use serde_json::{Value, json};

use self::client::{Call, Python};
use crate::{
    answers::Caller,
    asked_for,
    audited::Broken,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_VIEWER, Fault, INDIVIDUAL, UNVERIFIED,
        WITHOUT_ROLE, sent, start, start_with,
    },
};

const GET_DESK: &str = <method::GetDesk as Method>::POLICY.path();
const GET_STATEMENT: &str = <method::GetStatement as Method>::POLICY.path();
const PUT_DESK: &str = <method::PutDesk as Method>::POLICY.path();
const WATCH_DESKS: &str = <method::WatchDesks as Method>::POLICY.path();

/// The desk of this group, by its name.
fn get_desk(caller: Caller, desk: usize) -> Call {
    Call::new(GET_DESK, caller, &Note { text: desk.to_string() })
}

/// Each denial of a call that its caller and the directory decide.
fn denied() -> Vec<(Denial, Fault, Call)> {
    let nobody = || Caller::default();
    let admin = || Caller::default().key(api_key(BROKER_ADMIN));
    let viewer = || Caller::new(CORPORATE_VIEWER, CORPORATE);
    let get = |caller| get_desk(caller, CORPORATE);
    let statement = Call::new(GET_STATEMENT, Caller::new(UNVERIFIED, INDIVIDUAL), &Note::default());
    let elsewhere = Call::new(PUT_DESK, Caller::new(BROKER_ADMIN, CORPORATE), &sent(INDIVIDUAL));
    let unknown = Call::new("/no.such.Service/Method", viewer(), &Note::default());
    let ok = Fault::None;
    vec![
        (Denial::CredentialsMissing, ok, get(nobody())),
        (Denial::CredentialsInvalid, ok, get(nobody().key("short"))),
        (Denial::GroupMissing, ok, get(admin())),
        (Denial::GroupMalformed, ok, get(admin().group("groups/1"))),
        (Denial::RoleRequired, ok, get(Caller::new(WITHOUT_ROLE, BROKER))),
        (Denial::VerificationRequired, ok, statement),
        (Denial::ResourceNotFound, ok, get_desk(viewer(), INDIVIDUAL)),
        (Denial::ResourceNotOwned, ok, elsewhere),
        (Denial::MethodUnknown, ok, unknown),
        (Denial::DirectoryUnavailable, Fault::Unreachable, get(viewer())),
        (Denial::Internal, Fault::Panics, get(viewer())),
    ]
}

/// What the table says of a denial.
fn expected(denial: Denial) -> Value {
    json!({
        "code": denial.grpc_code(),
        "message": denial.message(),
        "reason": denial.reason(),
        "domain": DOMAIN,
    })
}

#[tokio::test]
async fn a_python_client_reads_the_reason_of_each_denial() {
    if !asked_for("MESHAUTH_PYTHON", "python3 with grpcio-status") {
        return;
    }
    let server = start().await;
    let mut python = Python::start(server.address);
    let viewer = || Caller::new(CORPORATE_VIEWER, CORPORATE);
    assert_eq!(python.read(&get_desk(viewer(), CORPORATE)).await, "allowed");
    let mut read = Vec::new();
    for (denial, fault, call) in denied() {
        server.directory.fail(fault);
        read.push((denial, python.read(&call).await));
    }
    server.directory.fail(Fault::None);
    server.authoriser.end_streams();
    let watch = Call::new(WATCH_DESKS, viewer(), &Note { text: "idle".to_owned() });
    read.push((Denial::ShuttingDown, python.read(&watch.streams()).await));

    let server = start_with(|authoriser| authoriser.audit(Audit::strict(Broken::Fails, 8))).await;
    let write = Call::new(PUT_DESK, Caller::new(BROKER_ADMIN, CORPORATE), &sent(CORPORATE));
    read.push((Denial::AuditUnavailable, Python::start(server.address).read(&write).await));

    for denial in Denial::ALL {
        let read: Vec<_> =
            read.iter().filter(|(of, _)| of == denial).map(|(_, read)| read).collect();
        assert_eq!(read, [&expected(*denial)], "{denial:?}");
    }
}
