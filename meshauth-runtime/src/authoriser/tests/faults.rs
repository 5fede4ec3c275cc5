//! Faults of the directory in each of the look-ups of a decision.

use super::*;

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
