//! A headless Chromium that opens the page.

use std::{
    env,
    error::Error,
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{process::Command, time::timeout};

/// The names that it is installed under.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Only a browser that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether calls by a browser were asked for. What is left out is said, past what cargo holds back of
/// tests that pass.
pub(super) fn asked_for() -> bool {
    let asked = env::var_os("MESHAUTH_BROWSER").is_some_and(|value| value == "1");
    if !asked {
        let said = "left out: set MESHAUTH_BROWSER=1 to run it; it needs Chromium\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
    }
    asked
}

/// What the page at this address has written into its results.
pub(super) async fn results(url: &str) -> Result<Value, Box<dyn Error>> {
    for name in NAMES {
        match timeout(PATIENCE, open(name, url)).await? {
            Ok(output) => return read(&output),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(format!("there is no Chromium: none of {NAMES:?} could be started").into())
}

/// Prints the page as it is when its script has nothing more to do.
async fn open(browser: &str, url: &str) -> std::io::Result<Output> {
    let profile = tempfile::tempdir()?;
    Command::new(browser)
        // As root there is no sandbox, and the page is our own.
        .args(["--headless", "--no-sandbox", "--no-first-run", "--no-proxy-server"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        // Time that passes only while no call is under way: it waits for each of them.
        .args(["--virtual-time-budget=10000", "--dump-dom", url])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
}

fn read(output: &Output) -> Result<Value, Box<dyn Error>> {
    let page = String::from_utf8_lossy(&output.stdout);
    let results = page
        .split_once("<pre id=\"results\">")
        .and_then(|(_, rest)| rest.split_once("</pre>"))
        .map(|(results, _)| results)
        .filter(|results| !results.is_empty());
    let Some(results) = results else {
        let log = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the page has no results: {page}\n{log}").into());
    };
    Ok(serde_json::from_str(results)?)
}
