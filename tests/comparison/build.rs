//! Generates the service whose calls are timed, and the rows of the table of methods.

use std::{env, error::Error, fmt::Write, fs, path::Path, process::Command};

/// As many as `world::methods::COUNT`.
const METHODS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    protoc_gen_meshauth::configure()
        .tonic(tonic_prost_build::configure().build_client(false))
        .include_file("mod.rs")
        .compile_protos(&["comparison/order/v1/order.proto"], &["proto"])?;

    let mut rows = String::new();
    for method in 0..METHODS {
        write!(rows, "row::<{method}>(),")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rows.rs"), format!("[{rows}]"))?;

    let version = Command::new(env::var("RUSTC")?).arg("--version").output()?.stdout;
    println!("cargo::rustc-env=RUSTC_VERSION={}", String::from_utf8(version)?.trim());
    Ok(())
}
