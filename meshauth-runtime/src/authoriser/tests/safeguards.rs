//! Safeguards, by look-ups and by a view: what is told, what is asked for, and their shadow.

use super::*;
use crate::{
    credential::{Authentication, Header},
    decision::{Check, Outcome, Shadow, Shadowable},
    directory::{RecordQuery, RecordSet},
};

const HOUR: Duration = Duration::from_secs(3600);

static SAFE: MethodPolicy =
    MethodPolicy::authorised("/p.S/Safe", Operation::Read, &[Role::new(7, "ROLE_SEVEN")])
        .second_factor()
        .max_age(HOUR);

/// A directory that asks elsewhere, and counts how often it is asked for a group.
#[derive(Clone, Default)]
struct Elsewhere(Arc<AtomicUsize>);

impl Directory for Elsewhere {
    fn records(&self, query: &RecordQuery<'_>) -> Lookup<'_, RecordSet> {
        self.0.fetch_add(usize::from(query.group().is_some()), Ordering::SeqCst);
        Lookup::now(Ok(RecordSet::new()))
    }

    fn entity(&self, _: &Credential) -> Lookup<'_, Arc<Entity>> {
        Lookup::now(Ok(Arc::new(entity())))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Lookup::now(Ok(group(name)))
    }

    fn client(&self, _: &Group) -> Lookup<'_, Client> {
        Lookup::now(Ok(client(ROOT)))
    }
}

fn entity() -> Entity {
    Entity::new(EntityName::user(1), ROOT)
        .with_grants([Grant::new(ROOT, Role::new(7, "ROLE_SEVEN").into())])
        .with_credential(digest(KEY))
}

fn by_view() -> AuthoriserBuilder {
    let mut world = World::new();
    world.add_group(ROOT, None);
    world.add_entity(entity());
    Authoriser::builder(crate::MemoryDirectory::new(world).unwrap())
}

fn presented(by: Authentication, group: Header<GroupName>) -> Presented {
    Presented::new(Header::Value(digest(KEY).into()), group).with_authentication(by)
}

fn decide(
    authoriser: &Authoriser,
    by: Authentication,
    group: Header<GroupName>,
) -> Decision<'static> {
    authoriser.decide(Some(&SAFE), &presented(by, group)).now_or_never().unwrap()
}

fn told(decision: &Decision<'_>) -> Option<&'static str> {
    decision.denial().map(Denial::reason)
}

#[test]
fn check_3_safeguards_are_decided_before_anything_of_the_group() {
    let now = Authentication::NOW;
    let (second, old) = (now.with_second_factor(), now.with_second_factor().of_unknown_age());
    for (by, expected) in [
        (now, Some("SECOND_FACTOR_REQUIRED")),
        (now.aged(Duration::MAX), Some("SECOND_FACTOR_REQUIRED")),
        (old, Some("AUTHENTICATION_TOO_OLD")),
        (second.aged(HOUR), None),
    ] {
        let elsewhere = Elsewhere::default();
        for authoriser in [by_view().build(), Authoriser::new(elsewhere.clone())] {
            let here = decide(&authoriser, by, Header::Value(ROOT));
            assert_eq!(told(&here), expected, "{here}");
            let Some(expected) = expected else { continue };
            for group in [Header::Missing, Header::Malformed, Header::Value(OTHER)] {
                let decision = decide(&authoriser, by, group);
                assert_eq!(told(&decision), Some(expected), "{decision}");
                assert_eq!(decision.refused_by(), Some(Check::Entity));
                assert_eq!(decision.trace().entity().name(), Some(EntityName::user(1)));
            }
        }
        let groups = elsewhere.0.load(Ordering::SeqCst);
        assert_eq!(groups > 0, expected.is_none(), "asked for {groups} groups");
    }
}

#[test]
fn safeguards_have_a_shadow_of_their_own() {
    let until = SystemTime::now() + HOUR;
    let shadowed = |check| Shadow::new([check], until, "the test").unwrap();
    let here = Header::Value(ROOT);
    for others in [Shadowable::Role, Shadowable::Verification, Shadowable::Scope] {
        for authoriser in [by_view(), Authoriser::builder(Elsewhere::default())] {
            let decision =
                decide(&authoriser.shadow(shadowed(others)).build(), Authentication::NOW, here);
            assert_eq!(told(&decision), Some("SECOND_FACTOR_REQUIRED"), "{decision}");
        }
    }
    for authoriser in [by_view(), Authoriser::builder(Elsewhere::default())] {
        let authoriser = authoriser.shadow(shadowed(Shadowable::Safeguards)).build();
        let decision = decide(&authoriser, Authentication::NOW.of_unknown_age(), here);
        assert_eq!(told(&decision), None, "{decision}");
        assert_eq!(decision.shadowed().to_string(), "safeguards");
        assert_eq!(decision.trace().outcome(Check::Entity), Outcome::Fail);
        let both = "without a second factor, and nobody knows how long ago";
        assert!(decision.to_string().contains(both), "{decision}");
        // Whoever meets them passes as ever, and who calls and in which group still counts.
        let met = decide(&authoriser, Authentication::NOW.with_second_factor(), here);
        assert_eq!(met.shadowed().to_string(), "");
        let nowhere = decide(&authoriser, Authentication::NOW, Header::Missing);
        assert_eq!(told(&nowhere), Some("GROUP_MISSING"));
    }
}
