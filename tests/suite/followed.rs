//! Calls that are decided by a copy of a directory: they are as old as the copy, and a change of it
//! is felt by those whom it concerns.

use std::time::{Duration, Instant};

use meshauth_runtime::{
    Authoriser, Credential, Entity, EntityName, Grant, GroupName, KeyDigest, RoleNumber, View,
    World,
    directory::{Update, ViewWriter},
    tonic::GuardedRoutes,
};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{
        Note, desk_service_client::DeskServiceClient, desk_service_guard::Guard,
    },
    worlds::{api_key, key_sha256},
};
use tokio::{
    task::JoinHandle,
    time::{self, timeout},
};
use tonic::{Code, Status, transport::Server};

use crate::{
    answers::{Caller, assert_told},
    lasting::until,
    service::{Desks, connect},
};

const ROOT: GroupName = GroupName::from_ulid(1);
const LEFT: GroupName = GroupName::from_ulid(2);
const RIGHT: GroupName = GroupName::from_ulid(3);
const BOUND: Duration = Duration::from_secs(2);

fn viewer() -> RoleNumber {
    RoleNumber::new(5_000_001).unwrap()
}

/// Two callers, each with a role in a group of its own below the root.
fn entity(number: u8, group: GroupName) -> Entity {
    let key: KeyDigest = key_sha256(api_key(usize::from(number)).as_bytes()).parse().unwrap();
    Entity::new(EntityName::api_user(number.into()), group)
        .with_credential(Credential::from(key))
        .with_grants([Grant::new(group, viewer())])
}

fn world() -> World {
    let mut world = World::new();
    world.add_group(ROOT, None);
    for (number, group) in [(1, LEFT), (2, RIGHT)] {
        world.add_group(group, Some(ROOT));
        world.add_entity(entity(number, group));
    }
    world
}

struct Followed {
    writer: ViewWriter,
    desks: Desks,
    streams: [JoinHandle<Status>; 2],
}

impl Followed {
    /// A server whose copy was known to be the truth so long ago, with a stream of each caller.
    async fn start(age: Duration) -> Self {
        let mut writer = ViewWriter::new();
        let known = Instant::now().checked_sub(age).unwrap();
        writer.replace(View::new(&world()).unwrap(), known);
        let desks = Desks::default();
        // No look-up is waited for, so that how long one may take is nothing to it.
        let authoriser = Authoriser::builder(writer.view());
        let authoriser = authoriser.deadline(BOUND * 2).max_decision_age(BOUND).build();
        let routes = GuardedRoutes::new(authoriser).add(Guard::new(desks.clone()));
        let server = Server::builder().add_routes(routes.into_routes().unwrap());
        let (_, channel) = connect(|incoming| server.serve_with_incoming(incoming)).await;
        let streams = [(1, LEFT), (2, RIGHT)].map(|(number, group)| {
            let mut client = DeskServiceClient::new(channel.clone());
            let caller = Caller::default().key(api_key(number)).group(group.to_string());
            tokio::spawn(async move {
                let idle = caller.request(Note { text: "idle".to_owned() });
                match client.watch_desks(idle).await {
                    Ok(stream) => stream.into_inner().message().await.unwrap_err(),
                    Err(status) => status,
                }
            })
        });
        until(|| desks.lasting.alive() == 2).await;
        Self { writer, desks, streams }
    }

    /// The stream of the first caller ends so, and that of the second goes on.
    async fn ends_the_first(self, code: Code, reason: &str) {
        let Self { mut writer, desks, streams: [first, second] } = self;
        let status = timeout(BOUND / 2, first).await.expect("it goes on").unwrap();
        assert_told(&status, code, reason);
        // Longer than anything lives that is not said to be true still.
        for _ in 0..15 {
            writer.update(&Update::new(), Instant::now()).unwrap();
            time::sleep(BOUND / 10).await;
        }
        assert!(!second.is_finished());
        assert_eq!(desks.lasting.alive(), 1);
    }
}

/// One age, and not that of the copy and another one of the decision.
#[tokio::test]
async fn t_o04_a_stream_ends_when_its_copy_is_as_old_as_a_decision_may_be() {
    let followed = Followed::start(BOUND / 2).await;
    let began = Instant::now();
    for stream in followed.streams {
        let status = timeout(BOUND * 2, stream).await.expect("it goes on").unwrap();
        assert_told(&status, Code::Unavailable, "DIRECTORY_UNAVAILABLE");
    }
    let took = began.elapsed();
    assert!(took < BOUND * 3 / 4, "{took:?}");
}

#[tokio::test]
async fn a_caller_that_is_gone_loses_its_streams_and_no_other_does() {
    let mut followed = Followed::start(Duration::ZERO).await;
    let mut update = Update::new();
    update.remove_entity(EntityName::api_user(1));
    followed.writer.update(&update, Instant::now()).unwrap();
    followed.ends_the_first(Code::Unauthenticated, "CREDENTIALS_INVALID").await;
}

#[tokio::test]
async fn a_group_that_is_moved_takes_its_streams_along() {
    let mut followed = Followed::start(Duration::ZERO).await;
    // The grant is in a group between, from which the executing group is moved away.
    let mut update = Update::new();
    let between = GroupName::from_ulid(4);
    update.put_group(between, Some(ROOT));
    update.put_group(LEFT, Some(between));
    update.put_entity(entity(1, LEFT).with_grants([Grant::new(between, viewer())]));
    followed.writer.update(&update, Instant::now()).unwrap();
    time::sleep(BOUND / 4).await;
    assert!(followed.streams.iter().all(|stream| !stream.is_finished()));

    let mut update = Update::new();
    update.put_group(LEFT, Some(ROOT));
    followed.writer.update(&update, Instant::now()).unwrap();
    followed.ends_the_first(Code::PermissionDenied, "ROLE_REQUIRED").await;
}

/// A record that is put as it was is no reason to refuse anybody.
#[tokio::test]
async fn a_change_that_changes_nothing_ends_nothing() {
    let mut followed = Followed::start(Duration::ZERO).await;
    let mut update = Update::new();
    update.put_group(LEFT, Some(ROOT));
    update.put_entity(entity(1, LEFT));
    for _ in 0..15 {
        followed.writer.update(&update, Instant::now()).unwrap();
        time::sleep(BOUND / 10).await;
    }
    assert!(followed.streams.iter().all(|stream| !stream.is_finished()));
}
