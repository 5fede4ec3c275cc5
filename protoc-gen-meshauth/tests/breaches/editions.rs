//! E12: files that prost does not generate from. They are hand-made, because protox does not read
//! them either.

use prost_types::FileDescriptorProto;
use protoc_gen_meshauth::Code::{E01, E12};

use crate::common::{Proto, Request, build, good_method, proto, service_file, wallet};

/// The same request, as a compiler that knows editions sends it.
fn in_editions(request: Request, name: &str) -> Request {
    let syntax = Some(String::from("editions"));
    let request = request.append(name, &FileDescriptorProto { syntax, ..Default::default() });
    let mut request = request;
    let is_it = |bytes: &&mut Vec<u8>| crate::common::name_of(bytes) == name;
    // `edition = EDITION_2023`, which prost-types does not have.
    request.proto_file.iter_mut().find(is_it).unwrap().extend([0x70, 0xE8, 0x07]);
    request
}

/// A file that imports another and has an unannotated method.
fn importing(name: &str, package: &str, import: &str) -> Proto {
    let file = service_file(name, package, "\n  rpc GetAccount(M) returns (M);");
    let text = file.text.replace("message M", &format!("import \"{import}\";\nmessage M"));
    proto(name, &text)
}

#[test]
fn e12_editions() {
    let file = wallet(&good_method("GetAccount"));
    let request = in_editions(Request::of(std::slice::from_ref(&file)), "wallet.proto");
    let found = request.breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "`wallet.proto` uses editions, which prost does not generate from";
    found[0].is(E12, &file.place("syntax"), message, "\nsyntax = \"proto3\";");
}

#[test]
fn e12_editions_of_an_import() {
    let imported =
        proto("old/money.proto", "// Money.\nsyntax = \"proto3\"; package acme.money.v1;");
    let other = service_file("zoo.proto", "acme.zoo.v1", "\n  rpc Feed(M) returns (M);");
    let wallet = importing("wallet.proto", "acme.wallet.v1", "old/money.proto");
    let mut request = Request::of(&[wallet, other.clone(), imported.clone()]);
    request.file_to_generate.pop();
    let found = in_editions(request, "old/money.proto").breaches();
    // What imports it cannot be read without it, but all other files are.
    assert_eq!(found.len(), 2, "{found:#?}");
    found[0].is(E12, &imported.place("syntax"), "`old/money.proto` uses editions", "proto3");
    found[1].is(E01, &other.place("rpc Feed"), "acme.zoo.v1.Wallet.Feed` has no", "WRITE");
}

#[test]
fn e12_editions_of_an_import_of_an_import() {
    let files = [
        proto("a.proto", "syntax = \"proto3\"; package acme.a.v1;"),
        importing("b.proto", "acme.b.v1", "a.proto"),
        importing("c.proto", "acme.c.v1", "b.proto"),
    ];
    let found = in_editions(Request::of(&files), "a.proto").breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E12, "a.proto:1:1", "`a.proto` uses editions", "proto3");
}

#[test]
fn e12_editions_of_the_annotation_itself() {
    let file = wallet("\n  rpc GetAccount(M) returns (M);");
    let name = protoc_gen_meshauth::PROTOS[0].0;
    let found = in_editions(Request::of(&[file]), name).breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].code, E12);
    assert!(found[0].place.starts_with(name), "{found:#?}");
}

#[test]
fn a_build_script_says_where_editions_are_used() {
    let text = "edition = \"2023\";\npackage acme.wallet.v1;\n";
    let built = build(&[proto("wallet.proto", text)]);
    let error = built.result.as_ref().unwrap_err().to_string();
    assert!(error.contains("wallet.proto:1:1"), "{error}");
    assert!(built.written().is_empty());
}

/// protox does not read them, and would say so in its own words.
#[test]
fn e12_editions_in_a_build_script() {
    let edition = "edition = \"2023\";";
    let in_edition =
        |file: &Proto| proto(&file.name, &file.text.replace("syntax = \"proto3\";", edition));
    let file = in_edition(&wallet(&good_method("GetAccount")));
    let zoo = service_file("a/zoo.proto", "acme.zoo.v1", &good_method("Feed"));
    let zoo = proto(&zoo.name, &format!("// Animals.\n\n  {}", in_edition(&zoo).text));
    let imported = importing("good.proto", "acme.good.v1", "a/zoo.proto");
    for (files, expected) in [
        (vec![file.clone()], vec![&file]),
        // All of those that were asked for, and one that is only imported.
        (vec![file.clone(), zoo.clone()], vec![&zoo, &file]),
        (vec![imported.clone(), zoo.clone()], vec![&zoo]),
    ] {
        let built = build(&files);
        let error = built.result.as_ref().expect_err("prost does not take editions");
        let found: Vec<_> = error.diagnostics().collect();
        assert_eq!(found.len(), expected.len(), "{error}");
        for (found, file) in found.iter().zip(expected) {
            assert_eq!(found.code(), E12);
            let place = found.place().to_string();
            assert!(place.ends_with(&format!("/proto/{}", file.place("edition ="))), "{place}");
            let message =
                format!("`{}` uses editions, which prost does not generate from", file.name);
            assert_eq!(found.message(), message);
        }
        assert!(error.to_string().ends_with(", nothing was generated"), "{error}");
    }
    let only_imported = crate::common::build_some(&[imported, zoo.clone()], &["good.proto"]);
    let error = only_imported.result.as_ref().expect_err("prost does not take editions");
    assert_eq!(
        error.diagnostics().map(protoc_gen_meshauth::Diagnostic::code).collect::<Vec<_>>(),
        [E12]
    );
    // What is wrong with other files is said as ever.
    let broken = proto("broken.proto", "syntax = \"proto3\"; edition");
    assert_eq!(build(&[broken]).result.unwrap_err().diagnostics().count(), 0);
}
