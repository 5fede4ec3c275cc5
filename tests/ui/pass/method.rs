//! The twin of `fail/method_*`: methods by hand whose kind and access are those of their policies.

use meshauth_runtime::{
    Authorised, Authoriser, Denial, MemoryDirectory, Method, MethodPolicy, ServicePolicy, Public, Read, Write,
};
use meshauth_tests::api::meshtrade::{
    testing::ledger::token_tap::v1::token_tap_service_guard::method::ListTokenTaps,
    wallet::account::v1::account_service_guard::method::{GetAccount, UpdateAccount},
};

enum Reads {}

impl Method for Reads {
    const POLICY: &'static MethodPolicy = GetAccount::POLICY;
    const SERVICE: &'static ServicePolicy = GetAccount::SERVICE;
    type Kind = Read;
    type Access = Authorised<Self>;
}

enum Writes {}

impl Method for Writes {
    const POLICY: &'static MethodPolicy = UpdateAccount::POLICY;
    const SERVICE: &'static ServicePolicy = UpdateAccount::SERVICE;
    type Kind = Write;
    type Access = Authorised<Self>;
}

enum Shows {}

impl Method for Shows {
    const POLICY: &'static MethodPolicy = ListTokenTaps::POLICY;
    const SERVICE: &'static ServicePolicy = ListTokenTaps::SERVICE;
    type Kind = Read;
    type Access = Public<Self>;
}

fn call<M: Method>() -> Option<Denial> {
    let authoriser = Authoriser::new(MemoryDirectory::new(Default::default()).unwrap());
    let mut headers = http::HeaderMap::new();
    let called = authoriser.authorise::<M>(&mut headers);
    futures_util::FutureExt::now_or_never(called).unwrap().err()
}

fn main() {
    assert_eq!(call::<Reads>(), Some(Denial::CredentialsMissing));
    assert_eq!(call::<Writes>(), Some(Denial::CredentialsMissing));
    assert_eq!(call::<Shows>(), None);
}
