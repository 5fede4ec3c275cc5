//! What a test needs of the machine.

use std::{collections::BTreeSet, env, io::Write as _, sync::Mutex};

/// What this variable names. If it is not set, it is said once, past the capture of output, what is
/// left out.
pub(super) fn needed(variable: &'static str, left_out: &str) -> Option<String> {
    static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let named = env::var(variable).ok();
    if named.is_none() && SAID.lock().unwrap().insert(variable) {
        let line = format!("{left_out}: {variable} names none\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    named
}
