//! Each lint where it must fire: the place, what is said, and what to write instead.

use protoc_gen_meshauth::Lint;

use super::{
    ADMIN, PUBLIC, READ, VIEWER, WRITE, error, finding, method, more_roles, roles, warning,
};
use crate::common::{Proto, run, service_file, wallet};

#[test]
fn viewer_on_write_in_a_block() {
    let file = wallet(&method("UpdateAccount", &[WRITE, VIEWER]));
    let message = "`acme.wallet.v1.Wallet.UpdateAccount` is a WRITE and lets in roles that only \
                   view: `ROLE_WALLET_VIEWER`";
    let kind = warning(Lint::ViewerOnWrite);
    finding(&file, &[]).is(kind, &file.place("option ("), message, "remove them from `roles`");
}

#[test]
fn viewer_on_write_field_by_field_is_at_the_first_such_role() {
    let file = wallet(
        "
  rpc UpdateAccount(M) returns (M) {
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).type = METHOD_TYPE_WRITE;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ACCOUNT_VIEWER;
    option ($).roles = ROLE_WALLET_VIEWER;
  }",
    );
    let message = "only view: `ROLE_WALLET_ACCOUNT_VIEWER`, `ROLE_WALLET_VIEWER`";
    let kind = warning(Lint::ViewerOnWrite);
    finding(&file, &[]).is(kind, &file.nth_place("option (", 3), message, "remove them");
}

#[test]
fn write_named_read() {
    for name in ["GetAccount", "ListAccounts", "SearchAccounts", "MonitorAccounts", "Get", "List2"]
    {
        let file = wallet(&method(name, &[WRITE, ADMIN]));
        let message = format!("`acme.wallet.v1.Wallet.{name}` is a WRITE with the name of a READ");
        let help = "rename the method, or say what it does:\ntype: METHOD_TYPE_READ";
        let kind = warning(Lint::WriteNamedRead);
        finding(&file, &[]).is(kind, &file.place("option ("), &message, help);
    }
}

#[test]
fn write_named_read_field_by_field_is_at_the_type() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).type = METHOD_TYPE_WRITE;
  }",
    );
    let kind = warning(Lint::WriteNamedRead);
    let place = file.nth_place("option (", 2);
    finding(&file, &[]).is(kind, &place, "Wallet.GetAccount`", "type: METHOD_TYPE_READ");
}

#[test]
fn read_named_write() {
    for verb in [
        "Activate",
        "Add",
        "Approve",
        "Assign",
        "Cancel",
        "Create",
        "Deactivate",
        "Delete",
        "Deregister",
        "Insert",
        "Reject",
        "Remove",
        "Replace",
        "Revoke",
        "Set",
        "Submit",
        "Update",
        "Upsert",
    ] {
        let name = format!("{verb}Account");
        let file = wallet(&method(&name, &[READ, ADMIN]));
        let message = format!("`acme.wallet.v1.Wallet.{name}` is a READ with the name of a WRITE");
        let help = "rename the method, or say what it does:\ntype: METHOD_TYPE_WRITE";
        let kind = warning(Lint::ReadNamedWrite);
        finding(&file, &[]).is(kind, &file.place("option ("), &message, help);
    }
}

#[test]
fn read_named_write_field_by_field_is_at_the_type() {
    let file = wallet(
        "
  rpc Cancel(M) returns (M) {
    option ($).access_level = METHOD_ACCESS_LEVEL_PUBLIC;
    option ($).type = METHOD_TYPE_READ;
  }",
    );
    let kind = warning(Lint::ReadNamedWrite);
    let place = file.nth_place("option (", 1);
    finding(&file, &[]).is(kind, &place, "Wallet.Cancel`", "type: METHOD_TYPE_WRITE");
}

#[test]
fn idempotency_contradiction_stops_generation() {
    let annotation = format!("option ($) = {{ {WRITE} {ADMIN} }};");
    let file = wallet(&format!(
        "
  rpc UpdateAccount(M) returns (M) {{
    {annotation}
    option idempotency_level = NO_SIDE_EFFECTS;
  }}"
    ));
    let run = run(std::slice::from_ref(&file), &[]);
    assert!(run.guards.is_none());
    super::only(run.findings).is(
        error(Lint::IdempotencyContradiction),
        &file.place("option idempotency_level"),
        "`acme.wallet.v1.Wallet.UpdateAccount` is a WRITE and declared to have NO_SIDE_EFFECTS",
        "one of the two is wrong: proxies repeat and cache what has no side effects",
    );
}

#[test]
fn public_write_in_a_block() {
    let file = wallet(&method("SignUp", &[WRITE, PUBLIC]));
    let message = "`acme.wallet.v1.Wallet.SignUp` is PUBLIC and a WRITE: without an executing group \
                   nothing limits what it changes";
    let help = "\n// meshauth:allow(public_write) reason: ..";
    finding(&file, &[]).is(warning(Lint::PublicWrite), &file.place("option ("), message, help);
}

