//! What waits, and what becomes of it.

use super::*;

on_each_database! {
    t_o08_everything_that_widens_waits,
    what_narrows_never_waits,
    t_o08_a_stricter_rule_holds_at_once_and_a_weaker_one_waits,
    a_rule_that_locks_everybody_out_is_refused,
    a_proposed_key_counts_when_it_was_agreed_to,
    what_waits_is_seen_from_above_and_not_from_beside,
    a_proposal_expires_and_can_be_withdrawn,
}

async fn t_o08_everything_that_widens_waits(database: &Database) {
    let office = Office::open(database, NO_RULE).await;
    let administration = &office.administration;
    let (client, verified) = (ClientName::from_ulid(CLIENT), VerificationStatus::Verified);
    let one = person(1);
    let old = issued(administration.issue_key(by(one, 2), bot(2), "x", Validity::ALWAYS).await);
    administration.deactivate(by(one, 2), bot(2)).await.unwrap();
    done(administration.require_four_eyes(by(one, 1), FourEyes::default()).await);

    let before = snapshot(database).await;
    let key = |made: Result<(IssuedKey, Outcome), _>| made.map(|(_, outcome)| outcome);
    let (always, hour) = (Validity::ALWAYS, Duration::from_hours(1));
    let waits = [
        administration.move_group(by(one, 1), group(3), group(2)).await,
        administration.move_entity(by(one, 2), bot(2), group(2)).await,
        administration.activate(by(one, 2), bot(2)).await,
        administration.grant(by(one, 2), bot(2), role(ADMIN, 2)).await,
        key(administration.issue_key(by(one, 2), bot(2), "y", always).await),
        key(administration.rotate_key(by(one, 2), bot(2), old.digest(), hour, always).await),
        administration.set_verification(by(one, 2), client, verified).await,
        // The client of the nearest group above counts then, and may be verified.
        administration.remove_client(by(one, 2), client).await,
        administration.allow_operators(by(one, 1), number(TRADER)).await,
        administration.end_four_eyes(by(one, 1)).await,
    ];
    let names: Vec<_> = waits.into_iter().map(proposed).collect();
    assert_eq!(snapshot(database).await, before, "nothing is made by proposing it");
    assert_eq!(database.number("SELECT count(*) FROM meshauth_operator_roles").await, 0);

    // In an order in which each can still be made; the one that ends the rule is the last.
    for (nth, name) in names.into_iter().enumerate() {
        let group = if [0, 8, 9].contains(&nth) { 1 } else { 2 };
        let agreed = administration.agree(by(person(2), group), name).await;
        assert_eq!(agreed, Ok(Agreement::CarriedOut), "{nth}");
    }
    assert_ne!(snapshot(database).await, before);
    assert_eq!(administration.four_eyes(group(2)).await, Ok(None));
    assert_eq!(administration.check().await, Ok(vec![]));
}

async fn what_narrows_never_waits(database: &Database) {
    let office = Office::open(database, NO_RULE).await;
    let administration = &office.administration;
    let (client, one) = (ClientName::from_ulid(CLIENT), person(1));
    let key = issued(administration.issue_key(by(one, 2), bot(2), "x", Validity::ALWAYS).await);
    done(administration.allow_operators(by(one, 1), number(TRADER)).await);
    let verified = VerificationStatus::Verified;
    done(administration.set_verification(by(one, 2), client, verified).await);
    done(administration.require_four_eyes(by(one, 1), FourEyes::default()).await);

    administration.create_group(by(one, 2), group(4)).await.unwrap();
    administration.remove_group(by(one, 2), group(4)).await.unwrap();
    administration.create_entity(by(one, 2), bot(4)).await.unwrap();
    administration.revoke_key(by(one, 2), bot(2), key.digest()).await.unwrap();
    administration.take_back(by(one, 2), bot(2), role(TRADER, 2)).await.unwrap();
    administration.deactivate(by(one, 2), bot(2)).await.unwrap();
    administration.deny_operators(by(one, 1), number(TRADER)).await.unwrap();
    for status in [VerificationStatus::Pending, VerificationStatus::Failed] {
        done(administration.set_verification(by(one, 2), client, status).await);
    }
    let another = ClientName::from_ulid(9);
    administration.create_client(by(one, 3), another, ClientType::Fund).await.unwrap();
    assert_eq!(administration.proposals(group(1)).await, Ok(vec![]));
}

async fn t_o08_a_stricter_rule_holds_at_once_and_a_weaker_one_waits(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let administration = &office.administration;
    let require = async |rule| administration.require_four_eyes(by(person(1), 1), rule).await;
    let rule = FourEyes::default();
    let hours = |hours| rule.with_lifetime(Duration::from_hours(hours)).unwrap();
    done(require(hours(24)).await);
    done(require(hours(24).with_people(3).unwrap()).await);
    assert_eq!(administration.four_eyes(group(3)).await.unwrap().unwrap().people(), 3);
    // More time to agree, or fewer people, also where the other is stricter.
    let weaker = [hours(25).with_people(3).unwrap(), hours(24), hours(1)];
    for rule in weaker {
        proposed(require(rule).await);
    }
    let ended = proposed(administration.end_four_eyes(by(person(1), 1)).await);
    let agreed = administration.agree(by(person(2), 1), ended).await;
    assert_eq!(agreed, Ok(Agreement::Waits(1)));
    assert_eq!(
        administration.four_eyes(group(1)).await,
        Ok(Some(hours(24).with_people(3).unwrap()))
    );
    let agreed = administration.agree(by(person(3), 1), ended).await;
    assert_eq!(agreed, Ok(Agreement::CarriedOut));
    assert_eq!(administration.four_eyes(group(1)).await, Ok(None));
}

