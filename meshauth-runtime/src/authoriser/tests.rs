//! Faults of the directory in each of the look-ups of a decision.

use futures_util::FutureExt;
use tokio::time;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::*;
use crate::{
    credential::{ApiKey, Credential, KeyDigest, Validity},
    decision::EntityFinding,
    directory::{Lookup, Update, View, ViewWriter, World},
    names::{ClientName, EntityName, GroupName},
    policy::{Operation, Role, ServicePolicy},
    records::{Client, ClientType, Entity, EntityState, Grant, Group, Miss, VerificationStatus},
    scope::Read,
};

const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
const ROOT: GroupName = GroupName::from_ulid(1);
const HOME: GroupName = GroupName::from_ulid(2);
const OTHER: GroupName = GroupName::from_ulid(3);

static POLICY: MethodPolicy =
    MethodPolicy::authorised("/p.S/M", Operation::Read, &[Role::new(7, "ROLE_SEVEN")]).verified();

static SERVICE: ServicePolicy = ServicePolicy::new("p.S", "0", &[&POLICY], &[]);

struct M;

impl Method for M {
    const POLICY: &'static MethodPolicy = &POLICY;
    const SERVICE: &'static ServicePolicy = &SERVICE;
    type Kind = Read;
    type Access = Authorised<Self>;
}

/// How a look-up goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Error,
    Silence,
    Panic,
    PanicLater,
    Another,
    Unknown,
    Unusable,
    /// Not wrong, but it takes this many milliseconds.
    Slow(u64),
}

/// The entity, the executing group, the group that owns the entity, the client: look-ups 0 to 3.
struct Faulty {
    at: Option<usize>,
    fault: Fault,
    asked: AtomicUsize,
}

impl Faulty {
    fn lookup<T: Send + 'static>(&self, right: T, other: T) -> Lookup<'_, T> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        if self.at.is_some_and(|at| at != asked) {
            return Lookup::now(Ok(right));
        }
        match self.fault {
            Fault::Error => Lookup::now(Err(Miss::unavailable("refused"))),
            Fault::Silence => Lookup::later(std::future::pending()),
            Fault::Panic => panic!("as the test asks"),
            Fault::PanicLater => Lookup::later(async { panic!("as the test asks") }),
            Fault::Another => Lookup::now(Ok(other)),
            Fault::Unknown => Lookup::now(Err(Miss::Unknown)),
            Fault::Unusable => Lookup::later(async { Err(Miss::Unusable) }),
            Fault::Slow(milliseconds) => Lookup::later(async move {
                time::sleep(Duration::from_millis(milliseconds)).await;
                Ok(right)
            }),
        }
    }
}

fn entity(credential: Credential) -> Arc<Entity> {
    let granted: Grant = "groups/00000000000000000000000001/roles/7".parse().unwrap();
    let entity = Entity::new(EntityName::api_user(1), HOME);
    Arc::new(entity.with_credential(credential).with_grants([granted]))
}

fn group(name: GroupName) -> Arc<Group> {
    let (owner, owners): (_, &[_]) = if name == ROOT { (None, &[]) } else { (Some(ROOT), &[ROOT]) };
    Arc::new(Group::new(name, owner, owners).unwrap())
}

fn client(owner: GroupName) -> Client {
    let name = ClientName::from_ulid(1);
    Client::new(name, owner, ClientType::Company, VerificationStatus::Verified)
}

impl Directory for Faulty {
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        let other = KeyDigest::from_bytes([0; 32]).into();
        self.lookup(entity(credential.clone()), entity(other))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.lookup(group(name), group(OTHER))
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        self.lookup(client(ROOT), client(OTHER))
    }
}

