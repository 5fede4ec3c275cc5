//! Who agrees, and whether it counts.

use super::*;

on_each_database! {
    t_o07_one_person_does_not_agree_twice,
    t_o07_who_may_know_a_key_of_another_is_no_second_person,
    t_o07_a_refused_agreement_is_recorded,
    who_agrees_has_the_right_to_make_the_change,
    t_o09_who_lost_the_right_since_does_not_count,
    t_o09_a_proposal_whose_proposer_lost_the_right_is_not_carried_out,
    t_o09_what_cannot_be_made_any_more_is_not_made,
    three_people_are_three,
}

async fn t_o07_one_person_does_not_agree_twice(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let before = snapshot(database).await;
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    assert_eq!(office.agree(person(1), name).await, Err(AdministrationError::CountsAlready));
    // A program is no person, whoever runs it.
    database
        .by_hand(
            "INSERT INTO meshauth_grants SELECT 'api_users/00000000000000000000000002', \
             granted_in, role FROM meshauth_grants \
             WHERE entity = 'users/00000000000000000000000002' AND role = 1",
        )
        .await
        .unwrap();
    assert_eq!(office.agree(bot(2), name).await, Err(AdministrationError::NoPerson));
    database
        .by_hand("DELETE FROM meshauth_grants WHERE entity LIKE 'api_users/%' AND role = 1")
        .await
        .unwrap();
    assert_eq!(snapshot(database).await, before);
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::CarriedOut));
    // Once is enough.
    assert_eq!(office.agree(person(3), name).await, Err(AdministrationError::ProposalClosed));
}

async fn t_o07_who_may_know_a_key_of_another_is_no_second_person(database: &Database) {
    let office = Office::open(database, NO_RULE).await;
    let administration = &office.administration;
    // 1 makes a key of 4, 4 makes one of 5, and 6 is of 2. All of them administer.
    for (maker, made) in [(1, 4), (4, 5), (2, 6)] {
        administration.create_entity(by(person(1), 1), person(made)).await.unwrap();
        for granted in [ADMIN, TRADER] {
            done(administration.grant(by(person(1), 1), person(made), role(granted, 1)).await);
        }
        let key =
            administration.issue_key(by(person(maker), 1), person(made), "k", Validity::ALWAYS);
        let key = issued(key.await);
        // Revoked or not: it was known while it counted.
        administration.revoke_key(by(person(1), 1), person(made), key.digest()).await.unwrap();
    }
    // Somebody who makes an own key is still alone.
    issued(administration.issue_key(by(person(3), 1), person(3), "own", Validity::ALWAYS).await);
    done(administration.require_four_eyes(by(person(1), 1), FourEyes::default()).await);
    for (proposer, agreeing) in [(1, 4), (4, 1), (1, 5), (5, 1), (5, 4), (2, 6)] {
        let name = office.propose_grant(person(proposer), role(ADMIN, 2)).await;
        let agreed = office.agree(person(agreeing), name).await;
        assert_eq!(agreed, Err(AdministrationError::SamePerson), "{proposer} {agreeing}");
        administration.withdraw(by(person(proposer), 2), name).await.unwrap();
    }
    // A third one made keys of both.
    administration.create_entity(by(person(1), 1), person(7)).await.unwrap();
    let sql = "INSERT INTO meshauth_key_makers VALUES \
               ('users/00000000000000000000000007', 'users/00000000000000000000000001')";
    database.by_hand(sql).await.unwrap();
    for granted in [ADMIN, TRADER] {
        let grant = role(granted, 1);
        change(&database.store, async |change| change.grant(person(7), grant).await).await.unwrap();
    }
    let name = office.propose_grant(person(7), role(ADMIN, 2)).await;
    assert_eq!(office.agree(person(5), name).await, Err(AdministrationError::SamePerson));
    assert_eq!(office.agree(person(6), name).await, Ok(Agreement::CarriedOut));
}

async fn t_o07_a_refused_agreement_is_recorded(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    assert_eq!(office.agree(person(1), name).await, Err(AdministrationError::CountsAlready));
    let last = database
        .texts("SELECT actor || '|' || action || '|' || after FROM meshauth_records ORDER BY id DESC LIMIT 1")
        .await;
    let because = AdministrationError::CountsAlready.to_string();
    let expected = format!(
        r#"{}|proposals.refuse_agreement|{{"proposal":"{name}","refused_because":"{because}"}}"#,
        person(1)
    );
    assert_eq!(last, [expected]);
    // What is carried out has the proposer as its maker, and names who agreed.
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::CarriedOut));
    let last = database
        .texts("SELECT actor || '|' || action || '|' || after FROM meshauth_records ORDER BY id DESC LIMIT 1")
        .await;
    let [one, two] = [1, 2].map(person);
    let (entity, grant) = (bot(2), role(ADMIN, 2));
    let expected = format!(
        r#"{one}|roles.grant|{{"consent":{{"agreed":["{two}"],"proposal":"{name}"}},"entity":"{entity}","grant":"{grant}"}}"#
    );
    assert_eq!(last, [expected]);
}

