//! What comes into a service with the runtime (M05): few crates, and nothing of ours that runs while
//! it is built.

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The crates that are compiled into the runtime, without itself.
fn crates(features: &[&str]) -> BTreeSet<String> {
    let tree = ["tree", "--offline", "--locked", "-p", "meshauth-runtime", "-e", "normal"];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .args(["--prefix", "none", "--format", "{p}"])
        .args(features)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let names = lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned);
    names.filter(|name| name != "meshauth-runtime" && !name.is_empty()).collect()
}

#[test]
fn t_m05_the_runtime_brings_few_crates() {
    let alone = crates(&["--no-default-features"]);
    assert!(alone.contains("tokio") && alone.len() <= 35, "{}: {alone:?}", alone.len());
    // Beside what tonic brings itself.
    let tonic = crates(&["--no-default-features", "--features", "tonic"]);
    assert!(tonic.len() <= 70, "{}: {tonic:?}", tonic.len());
}

#[test]
fn t_m05_nothing_of_the_runtime_runs_while_it_is_built() {
    let runtime = root().join("meshauth-runtime");
    assert!(!runtime.join("build.rs").exists());
    let manifest = fs::read_to_string(runtime.join("Cargo.toml")).unwrap();
    for word in ["proc-macro", "build =", "build-dependencies", "links ="] {
        assert!(!manifest.contains(word), "{word}");
    }
    assert!(root().join("Cargo.lock").exists());
    // Everything comes from the one registry that the lock file holds checksums of.
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources: BTreeSet<_> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    let (sources, checksums) =
        (lock.matches("\nsource = ").count(), lock.matches("\nchecksum = ").count());
    assert_eq!(sources, checksums);
}
