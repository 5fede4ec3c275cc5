//! The tree of groups, and its paths.

use std::collections::{BTreeMap, BTreeSet};

use meshauth_runtime::{GroupName, MAX_OWNERS};

use super::{log::a_desk, *};
use crate::error::{Refusal, SqlError};

fn refused(result: Result<crate::store::Position, SqlError>) -> Refusal {
    match result {
        Err(SqlError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// The paths as the table has them, and as they follow from the owners.
async fn paths(database: &Database) -> [BTreeSet<String>; 2] {
    let kept = "SELECT above || ' ' || below || ' ' || depth FROM meshauth_group_paths";
    let world = database.store.snapshot().await.unwrap().world;
    let owners: BTreeMap<GroupName, Option<GroupName>> = world.groups().iter().copied().collect();
    let mut computed = BTreeSet::new();
    for below in owners.keys() {
        let (mut above, mut depth) = (Some(*below), 0);
        while let Some(group) = above {
            computed.insert(format!("{group} {below} {depth}"));
            (above, depth) = (owners[&group], depth + 1);
        }
    }
    [database.texts(kept).await.into_iter().collect(), computed]
}

on_each_database! {
    a_cycle_is_refused,
    more_groups_above_than_a_directory_takes_are_refused,
    paths_follow_every_move,
    a_statement_over_many_groups_keeps_the_paths,
}

async fn a_cycle_is_refused(database: &Database) {
    a_desk(&database.store).await;
    change(&database.store, async |change| change.create_group(group(3), Some(group(2))).await)
        .await
        .unwrap();
    for (moved, below) in [(1, 3), (1, 2), (2, 3), (2, 2)] {
        let result = change(&database.store, async |change| {
            change.move_group(group(moved), Some(group(below))).await
        })
        .await;
        assert_eq!(refused(result), Refusal::Cycle, "{moved} below {below}");
    }
    let own =
        change(&database.store, async |change| change.create_group(group(4), Some(group(4))).await)
            .await;
    assert_eq!(refused(own), Refusal::Cycle);
    let [kept, computed] = paths(database).await;
    assert_eq!(kept, computed);
}

async fn more_groups_above_than_a_directory_takes_are_refused(database: &Database) {
    let deepest = u128::try_from(MAX_OWNERS).unwrap();
    change(&database.store, async |change| {
        change.create_group(group(0), None).await?;
        for depth in 1..=deepest {
            change.create_group(group(depth), Some(group(depth - 1))).await?;
        }
        change.create_group(group(1000), None).await
    })
    .await
    .unwrap();
    let created = change(&database.store, async |change| {
        change.create_group(group(deepest + 1), Some(group(deepest))).await
    })
    .await;
    let moved = change(&database.store, async |change| {
        change.move_group(group(0), Some(group(1000))).await
    })
    .await;
    assert_eq!([refused(created), refused(moved)], [Refusal::TooDeep, Refusal::TooDeep]);
    let world = database.store.snapshot().await.unwrap().world;
    meshauth_runtime::MemoryDirectory::new(world).unwrap();
}

async fn paths_follow_every_move(database: &Database) {
    const GROUPS: u128 = 24;
    change(&database.store, async |change| {
        for number in 1..=GROUPS {
            let owner = (number > 1).then(|| group(number / 2));
            change.create_group(group(number), owner.filter(|_| number % 5 != 0)).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let mut random = 7_u128;
    let mut next = |bound: u128| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
                % (1 << 64);
        (random >> 33) % bound
    };
    let (mut done, mut cycles) = (0, 0);
    for _ in 0..200 {
        let moved = group(1 + next(GROUPS));
        let owner = next(GROUPS + 4);
        let owner = (owner < GROUPS).then(|| group(1 + owner));
        match change(&database.store, async |change| change.move_group(moved, owner).await).await {
            Ok(_) => done += 1,
            Err(SqlError::Refused(Refusal::Cycle)) => cycles += 1,
            Err(error) => panic!("{error:?}"),
        }
        let [kept, computed] = paths(database).await;
        assert_eq!(kept, computed);
    }
    assert!(done > 50 && cycles > 10, "{done} {cycles}");
    let leaves = "SELECT name FROM meshauth_groups WHERE name NOT IN \
         (SELECT owner FROM meshauth_groups WHERE owner IS NOT NULL)";
    for leaf in database.texts(leaves).await {
        let leaf = leaf.parse().unwrap();
        change(&database.store, async |change| change.remove_group(leaf).await).await.unwrap();
    }
    let [kept, computed] = paths(database).await;
    assert_eq!(kept, computed);
}

async fn a_statement_over_many_groups_keeps_the_paths(database: &Database) {
    a_desk(&database.store).await;
    let name = |number: u32| format!("'groups/{number:026}'");
    database
        .by_hand(&format!(
            "INSERT INTO meshauth_groups VALUES ({}, {}), ({}, {}), ({}, NULL)",
            name(3),
            name(2),
            name(4),
            name(3),
            name(5),
        ))
        .await
        .unwrap();
    database
        .by_hand(&format!("UPDATE meshauth_groups SET owner = {} WHERE owner IS NOT NULL", name(5)))
        .await
        .unwrap();
    let [kept, computed] = paths(database).await;
    assert_eq!(kept, computed);
    assert_eq!(kept.len(), 5 + 3);
    // A child before its parent would have no path to the root.
    let backwards = format!(
        "INSERT INTO meshauth_groups VALUES ({}, {}), ({}, NULL)",
        name(6),
        name(7),
        name(7)
    );
    assert_eq!(database.by_hand(&backwards).await, Err(SqlError::Refused(Refusal::UnknownGroup)));
}