async fn who_agrees_has_the_right_to_make_the_change(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let administration = &office.administration;
    let refused = async |sql: &str, undo: &str, expected: AdministrationError| {
        let name = office.propose_grant(person(1), role(TRADER, 2)).await;
        database.by_hand(sql).await.unwrap();
        assert_eq!(office.agree(person(2), name).await, Err(expected), "{sql}");
        database.by_hand(undo).await.unwrap();
        administration.withdraw(by(person(1), 2), name).await.unwrap();
    };
    let two = "entity = 'users/00000000000000000000000002'";
    // No role for it, not the role that would be given, not there any more.
    refused(
        &format!("DELETE FROM meshauth_grants WHERE {two} AND role = {ADMIN}"),
        &format!("INSERT INTO meshauth_grants SELECT 'users/00000000000000000000000002', granted_in, role FROM meshauth_grants WHERE entity LIKE 'users/%3' AND role = {ADMIN}"),
        AdministrationError::NotAuthorised,
    )
    .await;
    refused(
        &format!("DELETE FROM meshauth_grants WHERE {two} AND role = {TRADER}"),
        &format!("INSERT INTO meshauth_grants SELECT 'users/00000000000000000000000002', granted_in, role FROM meshauth_grants WHERE entity LIKE 'users/%3' AND role = {TRADER}"),
        AdministrationError::MayNotGrant,
    )
    .await;
    refused(
        "UPDATE meshauth_entities SET state = 'INACTIVE' WHERE name LIKE 'users/%2'",
        "UPDATE meshauth_entities SET state = 'ACTIVE'",
        AdministrationError::NotAuthorised,
    )
    .await;
    // In the name of another group than that of the proposal.
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    for (executing, expected) in
        [(1, AdministrationError::NotOwned), (3, AdministrationError::NotFound)]
    {
        let agreed = administration.agree(by(person(2), executing), name).await;
        assert_eq!(agreed, Err(expected), "{executing}");
    }
    let nothing = "proposals/01JD8Q5V9WXKZ3T7B2N4M6P8RA".parse().unwrap();
    assert_eq!(office.agree(person(2), nothing).await, Err(AdministrationError::NotFound));
}

async fn t_o09_who_lost_the_right_since_does_not_count(database: &Database) {
    let office = Office::open(database, of_people(3)).await;
    let administration = &office.administration;
    administration.create_entity(by(person(1), 1), person(4)).await.unwrap();
    for granted in [ADMIN, TRADER] {
        let grant = role(granted, 1);
        change(&database.store, async |change| change.grant(person(4), grant).await).await.unwrap();
    }
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::Waits(1)));
    administration.deactivate(by(person(1), 1), person(2)).await.unwrap();
    // 1 and 3 are two: that 2 agreed does not count any more.
    assert_eq!(office.agree(person(3), name).await, Ok(Agreement::Waits(1)));
    assert_eq!(office.agree(person(4), name).await, Ok(Agreement::CarriedOut));
}

async fn t_o09_a_proposal_whose_proposer_lost_the_right_is_not_carried_out(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    let before = snapshot(database).await;
    for lost in [
        "UPDATE meshauth_entities SET state = 'INACTIVE' WHERE name LIKE 'users/%1'",
        "DELETE FROM meshauth_grants WHERE entity LIKE 'users/%1' AND role = 1",
    ] {
        database.by_hand(lost).await.unwrap();
        let agreed = office.agree(person(2), name).await;
        assert_eq!(agreed, Err(AdministrationError::ProposerLostRight), "{lost}");
        database.by_hand("UPDATE meshauth_entities SET state = 'ACTIVE'").await.unwrap();
    }
    database
        .by_hand("INSERT INTO meshauth_grants VALUES ('users/00000000000000000000000001', 'groups/00000000000000000000000001', 1)")
        .await
        .unwrap();
    assert_eq!(snapshot(database).await, before);
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::CarriedOut));
}

async fn t_o09_what_cannot_be_made_any_more_is_not_made(database: &Database) {
    let office = Office::open(database, of_people(2)).await;
    let administration = &office.administration;
    let moved = administration.move_group(by(person(1), 1), group(3), group(2)).await;
    let name = proposed(moved);
    // Meanwhile the other one went below it.
    change(&database.store, async |change| change.move_group(group(2), Some(group(3))).await)
        .await
        .unwrap();
    let before = snapshot(database).await;
    let agreed = administration.agree(by(person(2), 1), name).await;
    let cycle = crate::SqlError::Refused(crate::Refusal::Cycle);
    assert_eq!(agreed, Err(AdministrationError::Database(cycle)));
    assert_eq!(snapshot(database).await, before);
    // The proposal is there still, as is who has agreed: nobody.
    let waiting = administration.proposals(group(1)).await.unwrap();
    assert_eq!(waiting.iter().map(|proposal| proposal.agreed().len()).collect::<Vec<_>>(), [0]);
}

async fn three_people_are_three(database: &Database) {
    let office = Office::open(database, of_people(3)).await;
    let name = office.propose_grant(person(1), role(ADMIN, 2)).await;
    let before = snapshot(database).await;
    assert_eq!(office.agree(person(2), name).await, Ok(Agreement::Waits(1)));
    assert_eq!(office.agree(person(2), name).await, Err(AdministrationError::CountsAlready));
    assert_eq!(snapshot(database).await, before);
    let waiting = office.administration.proposals(group(1)).await.unwrap();
    let [waiting] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!((waiting.name(), waiting.proposer()), (name, person(1)));
    assert_eq!((waiting.agreed(), waiting.action()), (&[person(2)][..], "roles.grant"));
    assert_eq!(
        waiting.details(),
        format!(r#"{{"entity":"{}","grant":"{}"}}"#, bot(2), role(ADMIN, 2))
    );
    assert_eq!(office.agree(person(3), name).await, Ok(Agreement::CarriedOut));
}
