//! A world that is written down in a few lines.

use meshauth_runtime::{
    Authoriser, Client, ClientName, ClientType, Entity, EntityName, EntityState, Grant, GroupName,
    MemoryDirectory, Resource, RoleNumber, VerificationStatus, World,
};

use crate::key::TestKey;

/// An API user of a [`TestWorld`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TestUser(usize);

impl TestUser {
    /// Its name.
    #[must_use]
    pub fn name(self) -> EntityName {
        EntityName::api_user(ulid(self.0))
    }

    pub(super) fn key(self) -> TestKey {
        TestKey::of_user(self.0)
    }
}

/// Groups, API users and clients for a test.
///
/// Names count up from 1, so that those in a failing test can be told apart. Keys are made of the
/// place of an API user in its world: the same in every run, and never shown. A clone is a world
/// that goes its own way, with all that was made before.
///
/// ```
/// use meshauth_runtime::{Role, VerificationStatus};
/// use meshauth_testing::TestWorld;
///
/// const TRADER: Role<'_> = Role::new(7, "ROLE_TRADER");
///
/// let mut world = TestWorld::new();
/// let broker = world.group();
/// let desk = world.group_below(broker);
/// world.client(broker, VerificationStatus::Verified);
/// let bot = world.api_user(desk);
/// world.grant(bot, desk, TRADER);
///
/// // For a server on a socket.
/// let authoriser = world.authoriser();
/// let headers = world.headers(bot, desk);
/// assert!(headers["x-api-key"].is_sensitive());
/// ```
///
/// # Panics
/// All methods, if they are given a group or an API user that the world does not have.
#[derive(Debug, Clone, Default)]
pub struct TestWorld(World);

impl TestWorld {
    /// A world without anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a group without a parent.
    pub fn group(&mut self) -> GroupName {
        self.add_group(None)
    }

    /// Adds a group below this one.
    #[track_caller]
    pub fn group_below(&mut self, parent: GroupName) -> GroupName {
        self.assert_known(parent);
        self.add_group(Some(parent))
    }

    fn add_group(&mut self, owner: Option<GroupName>) -> GroupName {
        let name = GroupName::from_ulid(ulid(self.0.groups().len()));
        self.0.add_group(name, owner);
        name
    }

    /// Adds an active API user, owned by this group: where it may do what is for
    /// [`TestWorld::grant`] to say.
    #[track_caller]
    pub fn api_user(&mut self, owner: GroupName) -> TestUser {
        self.assert_known(owner);
        let user = TestUser(self.0.entities().len());
        self.0.add_entity(Entity::new(user.name(), owner).with_credential(user.key().digest()));
        user
    }

    /// Grants the API user a role, in this group and in every group below it.
    #[track_caller]
    pub fn grant(&mut self, user: TestUser, group: GroupName, role: impl Into<RoleNumber>) {
        self.assert_known(group);
        let grant = Grant::new(group, role.into());
        self.change(user, |entity| {
            let grants: Vec<Grant> = entity.grants().iter().chain([grant]).collect();
            entity.with_grants(grants)
        });
    }

    /// Takes all its grants from the API user.
    #[track_caller]
    pub fn revoke(&mut self, user: TestUser) {
        self.change(user, |entity| entity.with_grants([]));
    }

    /// Makes the API user inactive.
    #[track_caller]
    pub fn deactivate(&mut self, user: TestUser) {
        self.change(user, |entity| entity.with_state(EntityState::Inactive));
    }

    /// Gives the group a client, or another status to the one that it has.
    #[track_caller]
    pub fn client(&mut self, owner: GroupName, status: VerificationStatus) -> ClientName {
        self.assert_known(owner);
        let mut clients = self.0.clients_mut().iter_mut();
        if let Some(client) = clients.find(|client| client.owner() == owner) {
            *client = client.with_status(status);
            return client.name();
        }
        let name = ClientName::from_ulid(ulid(self.0.clients().len()));
        self.0.add_client(Client::new(name, owner, ClientType::Company, status));
        name
    }

    /// What a directory holds of this world: for one of your own, which is to be tested, too.
    #[must_use]
    pub fn records(&self) -> World {
        self.0.clone()
    }

    /// A directory of this world as it is now.
    ///
    /// # Panics
    /// If a group is deeper than [`MAX_OWNERS`](meshauth_runtime::MAX_OWNERS).
    #[must_use]
    #[track_caller]
    pub fn directory(&self) -> MemoryDirectory {
        match MemoryDirectory::new(self.records()) {
            Ok(directory) => directory,
            Err(error) => panic!("the world is no directory: {error}"),
        }
    }

    /// An authoriser that decides by this world as it is now.
    #[must_use]
    #[track_caller]
    pub fn authoriser(&self) -> Authoriser {
        Authoriser::new(self.directory())
    }

    /// Something that the group owns: to hold against a scope, or to fill a message from.
    #[must_use]
    #[track_caller]
    pub fn resource(&self, owner: GroupName) -> TestResource {
        self.assert_known(owner);
        let parent = |name: &GroupName| {
            let groups = self.0.groups();
            groups.iter().find(|(group, _)| group == name).and_then(|(_, owner)| *owner)
        };
        let mut owners: Vec<_> = std::iter::successors(Some(owner), parent).collect();
        owners.reverse();
        TestResource {
            owner: owner.to_string(),
            owners: owners.iter().map(ToString::to_string).collect(),
        }
    }

    #[track_caller]
    fn change(&mut self, user: TestUser, change: impl FnOnce(Entity) -> Entity) {
        self.assert_user(user);
        let record = &mut self.0.entities_mut()[user.0];
        *record = change(record.clone());
    }

    #[track_caller]
    pub(super) fn assert_user(&self, user: TestUser) {
        assert!(user.0 < self.0.entities().len(), "{} is of another world", user.name());
    }

    #[track_caller]
    fn assert_known(&self, group: GroupName) {
        let known = self.0.groups().iter().any(|(known, _)| *known == group);
        assert!(known, "{group} is of another world");
    }
}

/// Names count up from 1.
fn ulid(index: usize) -> u128 {
    index as u128 + 1
}

/// Something that a group of a [`TestWorld`] owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResource {
    owner: String,
    owners: Vec<String>,
}

// Whoever forgets a resource of their own is not to be told of this one.
#[diagnostic::do_not_recommend]
impl Resource for TestResource {
    fn owner(&self) -> &str {
        &self.owner
    }

    fn owners(&self) -> &[String] {
        &self.owners
    }
}
