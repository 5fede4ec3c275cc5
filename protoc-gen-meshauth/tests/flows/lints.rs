//! The lints of a team that turns on all there are: what a guard says is found by none of them.

use serde_json::Value;

use crate::compile::Crate;

/// All that rustc allows by itself and a team may deny, and the groups of clippy; of those that only
/// restrict, what teams are known to choose.
const STRICTEST: &[&str] = &[
    "missing_copy_implementations",
    "missing_debug_implementations",
    "missing_docs",
    "non_ascii_idents",
    "redundant_imports",
    "redundant_lifetimes",
    "single_use_lifetimes",
    "trivial_casts",
    "trivial_numeric_casts",
    "unit_bindings",
    "unnameable_types",
    "unreachable_pub",
    "unsafe_code",
    "unused_import_braces",
    "unused_lifetimes",
    "unused_macro_rules",
    "unused_qualifications",
    "unused_results",
    "variant_size_differences",
    "let_underscore_drop",
    "explicit_outlives_requirements",
    "future_incompatible",
    "nonstandard_style",
    "rust_2018_idioms",
    "rust_2024_compatibility",
    "unused",
    "clippy::all",
    "clippy::pedantic",
    "clippy::nursery",
    "clippy::cargo",
    "clippy::as_conversions",
    "clippy::dbg_macro",
    "clippy::expect_used",
    "clippy::indexing_slicing",
    "clippy::arithmetic_side_effects",
    "clippy::panic",
    "clippy::print_stdout",
    "clippy::todo",
    "clippy::unimplemented",
    "clippy::unreachable",
    "clippy::unwrap_in_result",
    "clippy::unwrap_used",
    "clippy::wildcard_enum_match_arm",
];

impl Crate {
    /// What these lints say of guards, each finding as rustc prints it. What they say of prost's and
    /// tonic's code is theirs.
    ///
    /// # Errors
    /// What ran but found nothing at all, not even there.
    pub(crate) fn strictest_lints_of_guards(&mut self) -> Result<(), String> {
        self.begin_with(&format!("#![warn({})]\n", STRICTEST.join(", ")));
        self.write("2024");
        let mut clippy = self.command(&["clippy", "--quiet", "--no-deps", "--message-format=json"]);
        let output = clippy.env("RUSTFLAGS", "").output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout);
        let messages: Vec<Value> =
            said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let of_guards = |message: &&Value| {
            let spans = message["message"]["spans"].as_array();
            spans.into_iter().flatten().any(|span| {
                span["file_name"].as_str().is_some_and(|name| name.ends_with(".meshauth.rs"))
            })
        };
        let texts = |message: &Value| message["message"]["rendered"].as_str().map(str::to_owned);
        let found: Vec<_> = messages.iter().filter(of_guards).filter_map(texts).collect();
        if !found.is_empty() {
            return Err(found.join("\n"));
        }
        let is_error = |message: &&Value| message["message"]["level"] == "error";
        let errors: Vec<_> = messages.iter().filter(is_error).filter_map(texts).collect();
        if !output.status.success() {
            return Err(errors.join("\n") + &String::from_utf8_lossy(&output.stderr));
        }
        let is_lint = |message: &Value| message["message"]["code"]["code"].is_string();
        if messages.iter().any(is_lint) { Ok(()) } else { Err("nothing was looked at".to_owned()) }
    }
}
