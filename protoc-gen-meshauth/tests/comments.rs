//! What protos say about services and methods is said in the generated code, too.

#![cfg(feature = "build-script")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fault in a test fails it")]

mod common;

use common::{good_method, proto, run, wallet};

/// The generated code of a file with comments at a service and its methods.
fn generated(of_service: &str, of_method: &str) -> String {
    let file = wallet(&format!("\n{of_method}{}", good_method("GetAccount").trim_end()));
    let file =
        proto(&file.name, &file.text.replace("service W", &format!("{of_service}service W")));
    run(&[file], &[]).guards.expect("the proto breaks no rule").remove("acme.wallet.v1").unwrap()
}

/// What a build script writes for the same: guards and, of prost and tonic, all other code.
fn built(of_service: &str, of_method: &str) -> String {
    let file = wallet(&format!("\n{of_method}{}", good_method("GetAccount").trim_end()));
    let file =
        proto(&file.name, &file.text.replace("service W", &format!("{of_service}service W")));
    let built = common::build(&[file]);
    built.result.as_ref().expect("the proto breaks no rule");
    let written = built.written();
    [&*written["acme.wallet.v1.meshauth.rs"], &written["acme.wallet.v1.rs"]].concat()
}

/// The doc comment right before an item.
fn doc_of<'a>(code: &'a str, item: &str) -> Vec<&'a str> {
    let lines: Vec<_> = code.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| line.starts_with(item)).expect("the item is there");
    // Attributes may stand between.
    let end =
        lines[..at].iter().rposition(|line| line.starts_with("///")).expect("it has docs") + 1;
    let docs = lines[..end].iter().rposition(|line| !line.starts_with("///"));
    lines[docs.map_or(0, |last| last + 1)..end].to_vec()
}

#[test]
fn a_comment_of_a_method_is_on_its_function() {
    for comment in [
        "  // Gets one.\n  //\n  // Or none.",
        "  /* Gets one.\n   *\n   * Or none. */",
        "  /*\n   * Gets one.\n   *\n   * Or none.\n   */",
        "\n  // Detached.\n\n  // Gets one.\n  //\n  // Or none.",
    ] {
        let code = generated("", comment);
        let doc = doc_of(&code, "fn get_account(");
        assert_eq!(doc[..3], ["/// Gets one.", "///", "/// Or none."], "{doc:#?}");
        assert!(doc.iter().any(|line| line.contains("see [`method::GetAccount`]")), "{doc:#?}");
        assert!(!code.contains("Detached"));
    }
}

/// protox drops these lines, which protoc keeps.
#[test]
fn blank_lines_of_a_block_comment_stay() {
    let code = built(
        "/* Holds accounts.\n\n   And more. */\n",
        "  /* Gets one.\n\n     Or none.\n  \t\n     Or two. */",
    );
    let of_method = ["/// Gets one.", "///", "/// Or none.", "///", "/// Or two."];
    assert_eq!(doc_of(&code, "fn get_account(")[..5], of_method, "{code}");
    let of_service = ["/// Holds accounts.", "///", "/// And more."];
    assert_eq!(doc_of(&code, "pub trait Wallet")[..3], of_service);
    // tonic's, too.
    let client = &code[code.find("pub mod wallet_client").expect("there is a client")..];
    assert_eq!(doc_of(client, "pub async fn get_account(")[..5], of_method, "{client}");
}

#[test]
fn a_comment_of_a_service_is_on_its_trait() {
    let code = generated("// Holds accounts.\n//\n// And more.\n", "");
    let doc = doc_of(&code, "pub trait Wallet");
    assert_eq!(doc[..3], ["/// Holds accounts.", "///", "/// And more."], "{doc:#?}");
    assert!(doc.iter().any(|line| line.contains("What you implement")), "{doc:#?}");
}

#[test]
fn without_comments_it_says_what_it_is() {
    let code = generated("", "");
    assert!(doc_of(&code, "fn get_account(")[0].contains("`/acme.wallet.v1.Wallet/GetAccount`"));
    assert!(doc_of(&code, "pub trait Wallet")[0].contains("What you implement"));
}

#[test]
fn a_directive_in_a_comment_is_left_out_with_its_reason() {
    let comment = "  // Gets one.\n  // meshauth:allow(unowned_resource) reason: it has\n  \
                   // none of its own\n  //\n  // Or none.";
    let code = generated("", comment);
    let doc = doc_of(&code, "fn get_account(");
    assert_eq!(doc[..3], ["/// Gets one.", "///", "/// Or none."], "{doc:#?}");
    assert!(!code.contains("meshauth:allow") && !code.contains("none of its own"));
}

#[test]
fn code_links_and_html_in_a_comment_are_text() {
    let comment =
        "  // A Map<K, V> of [ids].\n  //\n  //     let x = 1;\n  //\n  // ```\n  // y\n  // ```";
    let code = generated("", comment);
    let doc = doc_of(&code, "fn get_account(");
    assert_eq!(doc[0], "/// A Map\\<K, V\\> of \\[ids\\].");
    assert_eq!(doc.iter().filter(|line| **line == "/// ```text").count(), 2, "{doc:#?}");
}
