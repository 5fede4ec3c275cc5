//! What is called, what is expected of it, and what came of it.

use std::fmt;

use meshauth_runtime::Check;

use crate::{
    api::brokerage::{
        trading::limit_order::v1::limit_order_service_guard,
        wallet::account::v1::account_service_guard,
    },
    world::Group,
};

/// A call, with the group whose resource it touches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    ListAccounts,
    GetAccount(Group),
    /// The request does not say who owns the account: the handler looks it up.
    UpdateAccount(Group),
    /// The order says who owns it, and that group's account pays.
    CreateLimitOrder(Group),
    /// The order does not say who owns it: the handler does. This group's account pays.
    CreateLimitOrderUnowned(Group),
    /// The same, named for the group whose account pays.
    CreateLimitOrderPaidBy(Group),
    CancelLimitOrder(Group),
    MonitorLimitOrders,
    /// A method that does not exist, under a service that does.
    CloseAccount,
}

impl Call {
    /// The path on the wire.
    pub(crate) fn path(self) -> String {
        let (service, method) = match self {
            Self::ListAccounts => (&account_service_guard::POLICY, "ListAccounts"),
            Self::GetAccount(_) => (&account_service_guard::POLICY, "GetAccount"),
            Self::UpdateAccount(_) => (&account_service_guard::POLICY, "UpdateAccount"),
            Self::CloseAccount => (&account_service_guard::POLICY, "CloseAccount"),
            Self::CreateLimitOrder(_)
            | Self::CreateLimitOrderUnowned(_)
            | Self::CreateLimitOrderPaidBy(_) => {
                (&limit_order_service_guard::POLICY, "CreateLimitOrder")
            }
            Self::CancelLimitOrder(_) => (&limit_order_service_guard::POLICY, "CancelLimitOrder"),
            Self::MonitorLimitOrders => (&limit_order_service_guard::POLICY, "MonitorLimitOrders"),
        };
        format!("/{}/{method}", service.name())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GetAccount(of) => write!(f, "GetAccount of {of}"),
            Self::UpdateAccount(of) => write!(f, "UpdateAccount of {of}"),
            Self::CreateLimitOrder(owner) => write!(f, "CreateLimitOrder for {owner}"),
            Self::CreateLimitOrderUnowned(_) => f.write_str("CreateLimitOrder, no owner stated"),
            Self::CreateLimitOrderPaidBy(payer) => write!(f, "CreateLimitOrder, {payer} pays"),
            Self::CancelLimitOrder(of) => write!(f, "CancelLimitOrder of {of}"),
            Self::ListAccounts | Self::MonitorLimitOrders | Self::CloseAccount => {
                fmt::Debug::fmt(self, f)
            }
        }
    }
}

/// What must come of a call. The scenarios state it; nothing computes it.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    /// It is allowed, and answers what exactly these groups own: one each time a group is named.
    Allow(&'static [Group]),
    /// It is denied with this reason, and this check decided.
    Deny(&'static str, Check),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow(groups) => f.pad(&allowed(groups)),
            Self::Deny(reason, _) => f.pad(reason),
        }
    }
}

/// What the client got.
#[derive(Debug)]
pub(crate) enum Got {
    /// The groups that own the resources in the answer.
    Allowed(Vec<Group>),
    /// The reason in the status.
    Denied(String),
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(groups) => f.pad(&allowed(groups)),
            Self::Denied(reason) => f.pad(reason),
        }
    }
}

fn allowed(groups: &[Group]) -> String {
    format!("allowed: {}", letters(groups))
}

/// The groups by their first letters, so that both columns fit.
pub(crate) fn letters(groups: &[Group]) -> String {
    let letters: Vec<_> = groups.iter().map(|group| group.to_string()[..1].to_owned()).collect();
    letters.join(", ")
}
