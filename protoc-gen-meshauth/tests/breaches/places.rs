//! Where a breach is reported: at the value where the compiler records it, else at the annotation,
//! else at the method.

use prost::Message;
use prost_types::{FileDescriptorProto, SourceCodeInfo, source_code_info::Location};
use protoc_gen_meshauth::Code::{E01, E04, E05, E07, E09};

use crate::common::{Proto, Request, name_of, wallet};

/// Four breaches: of `Get` (E01), of `Put` (E05 and E07) and of `List` (E09).
fn file() -> Proto {
    wallet(
        "
  rpc Get(M) returns (M);
  rpc Put(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_WRITE
      access_level: METHOD_ACCESS_LEVEL_PUBLIC
      roles: [ROLE_WALLET_ADMIN]
      roles: ROLE_UNSPECIFIED
    };
  }
  rpc List(M) returns (M) {
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_WALLET_ADMIN;
  }",
    )
}

fn recorded(request: &Request) -> SourceCodeInfo {
    let file = request.proto_file.iter().find(|bytes| name_of(bytes) == "wallet.proto").unwrap();
    FileDescriptorProto::decode(file.as_slice()).unwrap().source_code_info.unwrap()
}

/// The codes and places of the breaches with this source information.
fn places(info: Option<SourceCodeInfo>) -> Vec<(protoc_gen_meshauth::Code, String)> {
    let request = Request::of(&[file()]).with_source_info("wallet.proto", info);
    request.breaches().into_iter().map(|breach| (breach.code, breach.place)).collect()
}

/// As protoc counts: up to the next column that is a multiple of eight.
#[test]
fn a_tab_is_as_wide_as_for_protoc() {
    let file = wallet("\n\trpc Get(M) returns (M);\n \t\trpc Put(M) returns (M);");
    let built = crate::common::build(std::slice::from_ref(&file));
    let error = built.result.as_ref().unwrap_err();
    let found: Vec<_> = error.diagnostics().map(|found| found.place().clone()).collect();
    let columns: Vec<_> = found.iter().map(|place| (place.line, place.column)).collect();
    assert_eq!(columns, [(6, 9), (7, 17)]);
}

#[test]
fn without_source_information_it_is_the_start_of_the_file() {
    let start = || String::from("wallet.proto:1:1");
    let expected = [(E01, start()), (E05, start()), (E07, start()), (E09, start())];
    assert_eq!(places(None), expected);
    assert_eq!(places(Some(SourceCodeInfo::default())), expected);
}

#[test]
fn the_order_of_source_information_does_not_matter() {
    let file = file();
    let expected = [
        (E01, file.place("rpc Get")),
        (E05, file.place("option (")),
        (E07, file.place("option (")),
        (E09, file.nth_place("option (", 4)),
    ];
    let mut info = recorded(&Request::of(&[file]));
    assert_eq!(places(Some(info.clone())), expected);
    info.location.reverse();
    assert_eq!(places(Some(info.clone())), expected);
    info.location.sort_by_key(|location| location.span.clone());
    assert_eq!(places(Some(info.clone())), expected);
    // As protoc sends it: by name, by number, by anything.
    info.location.sort_by_key(|location| location.path.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(places(Some(info)), expected);
}

#[test]
fn a_value_in_a_block_is_found_where_the_compiler_records_it() {
    let file = file();
    let mut info = recorded(&Request::of(std::slice::from_ref(&file)));
    // As buf records them: an entry for each statement in the block.
    for (path, what) in [
        (vec![1], "type: METHOD_TYPE_WRITE"),
        (vec![2], "access_level: METHOD_ACCESS_LEVEL_PUBLIC"),
        (vec![3, 0], "roles: [ROLE_WALLET_ADMIN]"),
        (vec![3, 1], "roles: ROLE_UNSPECIFIED"),
    ] {
        let place = file.place(what);
        let span = place.split(':').skip(1).map(|n| n.parse::<i32>().unwrap() - 1).chain([99]);
        info.location.push(Location {
            path: [vec![6, 0, 2, 1, 4, 50006], path].concat(),
            span: span.collect(),
            ..Location::default()
        });
    }
    let found = places(Some(info));
    assert_eq!(found[1], (E05, file.place("roles: [ROLE")));
    assert_eq!(found[2], (E07, file.place("roles: ROLE_UNSPECIFIED")));
}

#[test]
fn an_annotation_that_is_not_recorded_is_where_its_method_is() {
    let file = file();
    let mut info = recorded(&Request::of(std::slice::from_ref(&file)));
    info.location.retain(|location| location.path.len() <= 4);
    let (put, list) = (file.place("rpc Put"), file.place("rpc List"));
    let expected = [(E01, file.place("rpc Get")), (E05, put.clone()), (E07, put), (E09, list)];
    assert_eq!(places(Some(info)), expected);
}

#[test]
fn other_options_of_the_method_are_not_where_it_is() {
    let file = wallet(
        "
  rpc Get(M) returns (M) {
    option deprecated = true;
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
    };
    option idempotency_level = NO_SIDE_EFFECTS;
  }",
    );
    let found = Request::of(std::slice::from_ref(&file)).breaches();
    assert_eq!((found[0].code, &found[0].place), (E04, &file.nth_place("option (", 0)));
}
