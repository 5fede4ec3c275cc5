//! The rows that are there at the beginning.

use crate::{
    api::brokerage::{
        trading::limit_order::v1::{LimitOrder, LimitOrderState},
        wallet::account::v1::Account,
    },
    world::Group,
};

/// One account for each group.
pub(crate) fn accounts(groups: &[Group]) -> Vec<Account> {
    let account = |group: &Group| Account {
        name: group.account(),
        owner: group.name(),
        owners: group.owners(),
        display_name: group.to_string(),
    };
    groups.iter().map(account).collect()
}

/// One open order for each group, paid from its account.
pub(crate) fn orders(groups: &[Group]) -> Vec<LimitOrder> {
    let order = |group: &Group| LimitOrder {
        name: group.order(),
        owner: group.name(),
        owners: group.owners(),
        account: group.account(),
        state: LimitOrderState::Open.into(),
    };
    groups.iter().map(order).collect()
}
