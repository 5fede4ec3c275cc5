//! What must not compile, and what users read when they try: one attempt a file in `ui/fail`, with
//! the message beside it. `ui/pass` has the working twins, so that an attempt fails for the reason
//! that its message names and for no other.
//!
//! The messages are those of rustc 1.95, and are compared with that version only: another words its
//! part of them in other ways. To write them anew, with the version changed below, and then read the
//! difference:
//!
//! ```sh
//! MESHAUTH_COMPILE=1 TRYBUILD=overwrite cargo test -p meshauth-tests --test ui
//! ```
//!
//! Those of a kind run alone with
//! `MESHAUTH_COMPILE=1 cargo test -p meshauth-tests --test ui -- does_not_compile trybuild=method`.
//! Without the variable nothing is tried: each attempt is a crate of its own, and all they depend on
//! is compiled anew.

use trybuild::TestCases;

#[test]
fn what_is_right_compiles() {
    if !is_asked_for() {
        return;
    }
    TestCases::new().pass("ui/pass/*.rs");
}

#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of rustc 1.95")]
#[test]
fn what_is_wrong_does_not_compile() {
    if !is_asked_for() {
        return;
    }
    let cases = TestCases::new();
    // With something to run, all is built in full and not only checked: a method that contradicts
    // its policy is found where code is generated for it.
    cases.pass("ui/pass/method.rs");
    cases.compile_fail("ui/fail/*.rs");
}

/// Whether this was asked for. What is left out is said, past what cargo holds back of tests that
/// pass.
fn is_asked_for() -> bool {
    let asked = std::env::var_os("MESHAUTH_COMPILE").is_some_and(|value| value == "1");
    if !asked {
        let said = "left out: set MESHAUTH_COMPILE=1 to run it; it needs some minutes\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
    }
    asked
}
