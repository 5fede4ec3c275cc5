//! A directory that answers all that a decision needs at once.

use std::sync::Mutex;

use super::*;
use crate::{
    credential::{Header, Presented},
    directory::{RecordQuery, RecordSet},
};

/// Answers with this set, and looks up single records of a caller in the root who may.
struct AtOnce {
    set: Result<RecordSet, Miss>,
    /// What was asked, in short.
    asked: Mutex<Vec<&'static str>>,
    later: bool,
}

impl AtOnce {
    fn ask(&self, what: &'static str) {
        self.asked.lock().unwrap().push(what);
    }
}

impl Directory for AtOnce {
    fn records(&self, query: &RecordQuery<'_>) -> Lookup<'_, RecordSet> {
        self.ask(match (query.group(), query.needs_client()) {
            (Some(ROOT), true) => "all",
            (Some(ROOT), false) => "entity and group",
            (None, false) => "entity alone",
            other => panic!("{other:?}"),
        });
        let set = self.set.clone();
        if self.later { Lookup::later(async { set }) } else { Lookup::now(set) }
    }

    fn entity(&self, _: &Credential) -> Lookup<'_, Arc<Entity>> {
        self.ask("entity");
        Lookup::now(Ok(caller(KEY)))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.ask(if name == ROOT { "group" } else { "home" });
        Lookup::now(Ok(group(name)))
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        self.ask("client");
        Lookup::now(Ok(client(ROOT)))
    }
}

/// Home owns it, and it may act in the root.
fn caller(key: &str) -> Arc<Entity> {
    let granted: Grant = "groups/00000000000000000000000001/roles/7".parse().unwrap();
    let entity = Entity::new(EntityName::api_user(1), HOME).with_grants([granted]);
    Arc::new(entity.with_credential(digest(key)))
}

fn whole() -> RecordSet {
    RecordSet::new()
        .with_entity(Ok(caller(KEY)))
        .with_group(Ok(group(ROOT)))
        .with_client(Ok(group(HOME)), Ok(client(ROOT)))
}

/// What a caller in the root is told, with what the directory was asked.
fn told(set: Result<RecordSet, Miss>, later: bool) -> (Option<Denial>, Vec<&'static str>) {
    let directory = Arc::new(AtOnce { set, asked: Mutex::default(), later });
    let told = told_by(&Authoriser::new(Arc::clone(&directory)), KEY);
    let asked = directory.asked.lock().unwrap().clone();
    (told, asked)
}

#[tokio::test]
async fn what_is_answered_at_once_is_not_looked_up_again() {
    for later in [false, true] {
        assert_eq!(told(Ok(whole()), later), (None, vec!["all"]));
    }
}

#[tokio::test]
async fn what_a_set_does_not_hold_is_looked_up() {
    let (entity, root) = (Ok(caller(KEY)), Ok(group(ROOT)));
    for (set, asked) in [
        (RecordSet::new(), vec!["all", "entity", "group", "home", "client"]),
        (RecordSet::new().with_entity(entity.clone()), vec!["all", "group", "home", "client"]),
        (
            RecordSet::new().with_entity(entity.clone()).with_group(root.clone()),
            vec!["all", "home", "client"],
        ),
        (
            RecordSet::new().with_entity(entity).with_client(Ok(group(HOME)), Ok(client(ROOT))),
            vec!["all", "group"],
        ),
        // Of nobody: it is not believed.
        (
            RecordSet::new().with_group(root).with_client(Err(Miss::Unknown), Err(Miss::Unknown)),
            vec!["all", "entity", "group", "home", "client"],
        ),
    ] {
        for later in [false, true] {
            assert_eq!(told(Ok(set.clone()), later), (None, asked.clone()), "{set:?}");
        }
    }
}