#[test]
fn public_write_field_by_field_is_at_the_access_level() {
    let file = wallet(
        "
  rpc SignUp(M) returns (M) {
    option ($).type = METHOD_TYPE_WRITE;
    option ($).access_level = METHOD_ACCESS_LEVEL_PUBLIC;
  }",
    );
    let place = file.nth_place("option (", 1);
    finding(&file, &[]).is(warning(Lint::PublicWrite), &place, "Wallet.SignUp`", "allow(public");
}

#[test]
fn role_naming() {
    for (number, role) in [
        "ROLE_TREASURER",
        "ROLE_ADMIN",
        "MONEY_ADMIN",
        "role_money_admin",
        "ROLE_WALLET_EDITOR",
        "ROLE_WALLET_ADMINISTRATOR",
        "ROLE_MONEYADMIN",
        "ROLE__ADMIN",
        "ROLE_MONEY__ACCOUNT_ADMIN",
        "ROLE_MONEY__VIEWER",
    ]
    .into_iter()
    .enumerate()
    {
        let declared = more_roles(&format!("{role} = {};", number + 1));
        let listed = roles(&format!("ROLE_WALLET_ADMIN, {role}"));
        let file = wallet(&method("Look", &[READ, &listed]));
        let run = run(&[&[file.clone()][..], &declared].concat(), &[]);
        let message = format!(
            "`acme.wallet.v1.Wallet.Look` lists roles that do not say what they are for: `{role}`"
        );
        let help = "name them ROLE_{DOMAIN}_{SCOPE}_{LEVEL} or ROLE_{DOMAIN}_{LEVEL}, with the level \
                    ADMIN or VIEWER";
        let kind = warning(Lint::RoleNaming);
        super::only(run.findings).is(kind, &file.place("option ("), &message, help);
    }
}

#[test]
fn role_naming_field_by_field_is_at_the_first_such_role() {
    let file = wallet(
        "
  rpc Look(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_TREASURER;
    option ($).roles = ROLE_WALLET_VIEWER;
    option ($).roles = ROLE_CLERK;
  }",
    );
    let declared = more_roles("ROLE_TREASURER = 1; ROLE_CLERK = 2;");
    let run = run(&[&[file.clone()][..], &declared].concat(), &[]);
    let (kind, place) = (warning(Lint::RoleNaming), file.nth_place("option (", 3));
    super::only(run.findings).is(kind, &place, ": `ROLE_TREASURER`, `ROLE_CLERK`", "name them");
}

/// A file of the package, with a method for these roles.
fn of_package(package: &str, listed: &str) -> Proto {
    service_file("wallet.proto", package, &method("Look", &[READ, &roles(listed)]))
}

#[test]
fn foreign_domain() {
    for (package, listed, foreign) in [
        ("acme.wallet.v1", "ROLE_WALLET_ADMIN, ROLE_LEDGER_ADMIN", "`ROLE_LEDGER_ADMIN`"),
        (
            "acme.wallet.v1",
            "ROLE_IAM_VIEWER, ROLE_IAM_ADMIN",
            "`ROLE_IAM_VIEWER`, `ROLE_IAM_ADMIN`",
        ),
        // A word that only begins like the package, or the other way round.
        ("acme.wall.v1", "ROLE_WALLET_ADMIN", "`ROLE_WALLET_ADMIN`"),
        ("acme.wallets.v1", "ROLE_WALLET_ADMIN", "`ROLE_WALLET_ADMIN`"),
        // A scope is no domain.
        ("acme.account.v1", "ROLE_WALLET_ACCOUNT_ADMIN", "`ROLE_WALLET_ACCOUNT_ADMIN`"),
    ] {
        let file = of_package(package, listed);
        let message = format!(
            "`{package}.Wallet.Look` lets in roles of another domain than its package: {foreign}"
        );
        let help = "\n// meshauth:allow(foreign_domain) reason: ..";
        finding(&file, &["lint=foreign_domain:warn"]).is(
            warning(Lint::ForeignDomain),
            &file.place("option ("),
            &message,
            help,
        );
    }
}

#[test]
fn foreign_domain_field_by_field_is_at_the_first_such_role() {
    let file = wallet(
        "
  rpc Look(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_LEDGER_ADMIN;
  }",
    );
    let (kind, place) = (warning(Lint::ForeignDomain), file.nth_place("option (", 3));
    let found = finding(&file, &["lint=foreign_domain:warn"]);
    found.is(kind, &place, ": `ROLE_LEDGER_ADMIN`", "remove them from `roles`, or allow it");
}
