//! The twin of `fail/access_*`: the authoriser makes an access, and it serves the method that it was
//! made for.

use meshauth_runtime::{Access, Authorised, Authoriser, Denial, MemoryDirectory};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::UpdateAccount;

fn update_account(access: Authorised<UpdateAccount>) -> Option<meshauth_runtime::GroupName> {
    let _ = (access.entity(), access.hierarchy());
    access.executing_group()
}

async fn call(authoriser: Authoriser, headers: &mut http::HeaderMap) -> Result<(), Denial> {
    let access = authoriser.authorise::<UpdateAccount>(headers).await?;
    update_account(access);
    Ok(())
}

fn main() {
    let directory = MemoryDirectory::new(Default::default()).unwrap();
    let mut headers = http::HeaderMap::new();
    let called = call(Authoriser::new(directory), &mut headers);
    let answered = futures_util::FutureExt::now_or_never(called);
    assert_eq!(answered, Some(Err(Denial::CredentialsMissing)));
}
