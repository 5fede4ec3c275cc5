//! `meshauth:allow(..) reason: ..` in the comments of a method.

use prost_types::{SourceCodeInfo, source_code_info::Location};
use protoc_gen_meshauth::{Code, Lint};

use super::{ADMIN, PUBLIC, VIEWER, WRITE, method, nothing_in, only, warning};
use crate::common::{Proto, Request, findings, good_method, run, wallet};

const ALLOW: &str = "meshauth:allow(public_write) reason: sign-up comes before any group";

/// A PUBLIC method that writes, with this in front of it.
fn sign_up(comment: &str) -> Proto {
    wallet(&format!("\n{comment}{}", method("SignUp", &[WRITE, PUBLIC])))
}

#[test]
fn allow_in_every_kind_of_comment() {
    for comment in [
        format!("  // {ALLOW}"),
        format!("  //{ALLOW}"),
        format!("  //     {ALLOW}   "),
        format!("  /* {ALLOW} */"),
        format!("  /*\n   * Signs up.\n   * {ALLOW}\n   */"),
        format!("  /**\n   * {ALLOW}\n   * once.\n   *\n   * Signs up.\n   */"),
        format!("  // Signs up.\n  // {ALLOW}"),
        format!("  // Signs up.\n  //\n  // {ALLOW}\n  //\n  // It is rare."),
        // What is detached does not count against what is attached.
        format!("  // On its own.\n\n  // {ALLOW}"),
    ] {
        nothing_in(&[sign_up(&comment)], &[]);
    }
}

/// Compilers differ in what they take as standing behind a method: it has no effect anywhere.
#[test]
fn allow_behind_a_method_has_no_effect() {
    let method = method("SignUp", &[WRITE, PUBLIC]);
    let trailing = Location {
        path: vec![6, 0, 2, 0],
        span: vec![5, 2, 99],
        trailing_comments: Some(format!(" {ALLOW}\n")),
        ..Location::default()
    };
    let info = SourceCodeInfo { location: vec![trailing] };
    let request = Request::of(&[wallet(&method)]).with_source_info("wallet.proto", Some(info));
    let warnings = request.generate().unwrap().warnings;
    let found: Vec<_> = findings(warnings.diagnostics()).into_iter().map(|it| it.code).collect();
    assert_eq!(found, [Code::Lint(Lint::PublicWrite), Code::Lint(Lint::UnusedDirective)]);
}

#[test]
fn allow_of_several_lints_in_one_and_in_two() {
    let method = method("GetAccount", &[WRITE, VIEWER]);
    for comment in [
        "  // meshauth:allow(viewer_on_write,write_named_read) reason: it only looks",
        "  // meshauth:allow( viewer_on_write , write_named_read ) reason: it only looks",
        "  // meshauth:allow(viewer_on_write) reason: it only looks\n  \
         // meshauth:allow(write_named_read) reason: it was named so",
        "  // meshauth:allow(viewer_on_write) reason: it only looks\n  //\n  \
         // Between.\n  //\n  // meshauth:allow(write_named_read) reason: it was named so",
    ] {
        nothing_in(&[wallet(&format!("\n{comment}{method}"))], &[]);
    }
}

#[test]
fn allow_is_for_the_lints_that_it_names() {
    let file = wallet(&format!(
        "\n  // meshauth:allow(viewer_on_write) reason: it only looks{}",
        method("GetAccount", &[WRITE, VIEWER]),
    ));
    let found = only(run(std::slice::from_ref(&file), &[]).findings);
    found.is(warning(Lint::WriteNamedRead), &file.place("option ("), "GetAccount`", "rename");
}

#[test]
fn allow_is_for_its_method_alone() {
    for methods in [
        format!("\n  // {ALLOW}{}{}", sign("SignUp"), sign("SignIn")),
        format!("{}\n  // {ALLOW}{}", sign("SignIn"), sign("SignUp")),
    ] {
        let file = wallet(&methods);
        let found = only(run(std::slice::from_ref(&file), &[]).findings);
        let message = "`acme.wallet.v1.Wallet.SignIn` is PUBLIC and a WRITE";
        assert_eq!((found.severity, found.code), warning(Lint::PublicWrite));
        assert!(found.message.starts_with(message), "{found:#?}");
    }
}

