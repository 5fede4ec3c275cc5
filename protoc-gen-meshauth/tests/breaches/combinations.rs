//! What an annotation must not combine: E04 to E06.

use protoc_gen_meshauth::Code::{E04, E05, E06};

use crate::common::{accepts, breach, breaches, wallet};

#[test]
fn e04_authorised_without_roles() {
    for (name, operation, roles) in [
        ("GetAccount", "READ", "roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]"),
        ("DropAccount", "WRITE", "roles: [ROLE_WALLET_ADMIN]"),
    ] {
        let file = wallet(&format!(
            "
  rpc {name}(M) returns (M) {{
    option ($) = {{
      type: METHOD_TYPE_{operation}
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
    }};
  }}"
        ));
        let message = format!("`acme.wallet.v1.Wallet.{name}` is AUTHORISED without `roles`");
        breach(&file).is(E04, &file.place("option ("), &message, roles);
    }
}

#[test]
fn e04_authorised_with_an_empty_list() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: []
    };
  }",
    );
    breach(&file).is(E04, &file.place("option ("), "nobody could ever call it", "roles: [ROLE_");
}

#[test]
fn e04_authorised_without_roles_field_by_field() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option deprecated = true;
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option idempotency_level = NO_SIDE_EFFECTS;
  }",
    );
    breach(&file).is(E04, &file.place("option ("), "Wallet.GetAccount` is AUTHORISED", "roles: [");
}

#[test]
fn e04_help_without_a_role_of_the_domain_leaves_a_gap() {
    let file = crate::common::service_file(
        "other.proto",
        "acme.other.v1",
        "
  rpc GetAccount(M) returns (M) {
    option ($) = { type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED };
  }",
    );
    breach(&file).is(E04, &file.place("option ("), "Wallet.GetAccount`", "roles: [ROLE_..]");
}

#[test]
fn e05_public_with_roles() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_PUBLIC
      roles: [ROLE_WALLET_ADMIN]
    };
  }",
    );
    let message = "`acme.wallet.v1.Wallet.GetAccount` is PUBLIC with `roles`";
    let help = "remove `roles`, or let the roles be checked:\n\
                access_level: METHOD_ACCESS_LEVEL_AUTHORISED";
    breach(&file).is(E05, &file.place("option ("), message, help);
}

#[test]
fn e05_public_with_roles_field_by_field() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_PUBLIC;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_WALLET_VIEWER;
  }",
    );
    breach(&file).is(E05, &file.nth_place("option (", 2), "GetAccount` is PUBLIC", "AUTHORISED");
}

#[test]
fn e06_public_with_a_verification_status() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_PUBLIC
      verification_status: VERIFICATION_STATUS_VERIFIED
    };
  }",
    );
    let message = "`acme.wallet.v1.Wallet.GetAccount` is PUBLIC with a `verification_status`";
    let help = "remove `verification_status`, or let the entity be checked:\n\
                access_level: METHOD_ACCESS_LEVEL_AUTHORISED";
    breach(&file).is(E06, &file.place("option ("), message, help);
}

#[test]
fn e06_public_with_a_verification_status_field_by_field() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($).verification_status = VERIFICATION_STATUS_VERIFIED;
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_PUBLIC;
  }",
    );
    breach(&file).is(E06, &file.place("option ("), "GetAccount` is PUBLIC", "AUTHORISED");
}

#[test]
fn e05_and_e06_are_both_reported() {
    let file = wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_PUBLIC
      roles: [ROLE_WALLET_ADMIN]
      verification_status: VERIFICATION_STATUS_VERIFIED
    };
  }",
    );
    let codes: Vec<_> = breaches(&[file]).into_iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E05, E06]);
}

#[test]
fn an_unspecified_verification_status_asks_for_nothing() {
    for access in
        ["METHOD_ACCESS_LEVEL_PUBLIC", "METHOD_ACCESS_LEVEL_AUTHORISED roles: ROLE_WALLET_ADMIN"]
    {
        accepts(&[wallet(&format!(
            "
  rpc GetAccount(M) returns (M) {{
    option ($) = {{
      type: METHOD_TYPE_READ
      access_level: {access}
      verification_status: VERIFICATION_STATUS_UNSPECIFIED
    }};
  }}"
        ))]);
    }
}
