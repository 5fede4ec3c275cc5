//! A scope asked about something that nobody owns.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::{
    reporting::account_report::v1::AccountReport,
    wallet::account::v1::account_service_guard::method::GetAccount,
};

fn get_account(access: Authorised<GetAccount>, found: AccountReport) {
    access.scope().contains(&found);
}

fn main() {}
