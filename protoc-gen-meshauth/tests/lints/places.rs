//! Places of values in a block, where a compiler records them, and of what it does not record.

use prost::Message;
use prost_types::{FileDescriptorProto, SourceCodeInfo, source_code_info::Location};
use protoc_gen_meshauth::Lint;

use super::warning;
use crate::common::{Finding, Proto, Request, findings, name_of, wallet};

/// Something for each lint that looks at values of the annotation.
fn file() -> Proto {
    wallet(
        "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_WRITE
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: ROLE_WALLET_ADMIN
      roles: ROLE_LEDGER_VIEWER
    };
  }
  rpc SignUp(M) returns (M) {
    option ($) = {
      type: METHOD_TYPE_WRITE
      access_level: METHOD_ACCESS_LEVEL_PUBLIC
    };
  }",
    )
}

fn found(info: impl FnOnce(SourceCodeInfo) -> Option<SourceCodeInfo>) -> Vec<Finding> {
    let request = Request::of(&[file()]);
    let bytes = request.proto_file.iter().find(|bytes| name_of(bytes) == "wallet.proto").unwrap();
    let recorded = FileDescriptorProto::decode(bytes.as_slice()).unwrap().source_code_info.unwrap();
    let request = request.with_source_info("wallet.proto", info(recorded));
    let generated = request.with("lint=foreign_domain:warn,lint=unowned_resource:warn").generate();
    findings(generated.unwrap().warnings.diagnostics())
}

#[track_caller]
fn are(found: &[Finding], expected: &[(Lint, String)]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (lint, place)) in found.iter().zip(expected) {
        found.is(warning(*lint), place, "`acme.wallet.v1.Wallet", "");
    }
}

#[test]
fn values_in_a_block_are_found_where_the_compiler_records_them() {
    let file = file();
    // As buf records them: an entry for each statement in the block.
    let statement = |method: i32, value: &[i32], place: String| {
        let numbers = place.split(':').skip(1).map(|n| n.parse::<i32>().unwrap() - 1);
        Location {
            path: [&[6, 0, 2, method, 4, 50006], value].concat(),
            span: numbers.chain([99]).collect(),
            ..Location::default()
        }
    };
    let (write, viewer) = (file.place("type: "), file.place("roles: ROLE_LEDGER"));
    let public = file.place("access_level: METHOD_ACCESS_LEVEL_PUBLIC");
    let found = found(|mut info| {
        info.location.extend([
            statement(0, &[1], write.clone()),
            statement(0, &[3, 0], file.place("roles: ROLE_WALLET")),
            statement(0, &[3, 1], viewer.clone()),
            statement(1, &[2], public.clone()),
        ]);
        Some(info)
    });
    let expected = [
        (Lint::UnownedResource, file.place("service")),
        (Lint::WriteNamedRead, write),
        (Lint::ViewerOnWrite, viewer.clone()),
        (Lint::ForeignDomain, viewer),
        (Lint::PublicWrite, public),
    ];
    are(&found, &expected);
}

#[test]
fn without_source_information_it_is_the_start_of_the_file() {
    let start = || String::from("wallet.proto:1:1");
    let expected = [
        Lint::ViewerOnWrite,
        Lint::WriteNamedRead,
        Lint::PublicWrite,
        Lint::ForeignDomain,
        Lint::UnownedResource,
    ];
    are(&found(|_| None), &expected.map(|lint| (lint, start())));
}

#[test]
fn an_annotation_that_is_not_recorded_is_where_its_method_is() {
    let file = file();
    let get = || file.place("rpc Get");
    let expected = [
        (Lint::UnownedResource, file.place("service")),
        (Lint::ViewerOnWrite, get()),
        (Lint::WriteNamedRead, get()),
        (Lint::ForeignDomain, get()),
        (Lint::PublicWrite, file.place("rpc SignUp")),
    ];
    let found = found(|mut info| {
        info.location.retain(|location| location.path.len() <= 4);
        Some(info)
    });
    are(&found, &expected);
}
