//! A directory that fails in every way, under every class of method: never an allow, and never a
//! call that hangs.

use std::time::{Duration, Instant};

use meshauth_runtime::{Denial, audit::AuditEvent};
use meshauth_tests::{api::meshauth::testing::desk::v1::Note, worlds::api_key};
use tonic::{Code, Status};

use crate::{
    answers::{Caller, Rpc, assert_told, drain},
    audited::{Broken, start_audited},
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, Fault, INDIVIDUAL, Running, start,
        start_with,
    },
};

/// The classes of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Public,
    PublicStream,
    Read,
    Write,
    VerifiedRead,
    VerifiedWrite,
    ServerStream,
    VerifiedStream,
    ClientStream,
    BidirectionalStream,
}

const CLASSES: [Class; 10] = [
    Class::Public,
    Class::PublicStream,
    Class::Read,
    Class::Write,
    Class::VerifiedRead,
    Class::VerifiedWrite,
    Class::ServerStream,
    Class::VerifiedStream,
    Class::ClientStream,
    Class::BidirectionalStream,
];

impl Class {
    fn is_public(self) -> bool {
        matches!(self, Self::Public | Self::PublicStream)
    }

    fn is_verified(self) -> bool {
        matches!(self, Self::VerifiedRead | Self::VerifiedWrite | Self::VerifiedStream)
    }

    async fn call(self, server: &Running, caller: &Caller) -> Result<(), Status> {
        let mut client = server.client();
        let note = caller.request(Note::default());
        match self {
            Self::Public => client.r#match(caller.request(())).await.map(drop),
            Self::PublicStream => {
                let nothing = caller.request(tokio_stream::iter(Vec::new()));
                drain(client.echo(nothing).await?.into_inner()).await.map(drop)
            }
            Self::Read => server.get(caller, "3").await.map(drop),
            Self::Write => server.put(caller, "3", "").await.map(drop),
            Self::VerifiedRead => client.get_statement(note).await.map(drop),
            Self::VerifiedWrite => client.put_statement(note).await.map(drop),
            Self::ServerStream => server.call(Rpc::ServerStream, caller).await,
            Self::VerifiedStream => {
                drain(client.watch_statements(note).await?.into_inner()).await.map(drop)
            }
            Self::ClientStream => server.call(Rpc::ClientStream, caller).await,
            Self::BidirectionalStream => server.call(Rpc::BidirectionalStream, caller).await,
        }
    }

    /// What comes of a call of somebody who may; none if it is not touched by the fault.
    fn told(self, fault: Fault) -> Option<(Code, Denial)> {
        let unavailable = Some((Code::Unavailable, Denial::DirectoryUnavailable));
        let internal = Some((Code::Internal, Denial::Internal));
        let unverified = Some((Code::PermissionDenied, Denial::VerificationRequired));
        match fault {
            Fault::Unreachable | Fault::Silent => unavailable,
            Fault::Panics | Fault::PanicsLater | Fault::OtherApiUser | Fault::UnusableUser => {
                internal
            }
            Fault::Revoked => Some((Code::Unauthenticated, Denial::CredentialsInvalid)),
            // What follows is about groups and clients.
            _ if self.is_public() => None,
            Fault::GroupsUnreachable => unavailable,
            Fault::OtherGroup => internal,
            Fault::InconsistentGroup | Fault::Stripped => {
                Some((Code::PermissionDenied, Denial::RoleRequired))
            }
            // Two look-ups fit into the deadline, four do not.
            Fault::Slow if self.is_verified() => unavailable,
            Fault::OtherClient if self.is_verified() => internal,
            Fault::UnusableClient | Fault::Unverified if self.is_verified() => unverified,
            _ => None,
        }
    }
}

const FAULTS: [Fault; 15] = [
    Fault::Unreachable,
    Fault::Silent,
    Fault::Slow,
    Fault::Panics,
    Fault::PanicsLater,
    Fault::OtherApiUser,
    Fault::OtherGroup,
    Fault::OtherClient,
    Fault::GroupsUnreachable,
    Fault::UnusableUser,
    Fault::InconsistentGroup,
    Fault::UnusableClient,
    Fault::Revoked,
    Fault::Stripped,
    Fault::Unverified,
];

