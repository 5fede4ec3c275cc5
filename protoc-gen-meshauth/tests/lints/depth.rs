//! `meshauth:depth(nested)`: what it changes, and where it changes nothing.

use protoc_gen_meshauth::{Code, Lint, Severity};

use super::{ADMIN, PUBLIC, READ, WRITE, method, only};
use crate::common::{Proto, Run, proto, run, wallet};

const UNUSED: (Severity, Code) = (Severity::Warning, Code::Lint(Lint::UnusedDirective));

/// A resource two levels below the message of a method with this annotation.
pub(super) fn holder(comment: &str, annotation: &[&str]) -> Proto {
    let method = method("Look", annotation).replace("(M)", "(L0)");
    let file = wallet(&format!("\n{comment}{method}"));
    let messages = "message R { string owner = 1; repeated string owners = 2; }\n\
                    message L1 { R r = 1; }\nmessage L0 { L1 l1 = 1; }\n";
    proto(&file.name, &(file.text + messages))
}

fn guards(run: &Run) -> &str {
    &run.guards.as_ref().expect("something was generated")["acme.wallet.v1"]
}

const CALL: &str = "acme_wallet_v1_l0_admitted(response, admits)";

#[test]
fn depth_of_a_method_in_every_kind_of_comment() {
    assert!(!guards(&run(&[holder("", &[READ, ADMIN])], &[])).contains(CALL));
    for comment in [
        "  // meshauth:depth(nested)",
        "  /* meshauth:depth(nested) */",
        "  // Looks.\n  // meshauth:depth(nested)",
        "  // meshauth:depth( nested )\n  //\n  // Looks.",
        "  // meshauth:depth(nested)\n  // meshauth:depth(nested)",
    ] {
        let run = run(&[holder(comment, &[READ, ADMIN])], &[]);
        assert!(run.findings.is_empty(), "{run:#?}");
        assert!(guards(&run).contains(CALL), "{comment}: {}", guards(&run));
        assert!(!guards(&run).contains("meshauth:depth"), "{comment}: {}", guards(&run));
    }
}

#[test]
fn depth_of_a_method_generates_what_the_option_does() {
    let by_comment = run(&[holder("  // meshauth:depth(nested)", &[WRITE, ADMIN])], &[]);
    let by_option = run(&[holder("", &[WRITE, ADMIN])], &["depth=nested"]);
    assert_eq!(by_comment.guards, by_option.guards);
}

#[test]
fn depth_is_for_its_method_alone() {
    let other = method("Peek", &[READ, ADMIN]).replace("(M)", "(L0)");
    let file = holder("  // meshauth:depth(nested)", &[READ, ADMIN]);
    let text = file.text.replace("\n}\nmessage R", &format!("{other}\n}}\nmessage R"));
    let run = run(&[proto(&file.name, &text)], &[]);
    let calls = guards(&run).matches(CALL).count();
    assert_eq!(calls, 1, "{}", guards(&run));
}

#[test]
fn a_method_says_why_the_guard_does_not_look() {
    let looked_at = run(&[holder("", &[WRITE, ADMIN])], &["depth=nested"]);
    let comment = "  // meshauth:depth(none) reason: it moves things between groups";
    for options in [&["depth=nested"][..], &[]] {
        let run = run(&[holder(comment, &[WRITE, ADMIN])], options);
        assert!(run.findings.is_empty(), "{run:#?}");
        let guards = guards(&run);
        assert!(!guards.contains("admits(") && !guards.contains(CALL), "{guards}");
        let says = "/// The guard does not look at its messages: it moves things between groups";
        assert!(guards.contains(says), "{guards}");
        // Who may do what has changed, so that the table has another digest.
        let digest = |guards: &str| {
            let mut quoted = guards.split('"').map(str::to_owned);
            quoted.find(|text| text.len() == 64).expect("the digest of the annotations")
        };
        assert_ne!(digest(guards), digest(self::guards(&looked_at)));
    }
}

