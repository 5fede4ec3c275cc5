//! What only generated code uses. It is no part of the public API, and may change in any version.

#[cfg(feature = "tonic")]
pub use crate::tonic::{
    enforcer::{BoxedCall, Enforcer},
    gated_server::gated_server,
};
pub use crate::{
    authoriser::Exchange,
    scope::{Ownership, OwnershipMut},
};

/// The form of the code that this version of the runtime takes. It changes with everything that
/// generated code relies on.
pub const FORMAT: u32 = 2;

/// Fails to compile where code was checked in that was generated for another form.
///
/// # Panics
/// If `format` is not [`FORMAT`].
#[track_caller]
pub const fn assert_made_for(format: u32) {
    assert!(
        format == FORMAT,
        "this code was generated for another version of meshauth-runtime: generate it again with \
         the protoc-gen-meshauth of the same version"
    );
}

/// Fails to compile where tonic's server was generated under another name than its policies, such as
/// one without its package: no call that reaches it would find its policy, and none that has a policy
/// would reach it (check 1).
///
/// # Panics
/// If the name of the server is not `service`.
#[cfg(feature = "tonic")]
#[track_caller]
pub const fn assert_served_as<S: tonic::server::NamedService>(service: &str) {
    let (name, service) = (S::NAME.as_bytes(), service.as_bytes());
    let mut same = name.len() == service.len();
    let mut at = 0;
    while same && at < name.len() {
        same = name[at] == service[at];
        at += 1;
    }
    assert!(
        same,
        "tonic generated this server under another name than the one here, perhaps without its package: \
         remove `disable_package_emission` or `emit_package(false)` and generate it again"
    );
}