/// What a caller in the root is told; with the look-ups that were made.
async fn told(at: Option<usize>, fault: Fault, deadline: Duration) -> (Option<Denial>, usize) {
    let directory = Arc::new(Faulty { at, fault, asked: AtomicUsize::new(0) });
    let authoriser = Authoriser::builder(directory.clone()).deadline(deadline).build();
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", KEY.parse().unwrap());
    headers.insert("x-group", ROOT.to_string().parse().unwrap());
    assert!(ApiKey::parse(KEY.as_bytes()).is_ok());
    let denial = authoriser.authorise::<M>(&mut headers).await.err();
    (denial, directory.asked.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn t_k01_t_k02_t_k04_no_fault_of_any_look_up_is_an_allow() {
    use Denial::{CredentialsInvalid, RoleRequired, VerificationRequired};
    use Denial::{DirectoryUnavailable as Unavailable, Internal};
    for (fault, told_at) in [
        (Fault::Error, [Unavailable; 4]),
        (Fault::Silence, [Unavailable; 4]),
        (Fault::Panic, [Internal; 4]),
        (Fault::PanicLater, [Internal; 4]),
        (Fault::Another, [Internal; 4]),
        (
            Fault::Unknown,
            [CredentialsInvalid, RoleRequired, VerificationRequired, VerificationRequired],
        ),
        (Fault::Unusable, [Internal, RoleRequired, VerificationRequired, VerificationRequired]),
    ] {
        for (at, denial) in told_at.into_iter().enumerate() {
            let told = told(Some(at), fault, DEFAULT_DEADLINE).await;
            // The look-up that fails is the last one.
            assert_eq!(told, (Some(denial), at + 1), "{fault:?} at {at}");
        }
    }
    assert_eq!(told(Some(9), Fault::Panic, DEFAULT_DEADLINE).await, (None, 4));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_for_all_look_ups_together() {
    let deadline = Duration::from_secs(1);
    assert_eq!(told(None, Fault::Slow(240), deadline).await, (None, 4));
    let late = told(None, Fault::Slow(260), deadline).await;
    assert_eq!(late, (Some(Denial::DirectoryUnavailable), 4));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_no_clock_can_express_is_far_away() {
    assert_eq!(told(None, Fault::Slow(5000), Duration::MAX).await, (None, 4));
    let none = told(None, Fault::Slow(1), Duration::ZERO).await;
    assert_eq!(none, (Some(Denial::DirectoryUnavailable), 1));
}

#[tokio::test]
async fn t_c05_an_access_whose_records_are_gone_may_grant_nothing() {
    let world = |groups: &[GroupName], entity: EntityName| {
        let mut world = World::new();
        for group in groups {
            world.add_group(*group, None);
        }
        let digest = ApiKey::parse(KEY.as_bytes()).unwrap().digest();
        let grants = groups.iter().map(|group| Grant::new(*group, Role::new(7, "ROLE").into()));
        world
            .add_entity(Entity::new(entity, groups[0]).with_credential(digest).with_grants(grants));
        world.add_client(client(groups[0]));
        world
    };
    let caller = EntityName::api_user(1);
    let seven = Role::new(7, "ROLE").number();
    for (after, may) in [
        (world(&[ROOT], caller), true),
        (world(&[OTHER], caller), false),
        (world(&[ROOT], EntityName::api_user(2)), false),
    ] {
        let mut writer = ViewWriter::new();
        writer.replace(View::new(&world(&[ROOT], caller)).unwrap(), now());
        let authoriser = Authoriser::new(writer.view());
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", KEY.parse().unwrap());
        headers.insert("x-group", ROOT.to_string().parse().unwrap());
        let access = authoriser.authorise::<M>(&mut headers).await.unwrap();
        assert!(access.may_grant(&group(ROOT), seven));
        writer.replace(View::new(&after).unwrap(), now());
        assert_eq!(access.may_grant(&group(ROOT), seven), may);
        assert!(!access.may_grant(&Group::new(OTHER, None, &[]).unwrap(), seven));
    }
}

/// By the clock that tests can stop.
fn now() -> std::time::Instant {
    time::Instant::now().into_std()
}

fn world_of_one() -> World {
    let mut world = World::new();
    world.add_group(ROOT, None);
    world.add_client(client(ROOT));
    let grant = Grant::new(ROOT, Role::new(7, "ROLE").into());
    let entity = Entity::new(EntityName::api_user(1), ROOT);
    world.add_entity(entity.with_credential(digest(KEY)).with_grants([grant]));
    world
}

#[tokio::test(start_paused = true)]
async fn t_o04_a_view_decides_until_it_is_as_old_as_a_decision_may_be() {
    let bound = DEFAULT_DECISION_AGE;
    let mut writer = ViewWriter::new();
    let authoriser = Authoriser::new(writer.view());
    let unavailable = Some(Denial::DirectoryUnavailable);
    assert_eq!(told_by(&authoriser, KEY), unavailable, "before the first view");
    assert_eq!(writer.view().age(), None);

    // It came late: its age counts from before it was asked for.
    let asked = now();
    time::advance(bound / 2).await;
    writer.replace(View::new(&world_of_one()).unwrap(), asked);
    assert_eq!(writer.view().age(), Some(bound / 2));
    assert_eq!(told_by(&authoriser, KEY), None);
    time::advance(bound / 4).await;
    assert_eq!(told_by(&authoriser, KEY), None);
    time::advance(bound / 4).await;
    assert_eq!(told_by(&authoriser, KEY), unavailable);

    writer.update(&Update::new(), now()).unwrap();
    assert_eq!(told_by(&authoriser, KEY), None);
    let mut update = Update::new();
    update.remove_entity(EntityName::api_user(1));
    writer.update(&update, now()).unwrap();
    assert_eq!(told_by(&authoriser, KEY), Some(Denial::CredentialsInvalid));
    // What cannot be taken in is no proof of anything.
    update.remove_group(ROOT);
    time::advance(bound).await;
    writer.update(&update, now()).unwrap_err();
    assert_eq!(told_by(&authoriser, KEY), unavailable);
}

#[tokio::test]
async fn before_the_first_view_a_change_of_it_is_not_enough() {
    let mut writer = ViewWriter::new();
    let mut update = Update::new();
    update.put_group(ROOT, None);
    writer.update(&update, now()).unwrap();
    assert_eq!(writer.view().age(), None);
    let authoriser = Authoriser::new(writer.view());
    assert_eq!(told_by(&authoriser, KEY), Some(Denial::DirectoryUnavailable));
}

/// Who may not be told apart from a stranger is not, by a view that is too old either.
#[tokio::test(start_paused = true)]
async fn a_view_that_is_too_old_is_explained_and_asks_nothing() {
    let mut writer = ViewWriter::new();
    writer.replace(View::new(&world_of_one()).unwrap(), now());
    let authoriser = Authoriser::new(writer.view());
    time::advance(DEFAULT_DECISION_AGE).await;
    let mut headers = HeaderMap::new();
    let presented = Presented::take(&mut headers);
    let decision = authoriser.decide(Some(&POLICY), &presented).await;
    assert_eq!(decision.denial(), Some(Denial::CredentialsMissing));
    headers.insert("x-api-key", KEY.parse().unwrap());
    let decision = authoriser.decide(Some(&POLICY), &Presented::take(&mut headers)).await;
    assert_eq!(decision.denial(), Some(Denial::DirectoryUnavailable));
    let EntityFinding::Missed(Miss::Unavailable) = decision.trace().entity() else {
        panic!("{:?}", decision.trace());
    };
    let unknown = authoriser.decide(None, &presented).await;
    assert_eq!(unknown.denial(), Some(Denial::MethodUnknown));
}

/// A directory that asks elsewhere, with this record.
struct Elsewhere(Arc<Entity>);

impl Directory for Elsewhere {
    fn entity(&self, _: &Credential) -> Lookup<'_, Arc<Entity>> {
        Lookup::now(Ok(self.0.clone()))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::now(Ok(group(name)))
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        Lookup::now(Ok(client(ROOT)))
    }
}

fn digest(key: &str) -> KeyDigest {
    ApiKey::parse(key.as_bytes()).unwrap().digest()
}

/// What a caller in the root is told, by records that were looked up.
fn told_elsewhere(entity: &Entity, key: &str) -> Option<Denial> {
    told_by(&Authoriser::new(Elsewhere(Arc::new(entity.clone()))), key)
}

/// The same by a view.
fn told_by_view(entity: &Entity, key: &str) -> Option<Denial> {
    let mut world = World::new();
    world.add_group(ROOT, None);
    world.add_entity(entity.clone());
    world.add_client(client(ROOT));
    told_by(&Authoriser::new(crate::MemoryDirectory::new(world).unwrap()), key)
}

fn told_by(authoriser: &Authoriser, key: &str) -> Option<Denial> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", key.parse().unwrap());
    headers.insert("x-group", ROOT.to_string().parse().unwrap());
    authoriser.authorise::<M>(&mut headers).now_or_never().unwrap().err()
}

const SECOND_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn owner_of_two_keys(first: Validity, second: Validity) -> Entity {
    Entity::new(EntityName::user(1), ROOT)
        .with_grants([Grant::new(ROOT, Role::new(7, "ROLE").into())])
        .with_credential_during(digest(KEY), first)
        .with_credential_during(digest(SECOND_KEY), second)
}

#[test]
fn check_3_each_credential_of_an_entity_counts_while_it_is_valid_and_no_longer() {
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    let current = Validity::ALWAYS.from(now - hour).until(now + hour);
    for (validity, expected) in [
        (Validity::ALWAYS, None),
        (current, None),
        (Validity::ALWAYS.until(now - hour), Some(Denial::CredentialsInvalid)),
        (Validity::ALWAYS.from(now + hour), Some(Denial::CredentialsInvalid)),
    ] {
        // The other one never takes its place, and is never taken with it.
        for entity in
            [owner_of_two_keys(validity, current), owner_of_two_keys(validity, Validity::ALWAYS)]
        {
            for told in [told_elsewhere, told_by_view] {
                assert_eq!(told(&entity, KEY), expected, "{validity:?}");
                assert_eq!(told(&entity, SECOND_KEY), None, "{validity:?}");
            }
        }
    }
}

#[test]
fn check_3_an_inactive_entity_is_refused_with_each_of_its_credentials() {
    let entity = owner_of_two_keys(Validity::ALWAYS, Validity::ALWAYS);
    let entity = entity.with_state(EntityState::Inactive);
    for told in [told_elsewhere, told_by_view] {
        for key in [KEY, SECOND_KEY] {
            assert_eq!(told(&entity, key), Some(Denial::CredentialsInvalid));
        }
    }
}

#[test]
fn a_record_with_one_credential_twice_is_unusable() {
    let past = Validity::ALWAYS.until(SystemTime::UNIX_EPOCH);
    let entity = owner_of_two_keys(past, Validity::ALWAYS).with_credential(digest(KEY));
    assert_eq!(told_elsewhere(&entity, KEY), Some(Denial::Internal));
}
