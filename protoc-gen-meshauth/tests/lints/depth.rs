//! `meshauth:depth(nested)`: what it changes, and where it changes nothing.

use protoc_gen_meshauth::{Code, Lint, Severity};

use super::{ADMIN, PUBLIC, READ, WRITE, method, only};
use crate::common::{Proto, Run, proto, run, wallet};

const UNUSED: (Severity, Code) = (Severity::Warning, Code::Lint(Lint::UnusedDirective));

/// A resource two levels below the message of a method with this annotation.
fn holder(comment: &str, annotation: &[&str]) -> Proto {
    let method = method("Look", annotation).replace("(M)", "(L0)");
    let file = wallet(&format!("\n{comment}{method}"));
    let messages = "message R { string owner = 1; repeated string owners = 2; }\n\
                    message L1 { R r = 1; }\nmessage L0 { L1 l1 = 1; }\n";
    proto(&file.name, &(file.text + messages))
}

fn guards(run: &Run) -> &str {
    &run.guards.as_ref().expect("something was generated")["acme.wallet.v1"]
}

const CALL: &str = "acme_wallet_v1_l0_admitted(request, admits)";

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
    let behind = holder("", &[READ, ADMIN]);
    let text = behind.text.replace("};\n  }", "};\n  } // meshauth:depth(nested)");
    assert!(guards(&run(&[proto(&behind.name, &text)], &[])).contains(CALL));
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
fn unused_directive_where_the_run_or_the_access_makes_depth_moot() {
    for (annotation, options) in [([READ, ADMIN], &["depth=nested"][..]), ([READ, PUBLIC], &[])] {
        let file = holder("  // meshauth:depth(nested)", &annotation);
        let run = run(std::slice::from_ref(&file), options);
        assert!(run.guards.is_some());
        let message = "`meshauth:depth(nested)` of `acme.wallet.v1.Wallet.Look` changes nothing: it \
                       is so without, or the method is PUBLIC";
        only(run.findings).is(UNUSED, &file.place("rpc Look"), message, "remove the comment");
    }
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