async fn a_rule_that_locks_everybody_out_is_refused(database: &Database) {
    let office = Office::open(database, NO_RULE).await;
    let administration = &office.administration;
    let rule = FourEyes::default();
    for people in [0, 1, 10] {
        assert_eq!(rule.with_people(people), Err(AdministrationError::NoSuchRule));
    }
    for lifetime in [Duration::ZERO, Duration::from_secs(59), Duration::from_hours(366 * 24)] {
        assert_eq!(rule.with_lifetime(lifetime), Err(AdministrationError::NoSuchRule));
    }
    // Three people administer the root.
    let four = rule.with_people(4).unwrap();
    let required = administration.require_four_eyes(by(person(1), 1), four).await;
    assert_eq!(required, Err(AdministrationError::TooFewPeople));
    let below = administration.require_four_eyes(by(person(1), 2), rule).await;
    assert_eq!(below, Err(AdministrationError::NoRoot));
    let another = database.another().await;
    let administration = Administration::in_store(another.store.clone());
    let alone = Founder::new(group(1), person(1), [number(ADMIN)]).with_four_eyes(rule);
    for founder in [alone.clone(), alone.clone().with_administrator(bot(2))] {
        let founded = administration.found(&founder).await.map(drop);
        assert_eq!(founded, Err(AdministrationError::TooFewPeople));
    }
    administration.found(&alone.with_administrator(person(2))).await.unwrap();
    assert_eq!(administration.four_eyes(group(1)).await, Ok(Some(rule)));
    another.remove_it().await;
}

async fn a_proposed_key_counts_when_it_was_agreed_to(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let administration = &office.administration;
    let keys = async || {
        let world = database.store.snapshot().await.unwrap().world;
        let entity = world.entities().iter().find(|entity| entity.name() == bot(2)).unwrap();
        entity.credentials().map(|(held, _)| held.clone()).collect::<Vec<_>>()
    };
    let made = administration.issue_key(by(person(1), 2), bot(2), "x", Validity::ALWAYS).await;
    let (key, Outcome::Proposed(name)) = made.unwrap() else { panic!("it did not wait") };
    assert_eq!(keys().await, []);
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::CarriedOut));
    assert_eq!(keys().await, [(*key.digest()).into()]);
    let hour = Duration::from_hours(1);
    let made =
        administration.rotate_key(by(person(1), 2), bot(2), key.digest(), hour, Validity::ALWAYS);
    let (new, Outcome::Proposed(name)) = made.await.unwrap() else { panic!("it did not wait") };
    assert_eq!(keys().await.len(), 1);
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::CarriedOut));
    assert_eq!(keys().await.len(), 2);
    // No record and no proposal that is shown has a key or its digest.
    let records = database.texts("SELECT coalesce(after, '') FROM meshauth_records").await.concat();
    for digest in [key.digest(), new.digest()].map(hex) {
        assert!(!records.contains(&digest));
    }
    // Of an unknown key it is not even proposed.
    let no_key = digest(9);
    let unknown =
        administration.rotate_key(by(person(1), 2), bot(2), &no_key, hour, Validity::ALWAYS);
    assert_eq!(unknown.await.map(drop), Err(AdministrationError::NotFound));
}

async fn what_waits_is_seen_from_above_and_not_from_beside(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    for (seen_from, seen) in [(1, true), (2, true), (3, false)] {
        let waiting = office.administration.proposals(group(seen_from)).await.unwrap();
        let names: Vec<_> = waiting.iter().map(crate::Proposal::name).collect();
        assert_eq!(names, if seen { vec![name] } else { vec![] }, "{seen_from}");
        assert!(waiting.iter().all(|proposal| proposal.group() == group(2)));
    }
}

async fn a_proposal_expires_and_can_be_withdrawn(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let administration = &office.administration;
    let expired = office.propose_grant(person(1), role(ADMIN, 2)).await;
    database.by_hand("UPDATE meshauth_proposals SET proposed = 0, expires = 1").await.unwrap();
    assert_eq!(administration.proposals(group(1)).await, Ok(vec![]));
    assert_eq!(office.agree(person(2), expired).await, Err(AdministrationError::ProposalClosed));

    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    let own = administration.withdraw(by(person(1), 2), name).await;
    assert_eq!(own, Ok(()));
    assert_eq!(office.agree(person(2), name).await, Err(AdministrationError::ProposalClosed));
    // Whoever could make the change can stop it, too.
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    assert_eq!(administration.withdraw(by(person(2), 2), name).await, Ok(()));
    let again = administration.withdraw(by(person(2), 2), name).await;
    assert_eq!(again, Err(AdministrationError::ProposalClosed));
    let actions = actions(database).await;
    assert_eq!(actions[actions.len() - 2..], ["proposals.propose", "proposals.withdraw"]);
}

fn hex(digest: &KeyDigest) -> String {
    let hex: Vec<_> = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    hex.concat()
}
