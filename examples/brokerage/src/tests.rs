//! The scenarios come out as expected, and the table can fail.

use std::error::Error;

use meshauth_runtime::Check;

use crate::{
    call::{Call, Expected},
    run,
    scenarios::{MARKET, WORLDS},
    table::Report,
    world::{Caller, Executing, Group, Scene, World},
};

type TestResult = Result<(), Box<dyn Error>>;

async fn report(worlds: &[World]) -> Result<Report, Box<dyn Error>> {
    let mut report = Report::default();
    for world in worlds {
        report.add(world, run(world).await?);
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
    let text = report(WORLDS).await?.to_string();
    for line in text.lines() {
        assert!(line.len() <= 120 && line.is_ascii(), "{line}");
        assert!(!line.contains("EXAMPLE"), "{line}");
    }
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
