//! How much a lint weighs: by itself, and as it is asked for.

use protoc_gen_meshauth::{Code, Level, Lint, Severity};

use super::{ADMIN, PUBLIC, READ, VIEWER, WRITE, method, more_roles, opaque, roles};
use crate::common::{Proto, Request, good_method, owned, proto, run, run_as_given, wallet};

/// A file in which there is something for this lint and, as it comes, for no other.
fn file_for(lint: Lint) -> Vec<Proto> {
    let methods = match lint {
        Lint::ViewerOnWrite => method("Settle", &[WRITE, VIEWER]),
        Lint::WriteNamedRead => method("GetAccount", &[WRITE, ADMIN]),
        Lint::ReadNamedWrite => method("UpdateAccount", &[READ, ADMIN]),
        Lint::IdempotencyContradiction => {
            let option = "option idempotency_level = NO_SIDE_EFFECTS;\n    option ($)";
            method("Settle", &[WRITE, ADMIN]).replace("option ($)", option)
        }
        Lint::PublicWrite => method("Settle", &[WRITE, PUBLIC]),
        Lint::PublicResource => {
            let file = owned(wallet(&method("Look", &[READ, PUBLIC])));
            return vec![file];
        }
        Lint::NearResource => {
            let file = wallet(&good_method("Look"));
            return vec![proto(&file.name, &(file.text + "message N { string owner = 1; }"))];
        }
        Lint::OpaqueMessage => return vec![opaque(wallet(&good_method("Look")))],
        Lint::RoleNaming => method("Look", &[READ, &roles("ROLE_TREASURER")]),
        Lint::ForeignDomain => method("Look", &[READ, &roles("ROLE_LEDGER_ADMIN")]),
        Lint::UnownedResource => method("Look", &[READ, ADMIN]),
        Lint::UnseenResource => return vec![super::depth::holder("", &[READ, ADMIN])],
        Lint::UnusedDirective => {
            let comment = "\n  // meshauth:allow(public_write) reason: it was once";
            format!("{comment}{}", good_method("Look"))
        }
        other => panic!("there is no test of {other}"),
    };
    [vec![wallet(&methods)], more_roles("ROLE_TREASURER = 1;")].concat()
}

#[test]
fn the_levels_are_those_of_the_rules() {
    for (lint, name, level) in [
        (Lint::ViewerOnWrite, "viewer_on_write", Level::Warn),
        (Lint::WriteNamedRead, "write_named_read", Level::Warn),
        (Lint::ReadNamedWrite, "read_named_write", Level::Warn),
        (Lint::IdempotencyContradiction, "idempotency_contradiction", Level::Deny),
        (Lint::PublicWrite, "public_write", Level::Warn),
        (Lint::RoleNaming, "role_naming", Level::Warn),
        (Lint::ForeignDomain, "foreign_domain", Level::Allow),
        (Lint::PublicResource, "public_resource", Level::Warn),
        (Lint::NearResource, "near_resource", Level::Warn),
        (Lint::UnownedResource, "unowned_resource", Level::Warn),
        (Lint::OpaqueMessage, "opaque_message", Level::Warn),
        (Lint::UnseenResource, "unseen_resource", Level::Warn),
        (Lint::UnusedDirective, "unused_directive", Level::Warn),
    ] {
        assert_eq!((lint.name(), lint.default_level()), (name, level));
        let is_unowned = lint == Lint::UnownedResource;
        let run = if is_unowned { run_as_given } else { run }(&file_for(lint), &[]);
        let expected = match level {
            Level::Allow => vec![],
            Level::Warn => vec![(Severity::Warning, Code::Lint(lint))],
            Level::Deny => vec![(Severity::Error, Code::Lint(lint))],
        };
        assert_eq!(run.kinds(), expected, "{lint}");
        assert_eq!(run.guards.is_some(), level != Level::Deny, "{lint}");
    }
}

