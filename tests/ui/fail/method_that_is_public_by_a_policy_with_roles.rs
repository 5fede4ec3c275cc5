//! A method by hand, with the policy of one that asks for a role and the access of one that does
//! not.

use meshauth_runtime::{Authoriser, Method, MethodPolicy, ServicePolicy, Public, Read};
use meshauth_tests::api::meshtrade::wallet::account::v1::account_service_guard::method::GetAccount;

enum Lax {}

impl Method for Lax {
    const POLICY: &'static MethodPolicy = GetAccount::POLICY;
    const SERVICE: &'static ServicePolicy = GetAccount::SERVICE;
    type Kind = Read;
    type Access = Public<Self>;
}

async fn call(authoriser: Authoriser, headers: &mut http::HeaderMap) {
    let _ = authoriser.authorise::<Lax>(headers).await;
}

fn main() {
    let directory = meshauth_runtime::MemoryDirectory::new(Default::default()).unwrap();
    let _ = futures_util::FutureExt::now_or_never(call(
        Authoriser::new(directory),
        &mut http::HeaderMap::new(),
    ));
}
