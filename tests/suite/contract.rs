//! The directories of the runtime against the contract of directories.

use std::{
    fs,
    future::Future,
    path::PathBuf,
    sync::Arc,
    time::{Instant, SystemTime},
};

use meshauth_runtime::{
    Client, Credential, Directory, Entity, EntityState, Group, GroupName, Lookup, MemoryDirectory,
    View, World,
    directory::{JsonDirectory, LiveView, Update, ViewWriter},
};
use meshauth_testing::{DirectoryFixture, assert_directory_holds};
use serde_json::{Value, json};
use tempfile::TempDir;

struct InMemory;

impl DirectoryFixture for InMemory {
    type Directory = MemoryDirectory;

    async fn open(&mut self, world: &World) -> MemoryDirectory {
        MemoryDirectory::new(world.clone()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_in_memory_holds_to_the_contract() {
    assert_directory_holds(&mut InMemory).await;
}

#[derive(Default)]
struct Followed(ViewWriter);

impl DirectoryFixture for Followed {
    type Directory = LiveView;

    async fn open(&mut self, world: &World) -> LiveView {
        self.0.replace(View::new(world).unwrap(), Instant::now());
        self.0.view()
    }

    async fn change(&mut self, before: &World, after: &World) -> bool {
        self.0.update(&Update::between(before, after), Instant::now()).unwrap();
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_that_is_updated_holds_to_the_contract() {
    assert_directory_holds(&mut Followed::default()).await;
}

struct InFile(TempDir);

impl InFile {
    fn path(&self) -> PathBuf {
        self.0.path().join("directory.json")
    }

    /// As one change: it is complete before it has the name.
    fn write(&self, world: &World) {
        let written = self.0.path().join("written");
        fs::write(&written, text(world)).unwrap();
        fs::rename(written, self.path()).unwrap();
    }
}

impl DirectoryFixture for InFile {
    type Directory = JsonDirectory;

    async fn open(&mut self, world: &World) -> JsonDirectory {
        self.write(world);
        JsonDirectory::open(self.path()).unwrap()
    }

    async fn change(&mut self, _: &World, after: &World) -> bool {
        self.write(after);
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_in_a_file_holds_to_the_contract() {
    assert_directory_holds(&mut InFile(TempDir::new().unwrap())).await;
}

fn text(world: &World) -> String {
    let groups = world.groups().iter().map(|(name, owner)| match owner {
        Some(owner) => json!({ "name": name.to_string(), "owner": owner.to_string() }),
        None => json!({ "name": name.to_string() }),
    });
    let clients = world.clients().iter().map(|client| {
        json!({
            "name": client.name().to_string(),
            "owner": client.owner().to_string(),
            "type": client.client_type().name(),
            "verification_status": client.status().name(),
        })
    });
    json!({
        "groups": groups.collect::<Vec<_>>(),
        "entities": world.entities().iter().map(entity).collect::<Vec<_>>(),
        "clients": clients.collect::<Vec<_>>(),
    })
    .to_string()
}

fn entity(entity: &Entity) -> Value {
    let state = if entity.state() == EntityState::Active { "ACTIVE" } else { "INACTIVE" };
    let credentials = entity.credentials().map(|(credential, validity)| {
        let Credential::ApiKey(key) = credential else { panic!("no key") };
        let mut row =
            json!({ "key_sha256": key.as_bytes().map(|byte| format!("{byte:02x}")).concat() });
        for (field, time) in
            [("valid_from", validity.valid_from()), ("valid_until", validity.valid_until())]
        {
            if let Some(time) = time {
                row[field] = rfc3339(time).into();
            }
        }
        row
    });
    json!({
        "name": entity.name().to_string(),
        "owner": entity.owner().to_string(),
        "state": state,
        "credentials": credentials.collect::<Vec<_>>(),
        "roles": entity.grants().iter().map(|grant| grant.to_string()).collect::<Vec<_>>(),
    })
}

fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).unwrap().to_string()
}

/// Answers look-ups one by one, as a simple one does that asks a database for each record: between
/// them, the world may change.
struct OneByOne(LiveView);

impl Directory for OneByOne {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        let answer = self.0.entity(credential);
        Lookup::later(later(answer))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::later(async move { later(self.0.group(name)).await })
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        let answer = self.0.client(home);
        Lookup::later(later(answer))
    }
}

/// After another task had its turn.
async fn later<T>(answer: impl Future<Output = T>) -> T {
    let answer = answer.await;
    tokio::task::yield_now().await;
    answer
}

#[derive(Default)]
struct Torn(Followed);

impl DirectoryFixture for Torn {
    type Directory = OneByOne;

    async fn open(&mut self, world: &World) -> OneByOne {
        OneByOne(self.0.open(world).await)
    }

    async fn change(&mut self, before: &World, after: &World) -> bool {
        self.0.change(before, after).await
    }
}

/// What others leave to discipline: the contract finds it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "decisions saw half of a change")]
async fn g05_a_directory_whose_decisions_can_see_half_of_a_change_breaks_the_contract() {
    assert_directory_holds(&mut Torn::default()).await;
}
