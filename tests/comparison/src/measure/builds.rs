//! What generating and checking guards costs: measured by the plugin's own bench, in processes, and
//! taken into this report.

use std::{error::Error, process::Command};

use serde_json::Value;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// One thing that was measured, next to the base of its table.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) table: String,
    pub(crate) name: String,
    /// Wall and CPU time in milliseconds, peak memory in MiB.
    pub(crate) cost: [f64; 3],
    pub(crate) to_base: [f64; 3],
}

/// Generation next to protoc-gen-prost and protoc-gen-tonic, `cargo check` with and without guards.
pub(crate) fn builds() -> Result<Vec<Build>, Box<dyn Error>> {
    let bench = Command::new("cargo")
        .args(["bench", "--quiet", "--manifest-path", MANIFEST, "-p", "protoc-gen-meshauth"])
        .args(["--", "services", "rustc", "--json"])
        .output()?;
    if !bench.status.success() {
        // Before its error stand the warnings of ten thousand methods.
        let said = String::from_utf8_lossy(&bench.stderr);
        let from = said.find("\nerror").unwrap_or_default();
        return Err(said[from..].into());
    }
    let tables: Value = serde_json::from_slice(&bench.stdout)?;
    let builds = read(&tables).ok_or("the bench of the plugin wrote something else")?;
    let has = |name: &str| builds.iter().any(|build| build.name == name);
    if !has("protoc-gen-prost") {
        return Err("protoc-gen-prost is not installed: `cargo install --locked \
                    protoc-gen-prost@0.5.0 protoc-gen-tonic@0.5.0`"
            .into());
    }
    Ok(builds)
}

fn read(tables: &Value) -> Option<Vec<Build>> {
    let mut builds = Vec::new();
    for table in tables.as_array()? {
        for row in table["rows"].as_array()? {
            builds.push(Build {
                table: table["title"].as_str()?.to_owned(),
                name: row["name"].as_str()?.to_owned(),
                cost: three(&row["wall_cpu_peak"])?,
                to_base: three(&row["to_base"])?,
            });
        }
    }
    Some(builds)
}

fn three(numbers: &Value) -> Option<[f64; 3]> {
    let numbers: Option<Vec<f64>> = numbers.as_array()?.iter().map(Value::as_f64).collect();
    numbers?.try_into().ok()
}
