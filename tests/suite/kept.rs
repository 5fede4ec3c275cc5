//! What is kept of a decision, and for how long (G): nothing beyond its own call, and nothing of one
//! call for another.

use std::{
    future::{Future, poll_fn},
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use meshauth_runtime::{
    Authoriser, Client, Credential, Denial, Directory, Entity, Group, GroupName, Lookup, Miss,
    Revocation, tonic::GuardedRoutes,
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{
        Desk, Note,
        desk_service_client::DeskServiceClient,
        desk_service_guard::{Guard, method},
    },
    worlds::group_name,
};
use tokio::task::JoinHandle;
use tonic::{
    Status,
    transport::{Channel, Server},
};

use crate::{
    answers::{Caller, drain},
    lasting::until,
    service::{
        BROKER, BROKER_ADMIN, CORPORATE, CORPORATE_ADMIN, Desks, Fault, INDIVIDUAL, Spy, connect,
        group,
    },
};

/// A caller decides how long it waits (`grpc-timeout: 1n`), and so where a decision is dropped.
#[tokio::test(start_paused = true)]
async fn t_g02_a_decision_that_is_dropped_at_any_point_is_the_answer_of_no_other() {
    let directory = Spy::new();
    let authoriser = Authoriser::new(directory.clone());
    let decide = async |fault| {
        directory.fail(fault);
        let mut headers = Caller::new(BROKER_ADMIN, INDIVIDUAL).headers();
        authoriser.authorise::<method::PutStatement>(&mut headers).await.map(drop)
    };
    let mut ended = 0;
    for polls in 0..10 {
        for (before, after, told) in [
            (Fault::Slow, Fault::Revoked, Err(Denial::CredentialsInvalid)),
            (Fault::Slow, Fault::Stripped, Err(Denial::RoleRequired)),
            (Fault::Silent, Fault::None, Ok(())),
        ] {
            directory.fail(before);
            let mut headers = Caller::new(BROKER_ADMIN, INDIVIDUAL).headers();
            let mut dropped = Box::pin(authoriser.authorise::<method::PutStatement>(&mut headers));
            for _ in 0..polls {
                if poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_ready())).await {
                    ended += 1;
                    break;
                }
                tokio::time::advance(Duration::from_millis(81)).await;
            }
            drop(dropped);
            assert_eq!(decide(after).await, told, "after {polls} polls");
        }
    }
    // Every point at which it can be dropped was reached.
    assert!(ended > 0);
}

/// A directory that forgets one group, or one key.
#[derive(Clone)]
struct Forgetful {
    spy: Spy,
    group: Arc<Mutex<Option<GroupName>>>,
    key: Arc<Mutex<Option<Credential>>>,
}

impl Directory for Forgetful {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        if self.key.lock().unwrap().as_ref() == Some(credential) {
            return Lookup::now(Err(Miss::Unknown));
        }
        self.spy.entity(credential)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        if *self.group.lock().unwrap() == Some(name) {
            return Lookup::now(Err(Miss::Unknown));
        }
        self.spy.group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.spy.client(home)
    }
}

type Open = JoinHandle<Result<(), Status>>;

/// Opens a stream that says nothing, of this caller.
fn open(channel: &Channel, caller: &Caller, statements: bool) -> Open {
    let mut client = DeskServiceClient::new(channel.clone());
    let note = caller.request(Note { text: "idle".to_owned() });
    tokio::spawn(async move {
        if statements {
            drain(client.watch_statements(note).await?.into_inner()).await.map(drop)
        } else {
            drain(client.watch_desks(note).await?.into_inner()).await.map(drop)
        }
    })
}

/// Calls that ask the same share one question and one answer. Those that differ in the method, the
/// key or the group alone do not.
#[tokio::test]
async fn t_g03_calls_that_differ_in_one_thing_share_no_answer() {
    let directory = Forgetful { spy: Spy::new(), group: Arc::default(), key: Arc::default() };
    let desks = Desks::default();
    let authoriser = Authoriser::new(directory.clone());
    let routes = GuardedRoutes::new(authoriser.clone()).add(Guard::new(desks.clone()));
    let server = Server::builder().add_routes(routes.into_routes().unwrap());
    let (_, channel) = connect(|incoming| server.serve_with_incoming(incoming)).await;

    let admin = Caller::new(BROKER_ADMIN, CORPORATE);
    let mut first = open(&channel, &admin, false);
    let other_group = open(&channel, &Caller::new(BROKER_ADMIN, INDIVIDUAL), false);
    let other_key = open(&channel, &Caller::new(CORPORATE_ADMIN, CORPORATE), false);
    let other_method = open(&channel, &admin, true);
    until(|| desks.lasting.alive() == 4).await;

    // Each change ends one of them. All are asked again.
    let announce = || authoriser.revocations().announce(Revocation::Everything);
    *directory.group.lock().unwrap() = Some(group(INDIVIDUAL));
    announce();
    assert_eq!(other_group.await.unwrap().unwrap_err().code(), tonic::Code::PermissionDenied);
    assert_eq!(desks.lasting.alive(), 3);

    let key = Caller::new(CORPORATE_ADMIN, CORPORATE).credential();
    *directory.key.lock().unwrap() = Some(key);
    announce();
    assert_eq!(other_key.await.unwrap().unwrap_err().code(), tonic::Code::Unauthenticated);
    assert_eq!(desks.lasting.alive(), 2);

    directory.spy.fail(Fault::Unverified);
    announce();
    assert_eq!(other_method.await.unwrap().unwrap_err().code(), tonic::Code::PermissionDenied);
    let lives = tokio::time::timeout(Duration::from_millis(50), &mut first).await;
    assert!(lives.is_err(), "{lives:?}");
}

/// The grants are looked up first, then the group: a change between the two is no mixture of both.
#[tokio::test]
async fn t_g05_grants_from_before_a_change_meet_no_group_from_after_it() {
    let server = crate::service::start().await;
    let (directory, authoriser) = (server.directory.clone(), server.authoriser.clone());
    server.directory.meanwhile(move || {
        directory.fail(Fault::Stripped);
        authoriser.revocations().announce(Revocation::Everything);
    });
    let status = server.get(&Caller::new(BROKER_ADMIN, CORPORATE), "2").await.unwrap_err();
    crate::answers::assert_told(&status, tonic::Code::PermissionDenied, "ROLE_REQUIRED");
    assert_eq!(server.desks.runs(), 0);
}

/// A resource states the path that it was stored with. When its group has moved, that is what a READ
/// goes by until the rows are brought up to date; a WRITE asks for the owner alone.
#[tokio::test]
async fn t_g07_a_read_goes_by_the_stored_path_and_a_write_by_the_owner() {
    let authoriser = Authoriser::new(Spy::new());
    // Once below the corporate client, and not any more.
    let moved = Desk {
        name: "moved".to_owned(),
        owner: group_name(INDIVIDUAL),
        owners: [BROKER, CORPORATE, INDIVIDUAL].map(group_name).to_vec(),
    };
    let mut headers = Caller::new(BROKER_ADMIN, CORPORATE).headers();
    let reads = authoriser.authorise::<method::GetDesk>(&mut headers).await.unwrap();
    assert!(reads.scope().permit(Some(moved.clone())).is_ok());
    let mut headers = Caller::new(BROKER_ADMIN, CORPORATE).headers();
    let writes = authoriser.authorise::<method::PutDesk>(&mut headers).await.unwrap();
    assert_eq!(writes.scope().permit(Some(moved)), Err(Denial::ResourceNotOwned));
}
