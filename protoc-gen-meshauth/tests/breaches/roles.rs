//! What the list of roles must not hold: E07 and E09.

use protoc_gen_meshauth::{
    Code::{E07, E08, E09},
    PROTOS,
};

use crate::common::{Proto, breach, breaches, declarations, proto, wallet};

/// A method with this list of roles.
fn listing(roles: &str) -> Proto {
    wallet(&format!(
        "
  rpc GetAccount(M) returns (M) {{
    option ($) = {{
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [{roles}]
    }};
  }}"
    ))
}

#[test]
fn e07_unspecified_role() {
    for roles in [
        "ROLE_UNSPECIFIED",
        "ROLE_WALLET_ADMIN, ROLE_UNSPECIFIED",
        "ROLE_UNSPECIFIED, ROLE_UNSPECIFIED",
    ] {
        let file = listing(roles);
        let message = "`acme.wallet.v1.Wallet.GetAccount` lists `ROLE_UNSPECIFIED`";
        breach(&file).is(E07, &file.place("option ("), message, "remove it from `roles`");
    }
}

#[test]
fn e07_unspecified_role_field_by_field() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_UNSPECIFIED;
  }",
    );
    let place = file.nth_place("option (", 3);
    breach(&file).is(E07, &place, "GetAccount` lists `ROLE_UNSPECIFIED`", "remove it");
}

#[test]
fn e09_role_named_twice() {
    for roles in [
        "ROLE_WALLET_ADMIN, ROLE_WALLET_ADMIN",
        "ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER, ROLE_WALLET_ADMIN",
        "ROLE_WALLET_ADMIN, ROLE_WALLET_ADMIN, ROLE_WALLET_ADMIN",
    ] {
        let file = listing(roles);
        let message = "`acme.wallet.v1.Wallet.GetAccount` lists `ROLE_WALLET_ADMIN` twice";
        breach(&file).is(E09, &file.place("option ("), message, "list it once");
    }
}

#[test]
fn e09_role_named_twice_field_by_field() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_VIEWER;
    option ($).roles = ROLE_WALLET_ADMIN;
  }",
    );
    let place = file.nth_place("option (", 4);
    breach(&file).is(E09, &place, "GetAccount` lists `ROLE_WALLET_ADMIN` twice", "list it once");
}

#[test]
fn e09_role_named_by_its_name_and_by_an_alias() {
    let alias = "option allow_alias = true;\n  ROLE_UNSPECIFIED = 0;\n  ROLE_TREASURER = 1000000;";
    let roles = proto(PROTOS[1].0, &PROTOS[1].1.replace("ROLE_UNSPECIFIED = 0;", alias));
    let file = listing("ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER, ROLE_TREASURER");
    let found = breaches(&[file.clone(), roles]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E09, &file.place("option ("), "twice, by name or by an alias", "list it once");
}

#[test]
fn e09_each_role_named_twice_is_reported() {
    let admin_and_viewer = "ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER";
    let found = breaches(&[listing(&format!("{admin_and_viewer}, {admin_and_viewer}"))]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].message.contains("`ROLE_WALLET_ADMIN` twice"), "{found:#?}");
    assert!(found[1].message.contains("`ROLE_WALLET_VIEWER` twice"), "{found:#?}");
}

/// Grants have positive numbers: such a role could never be held, and must not vanish from the list.
#[test]
fn e08_a_role_with_a_negative_number() {
    let role =
        ("ROLE_WALLET_ADMIN = 1000000;", "ROLE_WALLET_ADMIN = 1000000; ROLE_DEBT_ADMIN = -7;");
    let file = listing("ROLE_WALLET_ADMIN, ROLE_DEBT_ADMIN");
    let found = breaches(&[vec![file.clone()], declarations(&[role])].concat());
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "`acme.wallet.v1.Wallet.GetAccount` lists `ROLE_DEBT_ADMIN` of \
                   `meshtrade.iam.role.v1.Role`, whose number -7 is negative: nobody can hold it";
    let help = "give the role a positive number in `meshtrade.iam.role.v1.Role`, or remove it";
    found[0].is(E08, &file.place("option ("), message, help);
}
