//! The guide: every block is checked, and operators find an entry for whatever they may see.

use std::collections::BTreeSet;

use meshauth_runtime::Denial;

use crate::readme::blocks_of;

const SERVICES: &str = include_str!("../../meshauth-runtime/src/guide/services.md");
const ANNOTATIONS: &str = include_str!("../../meshauth-runtime/src/guide/annotations.md");
const OPERATORS: &str = include_str!("../../meshauth-runtime/src/guide/operators.md");
const SECURITY: &str = include_str!("../../meshauth-runtime/src/guide/security.md");

/// The entries of a section of the operators' page, by their headings.
fn entries(section: &str) -> BTreeSet<&'static str> {
    let (_, after) = OPERATORS.split_once(&format!("\n## {section}\n")).expect(section);
    let entries = after.split("\n## ").next().unwrap();
    let headings = entries.lines().filter_map(|line| line.strip_prefix("### `"));
    headings.map(|heading| heading.strip_suffix('`').unwrap()).collect()
}

/// The texts in quotes that a source has behind `before`.
fn quoted(source: &'static str, before: &str) -> BTreeSet<&'static str> {
    let found: BTreeSet<_> =
        source.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!found.is_empty(), "nothing behind {before}");
    found
}

fn faults() -> BTreeSet<&'static str> {
    quoted(include_str!("../../meshauth-runtime/src/decision/fault.rs"), " => \"")
}

fn metrics() -> BTreeSet<&'static str> {
    let of = |source| quoted(source, "\"meshauth_");
    let mut metrics = of(include_str!("../../meshauth-runtime/src/metrics.rs"));
    metrics.extend(of(include_str!("../../meshauth-runtime/sql/src/metrics.rs")));
    metrics
}

fn events() -> BTreeSet<&'static str> {
    let source = include_str!("../../meshauth-runtime/src/audit/record.rs");
    let (_, after) = source.split_once("impl AuditEvent {").unwrap();
    quoted(after.split("\n}\n").next().unwrap(), " => \"")
}

fn reasons() -> BTreeSet<&'static str> {
    Denial::ALL.iter().map(|denial| denial.reason()).collect()
}

#[test]
fn operators_find_every_reason_fault_metric_and_event() {
    assert_eq!(entries("Reasons"), reasons());
    assert_eq!(entries("Faults"), faults());
    assert_eq!(entries("Audit events"), events());
    let metrics: BTreeSet<_> =
        metrics().into_iter().map(|name| format!("meshauth_{name}")).collect();
    let described: BTreeSet<_> = entries("Metrics").into_iter().map(str::to_owned).collect();
    assert_eq!(described, metrics);
}

#[test]
fn each_reason_has_its_code_and_its_status() {
    for denial in Denial::ALL {
        let (_, entry) = OPERATORS.split_once(&format!("\n### `{}`\n\n", denial.reason())).unwrap();
        let code = format!("{:?}", tonic::Code::from(denial.grpc_code()));
        let code = code.chars().fold(String::new(), |code, char| {
            let split = char.is_uppercase() && !code.is_empty();
            code + if split { "_" } else { "" } + &char.to_uppercase().to_string()
        });
        let expected = format!("{code}, HTTP {}.", denial.http_status().as_u16());
        assert!(entry.starts_with(&expected), "{}: {expected}", denial.reason());
    }
}

#[test]
fn alert_rules_name_metrics_and_labels_that_exist() {
    let rules = blocks_of(OPERATORS)["alerts"];
    let metrics = metrics();
    for named in rules.split("meshauth_").skip(1) {
        let name = named.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next().unwrap();
        assert!(metrics.contains(name), "{name}");
    }
    let mut outcomes = reasons();
    outcomes.extend(["ALLOW", "SHADOW"]);
    for (label, known) in [("outcome", outcomes), ("event", events())] {
        let values = rules.split(label).skip(1);
        let mut count = 0;
        for value in
            values.filter_map(|rest| rest.trim_start_matches(['=', '!', '~']).strip_prefix('"'))
        {
            for one in value.split('"').next().unwrap().split('|') {
                assert!(known.contains(one), "{label}={one}");
                count += 1;
            }
        }
        assert!(count > 2, "{label}");
    }
}

#[test]
fn every_block_of_the_guide_is_checked() {
    // Compiled and run in `snippets.rs`, compared in `readme.rs` and here, run by the command's own
    // tests.
    let snippets = include_str!("snippets.rs");
    for page in [SERVICES, ANNOTATIONS, OPERATORS, SECURITY] {
        for name in blocks_of(page).into_keys() {
            let compiled = snippets.contains(&format!("/guide_{name}.rs"));
            let compared = [
                "access.txt",
                "alerts",
                "break_glass",
                "breach",
                "browser",
                "decision",
                "directory",
                "four_eyes",
                "key",
                "line",
                "record",
            ];
            assert!(compiled || compared.contains(&name), "{name} is not checked");
        }
        // Without a name there is only a comment to meshauth, which the generator's tests read.
        for block in page.split("\n```").skip(1).step_by(2) {
            let info = block.lines().next().unwrap();
            assert!(info.contains(' ') || info == "proto", "a block without a name: {block}");
        }
    }
}

#[test]
fn the_readme_of_the_test_kit_shows_the_code_that_is_compiled() {
    let kit = include_str!("../../meshauth-runtime/testing/README.md");
    assert!(kit.contains(&format!("```rust\n{}\n```", blocks_of(SERVICES)["testing"])));
}

#[test]
fn pages_call_what_the_guide_shows() {
    let example = include_str!("../../examples/browser/src/main.rs");
    assert!(example.contains(&format!("\n{}\n", blocks_of(SERVICES)["browser"])));
}

#[test]
fn a_record_has_the_fields_that_the_guide_shows() {
    let shown: serde_json::Value = serde_json::from_str(blocks_of(OPERATORS)["record"]).unwrap();
    let source = include_str!("../../meshauth-runtime/src/audit/json.rs");
    let written = quoted(source, "map.text(\"");
    let (_, others) = OPERATORS.split_once("The other fields are").unwrap();
    let others = others.split("\n\n").next().unwrap();
    for name in written {
        let is_other = others.contains(&format!("`{name}`"));
        assert!(shown.get(name).is_some() != is_other, "{name}");
    }
}

#[test]
fn the_line_shows_the_decision() {
    let blocks = blocks_of(OPERATORS);
    let line: serde_json::Value = serde_json::from_str(blocks["line"]).unwrap();
    assert_eq!(line["fields"]["message"], blocks["decision"]);
}

#[test]
fn a_key_is_made_as_the_guide_shows() {
    let script = format!("{}\necho \"${{#KEY}}\"", blocks_of(SERVICES)["key"]);
    let ran = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let shown = String::from_utf8(ran.stdout).unwrap();
    let lines: Vec<_> = shown.lines().collect();
    assert!(matches!(lines[..], [digest, "43"] if digest.len() == 67), "{shown}");
}