#[test]
fn every_lint_has_the_level_that_is_asked_for() {
    for lint in Lint::ALL {
        let with = |level: &str| run(&file_for(lint), &[&format!("lint={lint}:{level}")]);
        let (allowed, warned, denied) = (with("allow"), with("warn"), with("deny"));
        assert_eq!(allowed.kinds(), [], "{lint}");
        assert_eq!(warned.kinds(), [(Severity::Warning, Code::Lint(lint))]);
        assert_eq!(denied.kinds(), [(Severity::Error, Code::Lint(lint))]);
        // What is only warned about is generated as if nothing were said.
        assert!(allowed.guards.is_some(), "{lint}");
        assert_eq!(allowed.guards, warned.guards, "{lint}");
        assert_eq!(denied.guards, None, "{lint}");
    }
}

#[test]
fn a_level_is_for_its_lint_alone() {
    for lint in Lint::ALL {
        for other in Lint::ALL.into_iter().filter(|other| *other != lint) {
            let own = match lint.default_level() {
                Level::Allow => "warn",
                Level::Warn => "deny",
                Level::Deny => "allow",
            };
            let request = Request::of(&file_for(lint));
            let kinds = |options: &str| match request.clone().with(options).generate() {
                Ok(generated) => generated.warnings.diagnostics().cloned().collect::<Vec<_>>(),
                Err(error) => error.diagnostics().cloned().collect(),
            };
            let about = |options: &str| {
                let mut found = kinds(options);
                found.retain(|found| found.code() == Code::Lint(lint));
                found
            };
            let alone = about(&format!("lint={lint}:{own}"));
            assert_eq!(about(&format!("lint={lint}:{own},lint={other}:allow")), alone);
            assert_eq!(about(&format!("lint={lint}:{own},lint={other}:deny")), alone);
        }
    }
}

#[test]
fn what_is_denied_is_reported_together_with_breaches_and_warnings() {
    let methods = format!(
        "{}{}\n  rpc Bare(M) returns (M);{}",
        method("GetAccount", &[WRITE, ADMIN]),
        method("Settle", &[WRITE, PUBLIC]),
        good_method("ListAccounts"),
    );
    let file = wallet(&methods);
    let run = run(std::slice::from_ref(&file), &["lint=public_write:deny"]);
    assert_eq!(run.guards, None);
    let expected = [
        (Severity::Warning, Code::Lint(Lint::WriteNamedRead)),
        (Severity::Error, Code::Lint(Lint::PublicWrite)),
        (Severity::Error, Code::E01),
    ];
    assert_eq!(run.kinds(), expected);
    let options = "lint=public_write:deny,lint=unowned_resource:allow";
    let text = Request::of(&[file]).with(options).execute().unwrap_err();
    let last = "\nmeshauth: 2 errors and 1 warning in 1 file, nothing was generated";
    assert!(text.to_string().ends_with(last), "{text}");
    assert!(text.to_string().contains(": warning[write_named_read]: `acme"), "{text}");
    assert!(text.to_string().contains(": error[public_write]: `acme"), "{text}");
}

#[test]
fn warnings_are_counted_and_do_not_say_that_nothing_was_generated() {
    let file = owned(wallet(&method("GetAccount", &[WRITE, VIEWER])));
    let generated = Request::of(&[file]).generate().unwrap();
    assert_eq!(generated.warnings.diagnostics().len(), 2);
    assert!(!generated.warnings.is_empty());
    let text = generated.warnings.to_string();
    assert!(text.ends_with("\nmeshauth: 2 warnings in 1 file"), "{text}");
    assert_eq!(generated.shown, format!("{text}\n"));
}

#[test]
fn several_lints_of_one_method_are_all_reported() {
    let file = wallet(&method("GetAccount", &[WRITE, PUBLIC]));
    let lints: Vec<_> = run(&[file], &[]).findings.iter().map(|found| found.code).collect();
    assert_eq!(lints, [Lint::WriteNamedRead, Lint::PublicWrite].map(Code::Lint));
}

#[test]
fn a_right_method_is_not_warned_about() {
    let file = owned(wallet(&good_method("GetAccount")));
    assert_eq!(run_as_given(std::slice::from_ref(&file), &[]).findings, []);
    let generated = Request::of(&[file]).generate().unwrap();
    assert_eq!(generated.shown, "");
}
