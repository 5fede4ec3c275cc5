//! The scenarios: who calls what in the name of which group, and what must come of it.

use meshauth_runtime::Check;

use crate::{
    call::{
        Call::{
            CancelLimitOrder, CloseAccount, CreateLimitOrder, CreateLimitOrderPaidBy,
            CreateLimitOrderUnowned, GetAccount, ListAccounts, MonitorLimitOrders, UpdateAccount,
        },
        Expected::{self, Allow, Deny},
    },
    world::{
        Caller, Executing,
        Group::{Broker, Corporate, Individual, Newcomer, Trader},
        Scene, World,
    },
};

// Example keys, good for nothing else. The directory holds only their digests:
// printf %s "$KEY" | sha256sum
pub(crate) const BROKER: Caller = caller("broker", "EXAMPLE-not-a-secret-broker________________");
pub(crate) const FORMER_BROKER: Caller =
    caller("former broker", "EXAMPLE-not-a-secret-former-broker_________");
pub(crate) const RISK_MONITOR: Caller =
    caller("risk monitor", "EXAMPLE-not-a-secret-risk-monitor__________");
/// What the directory calls it.
pub(crate) const RISK_MONITOR_NAME: &str = "api_users/01JD8Q5V9W00000R1SKM0N1T0R";
pub(crate) const TRADING_BOT: Caller =
    caller("trading bot", "EXAMPLE-not-a-secret-trading-bot___________");
pub(crate) const ADMINISTRATOR: Caller =
    caller("administrator", "EXAMPLE-not-a-secret-administrator_________");
const NEWCOMER: Caller = caller("newcomer", "EXAMPLE-not-a-secret-newcomer______________");
const TRADER: Caller = caller("trader", "EXAMPLE-not-a-secret-trader________________");
const AUDITOR: Caller = caller("auditor", "EXAMPLE-not-a-secret-auditor_______________");
const STRANGER: Caller = caller("stranger", "EXAMPLE-not-a-secret-nobody-knows-me_______");
const MALFORMED: Caller = caller("stranger", "EXAMPLE-too-short");
const NOBODY: Caller = Caller { name: "nobody", key: None };

const fn caller(name: &'static str, key: &'static str) -> Caller {
    Caller { name, key: Some(key) }
}

const CREDENTIALS_MISSING: Expected = Deny("CREDENTIALS_MISSING", Check::Entity);
pub(crate) const CREDENTIALS_INVALID: Expected = Deny("CREDENTIALS_INVALID", Check::Entity);
pub(crate) const ROLE_REQUIRED: Expected = Deny("ROLE_REQUIRED", Check::Role);
const UNKNOWN_GROUP: Expected = Deny("ROLE_REQUIRED", Check::Group);
const VERIFICATION_REQUIRED: Expected = Deny("VERIFICATION_REQUIRED", Check::Verification);
pub(crate) const NOT_FOUND: Expected = Deny("RESOURCE_NOT_FOUND", Check::Scope);
pub(crate) const NOT_OWNED: Expected = Deny("RESOURCE_NOT_OWNED", Check::Scope);

/// All worlds, in the order in which they are run.
pub(crate) const WORLDS: &[World] = &[MARKET, TRADER_ALONE];

