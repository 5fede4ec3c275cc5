//! What crosses crates. One program: the API of the tests is linked once.

#![allow(
    clippy::pedantic,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault in a test fails it, and what is left out is said"
)]

mod aged;
mod answers;
mod audit;
mod audited;
mod batches;
mod claimed;
mod client;
mod contract;
mod costly;
mod ends;
mod faults;
mod fleet;
mod flooded;
mod followed;
mod grants;
mod guide;
mod hierarchy;
mod http;
mod kept;
mod kit;
mod lasting;
mod log;
mod lost;
mod measured;
mod mounting;
mod names;
mod oracle;
mod python;
mod readiness;
mod readme;
mod request_ids;
mod revoked;
mod service;
mod shadow;
mod shed;
mod shutdown;
mod snippets;
mod spans;
mod strangers;
mod streams;
mod supply;
mod system;
mod tables;
mod threats;
mod wire;
mod withdrawn;

/// Whether to go through everything, which takes minutes: `MESHAUTH_EXHAUSTIVE=1`, best with
/// `--release`.
pub(crate) fn exhaustive() -> bool {
    std::env::var_os("MESHAUTH_EXHAUSTIVE").is_some_and(|set| set == "1")
}

/// Whether a test was asked for that needs more than Rust. What is left out is said, past what cargo
/// holds back of tests that pass.
pub(crate) fn asked_for(variable: &str, needs: &str) -> bool {
    let asked = std::env::var_os(variable).is_some_and(|value| value == "1");
    if !asked {
        let said = format!("left out: set {variable}=1 to run it; it needs {needs}\n");
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
    }
    asked
}
