//! What is called after the restart: the directory and the rows are as they were left.

use crate::{
    call::{
        Call::{CreateLimitOrder, GetAccount, ListAccounts, MonitorLimitOrders, UpdateAccount},
        Expected::Allow,
    },
    scenarios::{
        ADMINISTRATOR, BROKER, CREDENTIALS_INVALID, FORMER_BROKER, NOT_OWNED, RISK_MONITOR,
        ROLE_REQUIRED, TRADING_BOT,
    },
    world::{
        Executing,
        Group::{Broker, Corporate, Individual, Newcomer},
        Scene,
    },
};

pub(crate) const ABOUT: &str = "The server was stopped, and the database was opened again.\n\
    Individual (I) is still below Corporate (C), and risk monitor still has no key.";

pub(crate) const SCENES: &[Scene] = &[
    Scene {
        caller: BROKER,
        executing: Executing::Group(Broker),
        note: "the accounts are there",
        calls: &[
            (ListAccounts, Allow(&[Broker, Corporate, Individual])),
            (UpdateAccount(Broker), Allow(&[Broker])),
            (UpdateAccount(Individual), NOT_OWNED),
        ],
    },
    Scene {
        caller: BROKER,
        executing: Executing::Group(Corporate),
        note: "reads what Individual owns, and does not write it",
        calls: &[
            (ListAccounts, Allow(&[Corporate, Individual])),
            (GetAccount(Individual), Allow(&[Individual])),
            (UpdateAccount(Individual), NOT_OWNED),
        ],
    },
    Scene {
        caller: RISK_MONITOR,
        executing: Executing::Group(Corporate),
        note: "its key was revoked",
        calls: &[(ListAccounts, CREDENTIALS_INVALID), (MonitorLimitOrders, CREDENTIALS_INVALID)],
    },
    Scene {
        caller: TRADING_BOT,
        executing: Executing::Group(Individual),
        note: "the orders that it created are there, and it trades on",
        calls: &[
            (
                MonitorLimitOrders,
                Allow(&[Individual, Individual, Individual, Individual, Individual]),
            ),
            (CreateLimitOrder(Individual), Allow(&[Individual])),
        ],
    },
    Scene {
        caller: ADMINISTRATOR,
        executing: Executing::Group(Broker),
        note: "administers, and does not trade",
        calls: &[(ListAccounts, ROLE_REQUIRED)],
    },
    Scene {
        caller: FORMER_BROKER,
        executing: Executing::Group(Broker),
        note: "still inactive",
        calls: &[(ListAccounts, CREDENTIALS_INVALID)],
    },
    Scene {
        caller: BROKER,
        executing: Executing::Group(Newcomer),
        note: "another tree",
        calls: &[(GetAccount(Newcomer), ROLE_REQUIRED)],
    },
];
