//! What looks like what a lint is about and is not.

use super::{ADMIN, PUBLIC, READ, VIEWER, WRITE, method, more_roles, nothing_in, roles};
use crate::common::{service_file, wallet};

#[test]
fn viewer_on_write_not_on_a_read_nor_for_another_ending() {
    nothing_in(&[wallet(&method("Look", &[READ, VIEWER]))], &[]);
    nothing_in(&[wallet(&method("Settle", &[WRITE, ADMIN]))], &[]);
    // The word is a part of another one, or not the last.
    let declared =
        more_roles("ROLE_WALLET_REVIEWER = 1; ROLE_VIEWER_ADMIN = 2; ROLE_VIEWER_2 = 3;");
    let listed = roles("ROLE_WALLET_REVIEWER, ROLE_VIEWER_ADMIN, ROLE_VIEWER_2");
    let file = wallet(&method("Settle", &[WRITE, &listed]));
    nothing_in(&[&[file][..], &declared].concat(), &["lint=role_naming:allow"]);
}

#[test]
fn write_named_read_only_for_whole_words() {
    for name in ["Getaway", "Listen", "Monitoring", "Searchlight", "getAccount", "BatchGet", "_Get"]
    {
        nothing_in(&[wallet(&method(name, &[WRITE, ADMIN]))], &[]);
    }
    nothing_in(&[wallet(&method("GetAccount", &[READ, ADMIN]))], &[]);
}

#[test]
fn read_named_write_only_for_whole_words() {
    for name in ["Settle", "Setup", "Address", "Creates", "ClosePrice", "PutOption", "Updated"] {
        nothing_in(&[wallet(&method(name, &[READ, ADMIN]))], &[]);
    }
    nothing_in(&[wallet(&method("CreateAccount", &[WRITE, ADMIN]))], &[]);
}

#[test]
fn idempotency_contradiction_not_on_a_read_nor_for_another_level() {
    for (kind, level) in [
        (READ, "NO_SIDE_EFFECTS"),
        (READ, "IDEMPOTENT"),
        (WRITE, "IDEMPOTENT"),
        (WRITE, "IDEMPOTENCY_UNKNOWN"),
    ] {
        let option = format!("option idempotency_level = {level};\n    option ($)");
        let method = method("Settle", &[kind, ADMIN]).replace("option ($)", &option);
        nothing_in(&[wallet(&method)], &[]);
    }
}

#[test]
fn public_write_not_where_one_of_the_two_is_missing() {
    nothing_in(&[wallet(&method("Ping", &[READ, PUBLIC]))], &[]);
    nothing_in(&[wallet(&method("Settle", &[WRITE, ADMIN]))], &[]);
}

#[test]
fn role_naming_of_every_role_that_comes_with_the_crate() {
    let text = protoc_gen_meshauth::PROTOS[1].1;
    let names = text.lines().filter_map(|line| Some(line.trim().split_once(" = ")?.0));
    let is_role = |name: &&str| name.starts_with("ROLE_") && *name != "ROLE_UNSPECIFIED";
    let names: Vec<&str> = names.filter(is_role).collect();
    assert!(names.len() > 30, "the roles were not found");
    let listed = roles(&names.join(", "));
    nothing_in(&[wallet(&method("Look", &[READ, &listed]))], &[]);
}

#[test]
fn foreign_domain_of_a_package_whose_name_holds_the_domain() {
    for (package, listed) in [
        ("acme.wallet.v1", "ROLE_WALLET_ADMIN, ROLE_WALLET_ACCOUNT_VIEWER"),
        ("wallet", "ROLE_WALLET_ADMIN"),
        ("acme.Wallet.v1", "ROLE_WALLET_ADMIN"),
        ("acme.iam.api_user.v1", "ROLE_IAM_API_USER_ADMIN"),
        ("acme.market_data.price.v1", "ROLE_MARKET_DATA_ADMIN, ROLE_MARKET_DATA_PRICE_VIEWER"),
    ] {
        let method = method("Look", &[READ, &roles(listed)]);
        nothing_in(&[service_file("a.proto", package, &method)], &["lint=foreign_domain:deny"]);
    }
    // A role that names no domain is what `role_naming` is about.
    let file = wallet(&method("Look", &[READ, &roles("ROLE_TREASURER")]));
    let files = [&[file][..], &more_roles("ROLE_TREASURER = 1;")].concat();
    nothing_in(&files, &["lint=foreign_domain:deny", "lint=role_naming:allow"]);
}

#[test]
fn a_method_whose_annotation_breaks_a_rule_is_not_judged_as_well() {
    // What it is meant to be is not known yet.
    let method = method("GetAccount", &[WRITE, PUBLIC, "roles: ROLE_WALLET_VIEWER"]);
    let run = crate::common::run(&[wallet(&method)], &[]);
    let codes: Vec<_> = run.findings.iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["E05"]);
}
