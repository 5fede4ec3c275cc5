//! The twin of `fail/scope_*`: each method with its own scope, for as long as it has its access.

use meshauth_runtime::{Authorised, Denial, Kind, Public, Read, Scope, Write};
use meshauth_tests::api::meshtrade::{
    testing::ledger::token_tap::v1::token_tap_service_guard::method::MintToken,
    wallet::account::v1::{
        Account,
        account_service_guard::method::{GetAccount, UpdateAccount},
    },
};

fn list(_: &Scope<Read>) {}

fn find<'a>(scope: &Scope<impl Kind>, stored: &'a Account) -> Result<&'a Account, Denial> {
    scope.permit(Some(stored))
}

fn delete(_: &Scope<Write>, _name: &str) {}

fn get_account(access: Authorised<GetAccount>, stored: &Account) -> Result<bool, Denial> {
    list(access.scope());
    find(access.scope(), stored)?;
    Ok(access.scope().contains(stored))
}

fn update_account(access: Authorised<UpdateAccount>, sent: &Account) -> Result<(), Denial> {
    access.scope().accept(sent)?;
    let stored = find(access.scope(), sent)?;
    delete(access.scope(), &stored.name);
    Ok(())
}

fn mint_token(access: Public<MintToken>) -> bool {
    access.entity().is_some()
}

fn keep(access: &Authorised<UpdateAccount>) -> &Scope<Write> {
    access.scope()
}

fn main() {}