#[tokio::test]
async fn t_k04_what_is_answered_at_once_is_checked_as_single_answers_are() {
    use Denial::{CredentialsInvalid, Internal, RoleRequired, VerificationRequired};
    const OTHER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let twice = Entity::clone(&caller(KEY)).with_credential(digest(KEY));
    let inactive = Entity::clone(&caller(KEY)).with_state(EntityState::Inactive);
    let home = || Ok(group(HOME));
    for (what, set, denial) in [
        ("another entity", whole().with_entity(Ok(caller(OTHER_KEY))), Internal),
        ("a credential twice", whole().with_entity(Ok(Arc::new(twice))), Internal),
        ("an inactive entity", whole().with_entity(Ok(Arc::new(inactive))), CredentialsInvalid),
        ("no entity", whole().with_entity(Err(Miss::Unknown)), CredentialsInvalid),
        ("an unusable entity", whole().with_entity(Err(Miss::Unusable)), Internal),
        ("another group", whole().with_group(Ok(group(OTHER))), Internal),
        ("no group", whole().with_group(Err(Miss::Unknown)), RoleRequired),
        ("an unusable group", whole().with_group(Err(Miss::Unusable)), RoleRequired),
        ("another home", whole().with_client(Ok(group(OTHER)), Ok(client(ROOT))), Internal),
        ("the group as home", whole().with_client(Ok(group(ROOT)), Ok(client(ROOT))), Internal),
        ("a client of elsewhere", whole().with_client(home(), Ok(client(OTHER))), Internal),
        (
            "no home",
            whole().with_client(Err(Miss::Unknown), Ok(client(ROOT))),
            VerificationRequired,
        ),
        ("no client", whole().with_client(home(), Err(Miss::Unknown)), VerificationRequired),
    ] {
        for later in [false, true] {
            assert_eq!(told(Ok(set.clone()), later), (Some(denial), vec!["all"]), "{what}");
        }
    }
}

#[tokio::test]
async fn t_k01_an_error_of_the_whole_is_a_denial() {
    for (miss, denial) in [
        (Miss::Unavailable, Denial::DirectoryUnavailable),
        (Miss::Unknown, Denial::CredentialsInvalid),
        (Miss::Unusable, Denial::Internal),
        (Miss::Mistaken, Denial::Internal),
    ] {
        for later in [false, true] {
            assert_eq!(told(Err(miss), later), (Some(denial), vec!["all"]), "{miss}");
        }
    }
}

static PUBLIC: MethodPolicy = MethodPolicy::public("/p.S/P", Operation::Read);
static UNVERIFIED: MethodPolicy =
    MethodPolicy::authorised("/p.S/U", Operation::Read, &[Role::new(7, "ROLE_SEVEN")]);

/// Check 1 comes first, and nobody is asked about what is not needed.
#[test]
fn a_directory_is_asked_for_no_more_than_the_method_needs() {
    let decide = |policy: Option<&MethodPolicy>, key: Header<Credential>, group| {
        let set = Ok(RecordSet::new().with_entity(Ok(caller(KEY))).with_group(Err(Miss::Unknown)));
        let directory = Arc::new(AtOnce { set, asked: Mutex::default(), later: false });
        let authoriser = Authoriser::new(Arc::clone(&directory));
        let presented = Presented::new(key, group);
        let _ = authoriser.verdict(policy, &presented).now_or_never().unwrap();
        directory.asked.lock().unwrap().clone()
    };
    let (key, root) = (Header::Value(Credential::from(digest(KEY))), Header::Value(ROOT));
    assert_eq!(decide(Some(&POLICY), key.clone(), root), ["all"]);
    assert_eq!(decide(Some(&UNVERIFIED), key.clone(), root), ["entity and group"]);
    for group in [root, Header::Missing, Header::Malformed] {
        assert_eq!(decide(Some(&PUBLIC), key.clone(), group), ["entity alone"]);
    }
    for group in [Header::Missing, Header::Malformed] {
        assert_eq!(decide(Some(&POLICY), key.clone(), group), ["entity alone"]);
    }
    for key in [Header::Missing, Header::Malformed] {
        assert!(decide(Some(&POLICY), key.clone(), root).is_empty());
        assert!(decide(Some(&PUBLIC), key, root).is_empty());
    }
    assert!(decide(None, key, root).is_empty());
}