/// The world of the specification.
pub(crate) const MARKET: World = World {
    about: "Broker (B) is a root; Corporate (C) and Individual (I) are its children. \
        Newcomer (N) is another root.\n\
        Each owns a client, an account and an order. All clients are verified but Newcomer's.",
    directory: include_str!("../directory.json"),
    groups: &[Broker, Corporate, Individual, Newcomer],
    scenes: &[
        Scene {
            caller: BROKER,
            executing: Executing::Group(Broker),
            note: "reads below itself, writes only its own",
            calls: &[
                (ListAccounts, Allow(&[Broker, Corporate, Individual])),
                (GetAccount(Broker), Allow(&[Broker])),
                (GetAccount(Corporate), Allow(&[Corporate])),
                (GetAccount(Newcomer), NOT_FOUND),
                (GetAccount(Trader), NOT_FOUND),
                (UpdateAccount(Broker), Allow(&[Broker])),
                (UpdateAccount(Corporate), NOT_OWNED),
                (UpdateAccount(Individual), NOT_OWNED),
                (UpdateAccount(Newcomer), NOT_FOUND),
                (MonitorLimitOrders, Allow(&[Broker, Corporate, Individual])),
            ],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Group(Corporate),
            note: "granted in Broker, so also below",
            calls: &[
                (ListAccounts, Allow(&[Corporate])),
                (UpdateAccount(Corporate), Allow(&[Corporate])),
                (UpdateAccount(Broker), NOT_FOUND),
                (UpdateAccount(Individual), NOT_FOUND),
                (MonitorLimitOrders, Allow(&[Corporate])),
            ],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Group(Newcomer),
            note: "another tree",
            calls: &[(ListAccounts, ROLE_REQUIRED), (UpdateAccount(Newcomer), ROLE_REQUIRED)],
        },
        Scene {
            caller: RISK_MONITOR,
            executing: Executing::Group(Corporate),
            note: "holds viewer roles",
            calls: &[
                (ListAccounts, Allow(&[Corporate])),
                (GetAccount(Corporate), Allow(&[Corporate])),
                (GetAccount(Individual), NOT_FOUND),
                (GetAccount(Broker), NOT_FOUND),
                (UpdateAccount(Corporate), ROLE_REQUIRED),
                (CreateLimitOrder(Corporate), ROLE_REQUIRED),
                (CancelLimitOrder(Corporate), ROLE_REQUIRED),
                (MonitorLimitOrders, Allow(&[Corporate])),
            ],
        },
        Scene {
            caller: RISK_MONITOR,
            executing: Executing::Group(Broker),
            note: "its grant is below Broker",
            calls: &[
                (ListAccounts, ROLE_REQUIRED),
                (GetAccount(Corporate), ROLE_REQUIRED),
                (UpdateAccount(Broker), ROLE_REQUIRED),
                (CreateLimitOrder(Broker), ROLE_REQUIRED),
                (CancelLimitOrder(Broker), ROLE_REQUIRED),
                (MonitorLimitOrders, ROLE_REQUIRED),
            ],
        },
        Scene {
            caller: TRADING_BOT,
            executing: Executing::Group(Individual),
            note: "holds a trading role only",
            calls: &[
                (CreateLimitOrder(Individual), Allow(&[Individual])),
                (CreateLimitOrder(Corporate), NOT_OWNED),
                (CreateLimitOrderUnowned(Individual), Allow(&[Individual])),
                (CreateLimitOrderPaidBy(Corporate), NOT_FOUND),
                (CancelLimitOrder(Individual), Allow(&[Individual])),
                (CancelLimitOrder(Corporate), NOT_FOUND),
                (MonitorLimitOrders, Allow(&[Individual, Individual, Individual])),
                (ListAccounts, ROLE_REQUIRED),
            ],
        },
        Scene {
            caller: TRADING_BOT,
            executing: Executing::Group(Corporate),
            note: "a sibling",
            calls: &[
                (CreateLimitOrder(Corporate), ROLE_REQUIRED),
                (MonitorLimitOrders, ROLE_REQUIRED),
            ],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Group(Broker),
            note: "sees what the bot created below",
            calls: &[(
                MonitorLimitOrders,
                Allow(&[Broker, Corporate, Individual, Individual, Individual]),
            )],
        },
        Scene {
            caller: NEWCOMER,
            executing: Executing::Group(Newcomer),
            note: "not verified: only what does not ask for it",
            calls: &[
                (ListAccounts, VERIFICATION_REQUIRED),
                (GetAccount(Newcomer), VERIFICATION_REQUIRED),
                (UpdateAccount(Newcomer), VERIFICATION_REQUIRED),
                (CreateLimitOrder(Newcomer), VERIFICATION_REQUIRED),
                (CancelLimitOrder(Newcomer), Allow(&[Newcomer])),
                (MonitorLimitOrders, Allow(&[Newcomer])),
            ],
        },
        Scene {
            caller: AUDITOR,
            executing: Executing::Group(Corporate),
            note: "of Newcomer: the caller's own client counts, not Corporate's",
            calls: &[
                (GetAccount(Corporate), VERIFICATION_REQUIRED),
                (MonitorLimitOrders, Allow(&[Corporate])),
            ],
        },
        Scene {
            caller: NOBODY,
            executing: Executing::Group(Broker),
            note: "no key",
            calls: &[
                (ListAccounts, CREDENTIALS_MISSING),
                (UpdateAccount(Broker), CREDENTIALS_MISSING),
                (MonitorLimitOrders, CREDENTIALS_MISSING),
            ],
        },
        Scene {
            caller: MALFORMED,
            executing: Executing::Group(Broker),
            note: "a key that is too short",
            calls: &[(ListAccounts, CREDENTIALS_INVALID)],
        },
        Scene {
            caller: STRANGER,
            executing: Executing::Group(Broker),
            note: "a key that nobody knows",
            calls: &[(ListAccounts, CREDENTIALS_INVALID)],
        },
        Scene {
            caller: STRANGER,
            executing: Executing::Nothing,
            note: "who is not known learns nothing of groups",
            calls: &[(ListAccounts, CREDENTIALS_INVALID)],
        },
        Scene {
            caller: FORMER_BROKER,
            executing: Executing::Group(Broker),
            note: "holds broker's roles, but is inactive",
            calls: &[(ListAccounts, CREDENTIALS_INVALID)],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Nothing,
            note: "there is no default group",
            calls: &[(ListAccounts, Deny("GROUP_MISSING", Check::Group))],
        },
        Scene {
            caller: BROKER,
            executing: Executing::LowerCase(Broker),
            note: "a name has one spelling",
            calls: &[(ListAccounts, Deny("GROUP_MALFORMED", Check::Group))],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Twice(Broker),
            note: "even if both are equal",
            calls: &[(ListAccounts, Deny("GROUP_MALFORMED", Check::Group))],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Group(Trader),
            note: "unknown here: the caller is told the same as without a role",
            calls: &[(ListAccounts, UNKNOWN_GROUP)],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Group(Broker),
            note: "there is no such method",
            calls: &[(CloseAccount, Deny("METHOD_UNKNOWN", Check::Method))],
        },
    ],
};

