//! Views that change, and that nobody keeps.

use super::*;

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