#[test]
fn unused_directive_where_there_is_nothing_not_to_look_at() {
    let comment = "  // meshauth:depth(none) reason: because";
    let file = |annotation: &[&str]| holder(comment, annotation);
    let plain = file(&[READ, ADMIN]);
    let plain = proto(&plain.name, &plain.text.replace("L1 l1 = 1;", ""));
    let twice = holder(&format!("{comment}\n  // meshauth:depth(nested)"), &[READ, ADMIN]);
    for (file, depth, why) in [
        (file(&[READ, PUBLIC]), "none", "a PUBLIC method has no scope"),
        (plain, "none", "there is no resource in its messages"),
        (twice, "nested", "by `meshauth:depth(none)` the guard does not look at all"),
    ] {
        let run = run(std::slice::from_ref(&file), &["lint=public_resource:allow"]);
        let message = format!(
            "`meshauth:depth({depth})` of `acme.wallet.v1.Wallet.Look` changes nothing: {why}"
        );
        only(run.findings).is(UNUSED, &file.place("rpc Look"), &message, "remove the comment");
    }
}

#[test]
fn unused_directive_where_depth_changes_nothing() {
    let file = |annotation: &[&str]| holder("  // meshauth:depth(nested)", annotation);
    let flat = file(&[READ, ADMIN]);
    let flat = proto(&flat.name, &flat.text.replace("L1 l1 = 1;", "R r = 1;"));
    for (file, options, why) in [
        (file(&[READ, ADMIN]), &["depth=nested"][..], "the whole run is so"),
        (file(&[READ, PUBLIC]), &["lint=public_resource:allow"], "a PUBLIC method has no scope"),
        (flat, &[], "there is no resource below the direct fields"),
    ] {
        let run = run(std::slice::from_ref(&file), options);
        assert!(run.guards.is_some());
        let message = format!(
            "`meshauth:depth(nested)` of `acme.wallet.v1.Wallet.Look` changes nothing: {why}"
        );
        only(run.findings).is(UNUSED, &file.place("rpc Look"), &message, "remove the comment");
    }
}

#[test]
fn unseen_resource_where_one_is_below_the_direct_fields_only() {
    const UNSEEN: (Severity, Code) = (Severity::Warning, Code::Lint(Lint::UnseenResource));
    let file = holder("", &[READ, ADMIN]);
    let found = only(run(std::slice::from_ref(&file), &[]).findings);
    let message =
        "`acme.wallet.v1.Wallet.Look` takes or returns a resource below the direct fields";
    found.is(UNSEEN, &file.place("rpc Look"), message, "// meshauth:depth(nested)");

    // A resource in a resource; and one that holds itself.
    let with = |from: &str, to: &str| proto(&file.name, &file.text.replace(from, to));
    for nested in [
        with(
            "message L1 { R r = 1; }",
            "message L1 { R r = 1; string owner = 2; repeated string owners = 3; }",
        ),
        with("(L0) returns (M)", "(M) returns (L0)"),
        with(
            "repeated string owners = 2; }",
            "repeated string owners = 2; repeated R r = 3; }\nmessage D { R r = 1; }",
        ),
    ] {
        assert_eq!(run(&[nested], &[]).kinds(), [UNSEEN]);
    }
    for seen in [
        with("L1 l1 = 1;", "R r = 1;"),
        with("(L0)", "(R)"),
        holder("  // meshauth:allow(public_resource) reason: prices", &[READ, PUBLIC]),
        holder("  // meshauth:depth(nested)", &[READ, ADMIN]),
        holder("  // meshauth:allow(unseen_resource) reason: it is no account", &[READ, ADMIN]),
    ] {
        assert_eq!(run(&[seen], &[]).kinds(), []);
    }
    assert_eq!(run(&[file], &["depth=nested"]).kinds(), []);
}

#[test]
fn depth_and_allow_stand_side_by_side() {
    let comment = "  // meshauth:depth(nested)\n  // meshauth:allow(read_named_write) reason: odd";
    let file = holder(comment, &[READ, ADMIN]);
    let file = proto(&file.name, &file.text.replace("rpc Look", "rpc SetLook"));
    let run = run(&[file], &[]);
    assert!(run.findings.is_empty(), "{run:#?}");
    assert!(guards(&run).contains(CALL));
}
