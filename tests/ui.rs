//! What must not compile, and what users read when they try: one attempt a file in `ui/fail`, with
//! the message beside it. `ui/pass` has the working twins, so that an attempt fails for the reason
//! that its message names and for no other.
//!
//! The messages are those of rustc 1.95, and are compared with that version only: another words its
//! part of them in other ways. To write them anew, with the version changed below, and then read the
//! difference:
//!
//! ```sh
//! TRYBUILD=overwrite cargo test -p meshauth-tests --test ui
//! ```
//!
//! Those of a kind run alone with
//! `cargo test -p meshauth-tests --test ui -- does_not_compile trybuild=method`.

use trybuild::TestCases;

#[test]
fn what_is_right_compiles() {
    TestCases::new().pass("ui/pass/*.rs");
}

#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of rustc 1.95")]
#[test]
fn what_is_wrong_does_not_compile() {
    let cases = TestCases::new();
    // With something to run, all is built in full and not only checked: a method that contradicts
    // its policy is found where code is generated for it.
    cases.pass("ui/pass/method.rs");
    cases.compile_fail("ui/fail/*.rs");
}
