//! One crate with a module for each case, checked with every warning as an error.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::common::{asked_for, texts};

/// Whether crates of generated code are to be compiled.
pub(crate) fn is_asked_for() -> bool {
    asked_for("MESHAUTH_COMPILE", "some minutes, as it compiles what crates of its own depend on")
}

pub(crate) const EDITIONS: [&str; 2] = ["2021", "2024"];

/// Warnings that the code of tonic gives of itself, and which its users get without any guard: the
/// case, how the line of the item begins, and the lint. Guards are not excused.
const ALLOWED: &[(&str, &str, &str)] = &[
    // tonic calls the stream of a method `while` `whileStream`, and the server of `Self_` so.
    ("cases_of_methods", "pub mod streams_server", "non_camel_case_types"),
    ("methods_named_like_items", "pub mod streams_server", "non_camel_case_types"),
    ("keywords", "pub mod for_server", "non_camel_case_types"),
    ("keywords", "pub mod self__", "non_camel_case_types, non_snake_case"),
];

/// prost and tonic copy comments as they are, whichever way their text runs, and rustc takes this
/// for a whole crate only. That no guard has such a character is a test of its own.
const ALLOWED_IN_ALL: &str = "#![allow(text_direction_codepoint_in_literal)]\n";

pub(crate) struct Crate {
    directory: PathBuf,
    modules: String,
    /// Whether the runtime is there with the feature `server` only.
    runtime_is_optional: bool,
}

impl Crate {
    pub(crate) fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flows").join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("src")).unwrap();
        Self { directory, modules: ALLOWED_IN_ALL.to_owned(), runtime_is_optional: false }
    }

    /// One that has the runtime with its feature `server` only.
    #[allow(dead_code, reason = "each test uses its own part")]
    pub(crate) fn with_optional_runtime(name: &str) -> Self {
        Self { runtime_is_optional: true, ..Self::new(name) }
    }

    /// Adds a line to the crate itself.
    #[allow(dead_code, reason = "each test uses its own part")]
    pub(crate) fn add_line(&mut self, line: &str) {
        writeln!(self.modules, "{line}").unwrap();
    }

    /// Puts this before all other lines of the crate: attributes belong there.
    #[allow(dead_code, reason = "each test uses its own part")]
    pub(crate) fn begin_with(&mut self, lines: &str) {
        self.modules.insert_str(0, lines);
    }

    /// Adds what was written under this name, with the module tree in `mod.rs`.
    pub(crate) fn add(&mut self, name: &str, generated: &Path) {
        for (file, text) in texts(generated) {
            let path = self.directory.join("src").join(name).join(&file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, excused(name, &file, text)).unwrap();
        }
        writeln!(self.modules, "pub mod {name} {{ include!(\"{name}/mod.rs\"); }}").unwrap();
    }

    pub(crate) fn check(&self, edition: &str) -> Result<(), String> {
        self.check_with(edition, &[])
    }

    /// Checks it with more arguments for cargo.
    pub(crate) fn check_with(&self, edition: &str, more: &[&str]) -> Result<(), String> {
        self.write(edition);
        self.cargo(&[&["check", "--quiet"], more].concat()).map(drop)
    }

    /// Writes the crate itself.
    pub(crate) fn write(&self, edition: &str) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let runtime = root.join("meshauth-runtime").display().to_string();
        let optional = self.runtime_is_optional;
        let features = if optional { "server = [\"dep:meshauth-runtime\"]" } else { "" };
        let manifest = format!(
            "[package]
name = \"generated\"
edition = \"{edition}\"
[workspace]
[features]
{features}
[dependencies]
meshauth-runtime = {{ path = {runtime:?}, features = [\"tonic\"], optional = {optional} }}
prost = \"0.14\"
prost-types = \"0.14\"
tonic = {{ version = \"0.14\", default-features = false, features = [\"channel\", \"codegen\"] }}
tonic-prost = \"0.14\"
"
        );
        fs::write(self.directory.join("Cargo.toml"), manifest).unwrap();
        fs::write(self.directory.join("src/lib.rs"), &self.modules).unwrap();
        // The versions that the workspace is tested with.
        fs::copy(root.join("Cargo.lock"), self.directory.join("Cargo.lock")).unwrap();
    }

    /// That no comment of a proto became a doctest in a guard. Of the crate that was checked last.
    #[allow(dead_code, reason = "each test uses its own part")]
    pub(crate) fn has_no_doctests(&self) -> Result<(), String> {
        let listed = self.cargo(&["rustdoc", "--quiet", "--", "--test", "--test-args=--list"])?;
        // prost and tonic do make doctests of them: without any, this would look at nothing.
        assert!(listed.contains("src/comments/acme"), "{listed}");
        let of_guards: Vec<_> =
            listed.lines().filter(|line| line.contains(".meshauth.rs - ")).collect();
        if of_guards.is_empty() { Ok(()) } else { Err(of_guards.join("\n")) }
    }

    /// What cargo says for this crate.
    fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(arguments).output().unwrap();
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Crate {
    /// Cargo, for this crate.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(arguments)
            .current_dir(&self.directory)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", "-D warnings")
            // Kept between runs, for what does not change.
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated"));
        cargo
    }
}

/// The text of a file with its warnings allowed, unless it holds guards.
fn excused(case: &str, file: &str, text: String) -> String {
    if file.ends_with(".meshauth.rs") {
        return text;
    }
    ALLOWED.iter().filter(|allowed| allowed.0 == case).fold(text, |text, (_, item, lint)| {
        text.replace(&format!("\n{item}"), &format!("\n#[allow({lint})]\n{item}"))
    })
}