/// A person who trades alone: one group, one verified client, one API user, one account.
pub(crate) const TRADER_ALONE: World = World {
    about: "A server of its own for Trader (T): one group with a verified client, an API user, \
        an account and an order.",
    directory: include_str!("../directory-trader.json"),
    groups: &[Trader],
    scenes: &[
        Scene {
            caller: TRADER,
            executing: Executing::Group(Trader),
            note: "a tree of one group needs nothing special",
            calls: &[
                (ListAccounts, Allow(&[Trader])),
                (GetAccount(Trader), Allow(&[Trader])),
                (GetAccount(Individual), NOT_FOUND),
                (UpdateAccount(Trader), Allow(&[Trader])),
                (CreateLimitOrder(Trader), Allow(&[Trader])),
                (CreateLimitOrderUnowned(Trader), Allow(&[Trader])),
                (CreateLimitOrder(Individual), NOT_OWNED),
                (CancelLimitOrder(Trader), Allow(&[Trader])),
                (MonitorLimitOrders, Allow(&[Trader, Trader, Trader])),
            ],
        },
        Scene {
            caller: TRADER,
            executing: Executing::Group(Broker),
            note: "a group of the other server",
            calls: &[(ListAccounts, UNKNOWN_GROUP)],
        },
        Scene {
            caller: BROKER,
            executing: Executing::Group(Trader),
            note: "a key of the other server",
            calls: &[(ListAccounts, CREDENTIALS_INVALID)],
        },
    ],
};