#[tokio::test]
async fn t_k01_t_k02_t_k03_t_k04_no_fault_of_the_directory_is_an_allow_under_any_class_of_method() {
    let server = start_audited(|authoriser| authoriser).await;
    for class in CLASSES {
        for fault in FAULTS {
            // The key that the directory answers instead is another one, and so is the group.
            let user = if fault == Fault::OtherApiUser { CORPORATE_ADMIN } else { BROKER_ADMIN };
            let caller = Caller::new(user, INDIVIDUAL);
            server.directory.fail(fault);
            let started = Instant::now();
            let answer = class.call(&server, &caller).await;
            // The deadline is 200 milliseconds.
            assert!(started.elapsed() < Duration::from_millis(500), "{class:?}, {fault:?}");
            let told = class.told(fault);
            match (&answer, told) {
                (Err(status), Some((code, denial))) => assert_told(status, code, denial.reason()),
                (Ok(()), None) => {}
                _ => panic!("{class:?}, {fault:?}: {answer:?}"),
            }
            assert_eq!(server.desks.take_runs(), usize::from(told.is_none()));
            let mut records = server.take().await;
            // A stream leaves one of its end as well.
            records.retain(|record| record.event != AuditEvent::End);
            let [record] = records.as_slice() else { panic!("{records:?}") };
            assert_eq!(record.event, AuditEvent::Call);
            assert_eq!(record.denial, told.map(|(_, denial)| denial), "{class:?}, {fault:?}");
            // Nothing is left of the fault.
            server.directory.fail(Fault::None);
            class.call(&server, &Caller::new(BROKER_ADMIN, INDIVIDUAL)).await.unwrap();
            server.desks.take_runs();
            server.take().await;
        }
    }
}

#[tokio::test]
async fn t_k03_a_public_call_with_a_key_is_never_anonymous_when_the_directory_fails() {
    let server = start().await;
    for fault in [Fault::Unreachable, Fault::Silent, Fault::Panics, Fault::PanicsLater] {
        server.directory.fail(fault);
        for class in [Class::Public, Class::PublicStream] {
            class.call(&server, &Caller::default()).await.unwrap();
            assert_eq!(server.desks.take_runs(), 1);
            let key = Caller::default().key(api_key(BROKER_ADMIN));
            class.call(&server, &key).await.unwrap_err();
            assert_eq!(server.desks.take_runs(), 0);
        }
    }
}

/// The caller's own time is less than the deadline: who waits is answered, with the reason, before
/// tonic (on either side) says only that the time is over.
#[tokio::test]
async fn t_i08_a_caller_that_waits_less_than_the_deadline_is_answered_in_its_time() {
    let server = start_audited(|authoriser| authoriser.deadline(Duration::from_secs(30))).await;
    server.directory.fail(Fault::Silent);
    for waits in [Duration::from_millis(200), Duration::from_millis(600)] {
        let mut request = Caller::new(BROKER_ADMIN, CORPORATE).request(Note::default());
        request.set_timeout(waits);
        let started = Instant::now();
        let status = server.client().get_desk(request).await.unwrap_err();
        assert!(started.elapsed() < waits, "{:?}", started.elapsed());
        assert_told(&status, Code::Unavailable, "DIRECTORY_UNAVAILABLE");
        let records = server.take().await;
        assert_eq!(records.len(), 1);
        assert!(records[0].latency < waits && records[0].latency >= waits.mul_f64(0.85));
    }
}

/// The deadline is less than the caller's own time.
#[tokio::test]
async fn t_i08_a_caller_that_waits_longer_is_answered_at_the_deadline() {
    let server = start().await;
    server.directory.fail(Fault::Silent);
    let mut request = Caller::new(BROKER_ADMIN, CORPORATE).request(Note::default());
    request.set_timeout(Duration::from_secs(60));
    let started = Instant::now();
    let status = server.client().get_desk(request).await.unwrap_err();
    assert_told(&status, Code::Unavailable, "DIRECTORY_UNAVAILABLE");
    assert!(started.elapsed() < Duration::from_millis(500));
}

/// Of a handler that takes too long tonic tells, and not we: its words are no denial.
#[tokio::test]
async fn the_time_of_a_handler_is_tonics_business() {
    let server = start().await;
    let mut request = Caller::new(BROKER_ADMIN, CORPORATE).request(tokio_stream::pending());
    request.metadata_mut().insert("handler", "elsewhere".parse().unwrap());
    request.set_timeout(Duration::from_millis(100));
    let status = server.client().put_desks(request).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Cancelled, "Timeout expired"));
    assert!(status.details().is_empty());
}

/// The audit keeps its own time: it is the transport that answers a caller who waits for less.
#[tokio::test]
async fn t_i08_a_caller_that_waits_less_is_not_held_up_by_a_strict_audit() {
    use meshauth_runtime::audit::Audit;
    let server = start_with(|authoriser| {
        let authoriser = authoriser.deadline(Duration::from_secs(30));
        authoriser.audit(Audit::strict(Broken::Hangs, 10))
    })
    .await;
    let mut request = Caller::new(BROKER_ADMIN, BROKER).request(Note::default());
    request.set_timeout(Duration::from_millis(300));
    let started = Instant::now();
    server.client().put_statement(request).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(server.desks.take_runs(), 0);
}
