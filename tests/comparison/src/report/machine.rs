//! When, where and of what.

use std::{fmt, fs, thread, time::SystemTime};

pub(super) fn write(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let date = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    writeln!(
        f,
        "{}. {cores} cores of {}, load average {}. {}, meshauth {}, cedar-policy {}.",
        &date[..10],
        processor().unwrap_or("an unknown processor".to_owned()),
        load.split(' ').next().unwrap_or_default(),
        env!("RUSTC_VERSION"),
        locked("meshauth-runtime"),
        locked("cedar-policy"),
    )
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let value = |key: &str| {
        let line = text.lines().find(|line| line.split(':').next().map(str::trim) == Some(key))?;
        line.split(": ").nth(1)
    };
    let family = value("cpu family").zip(value("model"));
    let family = family.map(|(family, model)| format!(" (family {family}, model {model})"));
    Some(format!("{}{}", value("model name")?, family.unwrap_or_default()))
}

/// The version in the lock file.
fn locked(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"\nversion = \"");
    let after = include_str!("../../Cargo.lock").split_once(&name);
    after.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}