fn sign(name: &str) -> String {
    method(name, &[WRITE, PUBLIC])
}

#[test]
fn a_reason_goes_on_to_the_next_empty_line() {
    for comment in [
        "  // meshauth:allow(public_write) reason: sign-up\n  // comes before any group",
        "  // meshauth:allow(public_write)\n  // reason: sign-up comes before any group",
        "  // meshauth:allow(\n  //   public_write\n  // ) reason:\n  // sign-up",
        "  /* meshauth:allow(public_write) reason: sign-up\n     comes before any group */",
    ] {
        nothing_in(&[sign_up(comment)], &[]);
    }
}

#[test]
fn allow_of_what_is_denied_lets_the_method_through() {
    let denied = &["lint=public_write:deny"];
    let run_of = |comment: &str| run(&[sign_up(comment)], denied);
    assert!(run_of("  // Signs up.").guards.is_none());
    let allowed = run_of(&format!("  // {ALLOW}"));
    assert!(allowed.guards.is_some() && allowed.findings.is_empty(), "{allowed:#?}");

    // One that is denied as it comes.
    let option = "option idempotency_level = NO_SIDE_EFFECTS;\n    option ($)";
    let settle = method("Settle", &[WRITE, ADMIN]).replace("option ($)", option);
    let comment = "\n  // meshauth:allow(idempotency_contradiction) reason: a proxy of ours";
    nothing_in(&[wallet(&format!("{comment}{settle}"))], &[]);
}

#[test]
fn an_allowed_lint_that_is_off_has_its_use() {
    // Whether the comment is needed does not depend on the levels of a run.
    nothing_in(&[sign_up(&format!("  // {ALLOW}"))], &["lint=public_write:allow"]);
    let comment = "\n  // meshauth:allow(unowned_resource) reason: it only counts";
    nothing_in(&[wallet(&format!("{comment}{}", good_method("GetTotal")))], &[]);
    nothing_in(
        &[wallet(&format!("{comment}{}", good_method("GetTotal")))],
        &["lint=unowned_resource:deny"],
    );
}

#[test]
fn without_source_information_there_are_no_comments_and_the_lint_is_in_force() {
    let file = sign_up(&format!("  // {ALLOW}"));
    let request = Request::of(&[file]);
    assert!(request.generate().unwrap().warnings.is_empty());
    let stripped = request.with_source_info("wallet.proto", None);
    let found = findings(stripped.generate().unwrap().warnings.diagnostics());
    only(found).is(warning(Lint::PublicWrite), "wallet.proto:1:1", "SignUp` is PUBLIC", "");
    let denied = stripped.with("lint=public_write:deny").generate().unwrap_err();
    assert_eq!(denied.diagnostics().count(), 1, "{denied}");
}

#[test]
fn a_directive_is_no_part_of_the_documentation() {
    let file = sign_up(
        "  // Signs up.\n  //\n  // meshauth:allow(public_write) reason: no group\n  // is there \
         yet\n  //\n  // It is rare.",
    );
    let guards = run(&[file], &[]).guards.unwrap().remove("acme.wallet.v1").unwrap();
    assert!(guards.contains("/// Signs up.\n"), "{guards}");
    assert!(guards.contains("/// It is rare.\n"), "{guards}");
    for of_directive in ["meshauth:", "reason", "no group", "is there"] {
        assert!(!guards.contains(of_directive), "{of_directive}: {guards}");
    }
}

#[test]
fn what_is_generated_does_not_depend_on_what_is_allowed() {
    let with = run(&[sign_up(&format!("  // Signs up.\n  //\n  // {ALLOW}"))], &[]);
    let without = run(&[sign_up("  // Signs up.")], &[]);
    assert_eq!(with.guards, without.guards);
}
