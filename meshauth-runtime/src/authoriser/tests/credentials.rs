//! An entity with several credentials, by look-ups and by a view.

use super::*;

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
