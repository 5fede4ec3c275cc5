//! Comments to meshauth that cannot be read, and those that change nothing.

use protoc_gen_meshauth::{Code, Lint, Severity};

use super::{PUBLIC, WRITE, method, nothing_in, only, warning};
use crate::common::{Proto, Request, findings, good_method, owned, proto, run, wallet};

const UNREADABLE: (Severity, Code) = (Severity::Error, Code::Directive);
const UNUSED: (Severity, Code) = (Severity::Warning, Code::Lint(Lint::UnusedDirective));

/// A PUBLIC method that writes, with this in front of it.
fn sign_up(comment: &str) -> Proto {
    wallet(&format!("\n{comment}{}", method("SignUp", &[WRITE, PUBLIC])))
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_lint_stays_in_force() {
    let form = "it says `meshauth:";
    for (comment, says) in [
        ("allow(public_write)", "it does not say why"),
        ("allow(public_write) reason:", "it does not say why"),
        ("allow(public_write)\n  //\n  // reason: too late", "it does not say why"),
        ("allow(public_write) because it is", "it does not say why"),
        (
            "allow(public_writes) reason: x",
            "there is no lint `public_writes`, did you mean `public_write`? (there are viewer_on_write, ",
        ),
        ("allow(public_write, x) reason: x", "there is no lint `x` (there are "),
        ("allow(public_write,) reason: x", "there is no lint `` (there are "),
        ("allow() reason: x", "there is no lint `` (there are "),
        ("allow(PUBLIC_WRITE) reason: x", "there is no lint `PUBLIC_WRITE` (there are "),
        ("alow(public_write) reason: x", form),
        ("Allow(public_write) reason: x", form),
        ("allow public_write reason: x", form),
        ("allow[public_write] reason: x", form),
        ("deny(public_write) reason: x", form),
        ("off", form),
        ("", form),
        ("depth(deep)", form),
        ("depth(direct)", form),
        ("depth(nested) reason: x", form),
        ("depth", form),
    ] {
        let file = sign_up(&format!("  // meshauth:{comment}"));
        let run = run(std::slice::from_ref(&file), &[]);
        assert_eq!(run.guards, None, "{comment}");
        assert_eq!(run.kinds(), [UNREADABLE, warning(Lint::PublicWrite)], "{comment}");
        let on = "the comment to meshauth on `acme.wallet.v1.Wallet.SignUp` is not understood: ";
        let message = format!("{on}{says}");
        let is_depth = comment.starts_with("depth");
        let help = if is_depth { "\n// meshauth:depth(nested)" } else { "\n// meshauth:allow(" };
        run.findings[0].is(UNREADABLE, &file.place("rpc SignUp"), &message, help);
        assert!(run.findings[0].message.contains(says), "{:#?}", run.findings[0]);
    }
}

#[test]
fn one_that_cannot_be_read_does_not_take_the_others_with_it() {
    let file = sign_up(
        "  // meshauth:allow(public_write) reason: sign-up comes first\n  \
         // meshauth:allow(viewer_on_write)\n  // meshauth:depht(nested)",
    );
    let run = run(&[file], &[]);
    assert_eq!(run.kinds(), [UNREADABLE, UNREADABLE]);
    assert!(run.findings[0].message.contains("does not say why"), "{run:#?}");
    assert!(run.findings[1].message.contains("it says `meshauth:depht"), "{run:#?}");
}

#[test]
fn it_is_reported_with_what_is_wrong_with_the_annotation() {
    let file = wallet("\n  // meshauth:alow(x)\n  rpc SignUp(M) returns (M);");
    let run = run(std::slice::from_ref(&file), &[]);
    assert_eq!(run.kinds(), [(Severity::Error, Code::E01), UNREADABLE]);
    let text = Request::of(&[file]).execute().unwrap_err().to_string();
    assert!(text.contains(": error[directive]: the comment to meshauth on `acme."), "{text}");
    assert!(text.contains("\nmeshauth: 2 errors in 1 file, nothing was generated"), "{text}");
}

#[test]
fn the_mark_within_a_line_tells_meshauth_nothing() {
    for comment in [
        "  // See meshauth:allow(public_write) reason: x",
        "  // `meshauth:allow(public_write) reason: x`",
        "  // Meshauth:allow(public_write) reason: x",
    ] {
        let found = only(run(&[sign_up(comment)], &[]).findings);
        assert_eq!((found.severity, found.code), warning(Lint::PublicWrite));
    }
}

#[test]
fn unused_directive_that_silences_nothing() {
    for (lints, unused) in [
        ("public_write", &["public_write"][..]),
        ("public_write, role_naming", &["public_write", "role_naming"]),
        ("foreign_domain", &["foreign_domain"]),
        ("unused_directive", &["unused_directive"]),
    ] {
        let comment = format!("\n  // meshauth:allow({lints}) reason: it was needed once");
        let file = wallet(&format!("{comment}{}", good_method("GetAccount")));
        let run = run(std::slice::from_ref(&file), &[]);
        assert!(run.guards.is_some());
        assert_eq!(run.findings.len(), unused.len(), "{run:#?}");
        for (found, unused) in run.findings.iter().zip(unused) {
            let message = format!(
                "`meshauth:allow({unused})` of `acme.wallet.v1.Wallet.GetAccount` changes nothing: \
                 there is nothing to allow"
            );
            found.is(UNUSED, &file.place("rpc Get"), &message, "remove the comment");
        }
    }
}

#[test]
fn unused_directive_of_unowned_resource_where_there_is_one() {
    let comment = "\n  // meshauth:allow(unowned_resource) reason: x";
    let file = wallet(&format!("{comment}{}", good_method("Get").replace("(M) r", "(R) r")));
    let resource = "message R { string owner = 1; repeated string owners = 2; }\n";
    let file = proto(&file.name, &(file.text + resource));
    let found = only(run(&[file], &[]).findings);
    assert_eq!((found.severity, found.code), UNUSED);
}

/// A good file with a directive somewhere else than before a method.
fn misplaced(before: &str, comment: &str) -> Proto {
    let file = wallet(&good_method("GetAccount"));
    let text =
        file.text.replace("message M {}", "message M {\nstring text = 1;\n}\nenum E {\nA = 0;\n}");
    let place = text.find(before).expect("it is there");
    proto(&file.name, &format!("{}{comment}{}", &text[..place], &text[place..]))
}

#[test]
fn unused_directive_that_stands_with_something_else() {
    let help = "write it right before the `rpc`, with no empty line between";
    for (directive, before, end) in [
        ("meshauth:allow(public_write) reason: x", "service Wallet", "\n"),
        ("meshauth:allow(public_write) reason: x", "message M", "\n"),
        ("meshauth:allow(public_write) reason: x", "string text", "\n"),
        ("meshauth:allow(public_write) reason: x", "enum E", "\n"),
        ("meshauth:allow(public_write) reason: x", "A = 0", "\n"),
        ("meshauth:allow(public_write) reason: x", "import", "\n"),
        ("meshauth:allow(public_write) reason: x", "package", "\n"),
        ("meshauth:allow(public_write) reason: x", "syntax", "\n"),
        ("meshauth:depth(nested)", "service Wallet", "\n"),
        // With nothing: in the header of the file, before a method, before something else.
        ("meshauth:allow(public_write) reason: x", "syntax", "\n\n"),
        ("meshauth:allow(public_write) reason: x", "service Wallet", "\n\n"),
    ] {
        // What is right behind the thing before is for compilers to place.
        let file = misplaced(before, &format!("\n// {directive}{end}"));
        let run = run(std::slice::from_ref(&file), &[]);
        assert!(run.guards.is_some());
        let message = "a comment to meshauth in `wallet.proto` changes nothing";
        only(run.findings).is(UNUSED, &file.place(before), message, help);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_wherever_it_stands() {
    for (before, end) in [("service Wallet", "\n"), ("syntax", "\n\n"), ("message M", "\n")] {
        let file = misplaced(before, &format!("// meshauth:alow(x) reason: x{end}"));
        let run = run(std::slice::from_ref(&file), &[]);
        let message = "the comment to meshauth in `wallet.proto` is not understood: it says `meshauth:alow(x)";
        only(run.findings).is(
            UNREADABLE,
            &file.place(before),
            message,
            "write\n// meshauth:allow(",
        );
    }
}

#[test]
fn a_detached_directive_does_not_silence() {
    let comment = "\n\n  // meshauth:allow(public_write) reason: x\n\n";
    let before = good_method("GetAccount");
    let file = wallet(&format!("{before}{comment}{}", method("SignUp", &[WRITE, PUBLIC])));
    let run = run(std::slice::from_ref(&file), &[]);
    assert_eq!(run.findings.len(), 2, "{run:#?}");
    let help = "write it right before the `rpc`, with no empty line between";
    run.findings[0].is(UNUSED, &file.place("rpc SignUp"), "changes nothing", help);
    let place = file.nth_place("option (", 1);
    run.findings[1].is(warning(Lint::PublicWrite), &place, "is PUBLIC and a WRITE", "");
}

#[test]
fn a_directive_behind_the_last_method_or_the_service_is_not_lost() {
    let last = "  // meshauth:allow(public_write) reason: x\n}\n";
    let file = wallet(&good_method("GetAccount"));
    let at = file.text.rfind('}').unwrap();
    let file = proto(&file.name, &format!("{}{last}", &file.text[..at]));
    let found = only(run(&[file], &[]).findings);
    assert_eq!((found.severity, found.code), UNUSED);
}

#[test]
fn unused_directive_is_a_lint_like_any_other() {
    let file = misplaced("service Wallet", "// meshauth:allow(public_write) reason: x\n");
    nothing_in(std::slice::from_ref(&file), &["lint=unused_directive:allow"]);
    let denied = run(&[file], &["lint=unused_directive:deny"]);
    assert_eq!(denied.guards, None);
    assert_eq!(denied.kinds(), [(Severity::Error, Code::Lint(Lint::UnusedDirective))]);
}

#[test]
fn comments_of_imports_of_other_packages_are_not_looked_at() {
    let import = proto(
        "money.proto",
        "// meshauth:alow(x)\n\nsyntax = \"proto3\";\npackage acme.money.v1;\n\
         // meshauth:depth(nested)\nmessage Money {}\n",
    );
    let file = owned(wallet(&good_method("GetAccount")));
    let with = file.text.replace("message M", "import \"money.proto\";\nmessage M");
    let mut request = Request::of(&[proto(&file.name, &with), import]);
    request.file_to_generate.pop();
    assert_eq!(findings(request.generate().unwrap().warnings.diagnostics()), []);
}
