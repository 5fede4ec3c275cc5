//! The scenarios come out as expected, in memory and in databases, and the table can fail.

use std::{env, error::Error};

use meshauth_runtime::Check;
use sqlx::{AssertSqlSafe, PgPool};
use ulid::Ulid;

use crate::{
    call::{Call, Expected},
    database::Database,
    scenarios::{MARKET, WORLDS},
    service::Service,
    table::Report,
    world::{Caller, Executing, Group, Scene, World},
};

type TestResult = Result<(), Box<dyn Error>>;

async fn report(worlds: &[World]) -> Result<Report, Box<dyn Error>> {
    let mut report = Report::default();
    for world in worlds {
        report.add(world.about, Service::in_memory(world).await?.play(world.scenes).await?);
    }
    Ok(report)
}

#[tokio::test]
async fn every_scenario_comes_out_as_expected() -> TestResult {
    let report = report(WORLDS).await?;
    assert_eq!(report.differences(), 0, "\n{report}");
    assert_eq!(report.exit_code(), 0);
    Ok(())
}

#[tokio::test]
async fn the_table_is_plain_fits_a_terminal_and_shows_no_key() -> TestResult {
    assert_plain(&report(WORLDS).await?.to_string());
    Ok(())
}

fn assert_plain(text: &str) {
    for line in text.lines() {
        assert!(line.len() <= 120 && line.is_ascii(), "{line}");
        assert!(!line.contains("EXAMPLE"), "{line}");
    }
}

/// A schema of its own. None if no server is named.
async fn in_postgres() -> Result<Option<(PgPool, String)>, Box<dyn Error>> {
    let Ok(server) = env::var("MESHAUTH_POSTGRES") else { return Ok(None) };
    let pool = PgPool::connect(&server).await?;
    let schema = format!("brokerage_{}", Ulid::new()).to_lowercase();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await?;
    Ok(Some((pool, schema)))
}

fn assert_shown(report: &Report) {
    let text = report.to_string();
    assert_eq!(report.differences(), 0, "\n{text}");
    assert!(
        text.contains("meshauth_group_paths") && text.contains("account, limit_order"),
        "{text}"
    );
    assert_plain(&text);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_out_as_expected_in_one_file_of_sqlite() -> TestResult {
    let folder = tempfile::tempdir()?;
    let database = Database::Sqlite(folder.path().join("mesh.db"));
    assert_shown(&database.show().await?);
    let filled = database.show().await.err().ok_or("it was filled twice")?.to_string();
    assert!(filled.contains("mesh.db holds a directory already"), "{filled}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_out_as_expected_in_postgresql() -> TestResult {
    let Some((pool, schema)) = in_postgres().await? else { return Ok(()) };
    let server = env::var("MESHAUTH_POSTGRES")?;
    let database = Database::of(format!("{server}?options[search_path]={schema}"));
    assert_shown(&database.show().await?);
    sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).execute(&pool).await?;
    Ok(())
}

/// The first call is right, and each of the others is wrong in a way of its own.
const WRONG: World = World {
    scenes: &[Scene {
        caller: BROKER,
        executing: Executing::Group(Group::Broker),
        note: "expectations that do not hold",
        calls: &[
            (Call::GetAccount(Group::Broker), Expected::Allow(&[Group::Broker])),
            (Call::GetAccount(Group::Broker), Expected::Allow(&[Group::Corporate])),
            (Call::ListAccounts, Expected::Allow(&[Group::Broker, Group::Corporate])),
            (Call::ListAccounts, Expected::Deny("ROLE_REQUIRED", Check::Role)),
            (Call::GetAccount(Group::Newcomer), Expected::Allow(&[Group::Newcomer])),
            (Call::GetAccount(Group::Newcomer), Expected::Deny("ROLE_REQUIRED", Check::Scope)),
            (Call::GetAccount(Group::Newcomer), Expected::Deny("RESOURCE_NOT_FOUND", Check::Role)),
        ],
    }],
    ..MARKET
};

const BROKER: Caller = MARKET.scenes[0].caller;

#[tokio::test]
async fn a_table_with_a_difference_fails() -> TestResult {
    let report = report(&[WRONG]).await?;
    assert_eq!(report.differences(), 6, "\n{report}");
    assert_eq!(report.exit_code(), 1);
    let text = report.to_string();
    assert_eq!(text.lines().filter(|line| line.starts_with("! ")).count(), 6, "\n{text}");
    assert!(text.ends_with("7 calls, 6 not as expected (marked with !).\n"), "\n{text}");
    Ok(())
}
