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
