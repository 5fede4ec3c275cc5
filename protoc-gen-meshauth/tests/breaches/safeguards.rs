//! Safeguards: what they say, E10, E11 and E13, and that they are not lost on the way.

use prost_types::{FileDescriptorProto, source_code_info::Location};
use protoc_gen_meshauth::{
    Code::{E01, E02, E10, E11, E13},
    PROTOS, Safeguards,
};

use crate::common::{
    Breach, Proto, Request, accepts, breach, breaches, breaches_of, build_with,
    importing_safeguards, proto, run, safeguards, wallet,
};

const NUMBER: &str = "73689";
const AUTHORISED: &str = "access_level: METHOD_ACCESS_LEVEL_AUTHORISED roles: ROLE_WALLET_ADMIN";
const PUBLIC: &str = "access_level: METHOD_ACCESS_LEVEL_PUBLIC";

/// A READ with these fields in its annotation, and these statements beside it.
fn with(fields: &str, statements: &str) -> Proto {
    importing_safeguards(wallet(&format!(
        "\n  rpc Look(M) returns (M) {{\n    \
         option ($) = {{ type: METHOD_TYPE_READ {fields} }};\n    {statements}\n  }}"
    )))
}

/// An AUTHORISED method with these safeguards.
fn guarded(safeguards: &str) -> Proto {
    with(AUTHORISED, &format!("option (%) = {{ {safeguards} }};"))
}

/// The breaches of the file, in a run in which the safeguards are declared in this way.
fn read_with(file: &Proto, theirs: &Proto, ours: &Proto) -> Vec<Breach> {
    let mut request = Request::of(&[file.clone(), theirs.clone()]);
    request.file_to_generate = vec![file.name.clone()];
    request.swap(&ours.name, &Request::of(std::slice::from_ref(ours))).breaches()
}

/// The request, in which no file declares the safeguards that methods have.
fn without_the_extension(file: &Proto) -> Request {
    let empty = proto(PROTOS[2].0, "syntax = \"proto3\"; package meshauth.option.v1;");
    let mut request = Request::of(std::slice::from_ref(file));
    request = request.swap(PROTOS[2].0, &Request::of(&[empty]));
    request.file_to_generate = vec![file.name.clone()];
    request
}

#[test]
fn safeguards_are_generated_documented_and_in_the_digest() {
    let code = |safeguards: &str| {
        let file = with(AUTHORISED, safeguards);
        let run = run(&[file], &[]);
        assert_eq!(run.findings, []);
        run.guards.unwrap().remove("acme.wallet.v1").unwrap()
    };
    let digest = |code: &str| {
        let words = code.split('"').filter(|word| word.len() == 64);
        words.map(str::to_owned).next().expect("there is a digest")
    };
    let plain = code("");
    let mut digests = vec![digest(&plain)];
    for (safeguards, calls, docs) in [
        ("second_factor: true", ".second_factor()", "/// SECOND FACTOR: the caller"),
        (
            "max_age: { seconds: 300 }",
            ".max_age(::core::time::Duration::from_secs(300))",
            "proved itself within the last 300s.",
        ),
        (
            "max_age: { seconds: 1 nanos: 5 }",
            ".max_age(::core::time::Duration::new(1, 5))",
            "proved itself within the last 1.000000005s.",
        ),
    ] {
        let code = code(&format!("option (%) = {{ {safeguards} }};"));
        assert!(!plain.contains(calls) && code.contains(calls), "{calls}: {code}");
        assert!(!plain.contains(docs) && code.contains(docs), "{docs}: {code}");
        digests.push(digest(&code));
    }
    let both = code("option (%).second_factor = true;\n    option (%).max_age = { seconds: 60 };");
    assert!(both.contains(".second_factor()"), "{both}");
    assert!(both.contains(".max_age(::core::time::Duration::from_secs(60))"), "{both}");
    digests.push(digest(&both));
    let count = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), count);
    // Without the import nothing else is generated than with it.
    let unused = run(
        &[wallet(&format!(
            "\n  rpc Look(M) returns (M) {{ option ($) = {{ type: METHOD_TYPE_READ {AUTHORISED} }}; }}"
        ))],
        &[],
    );
    assert_eq!(unused.guards.unwrap()["acme.wallet.v1"], plain);
}

#[test]
fn the_table_as_data_has_the_safeguards() {
    let file = guarded("second_factor: true max_age: { seconds: 90 }");
    let request = Request::of(&[file]);
    let encoded: Vec<u8> = request.proto_file.iter().fold(Vec::new(), |mut set, file| {
        prost::encoding::bytes::encode(1, file, &mut set);
        set
    });
    let methods = protoc_gen_meshauth::policies(&encoded, &["wallet.proto"], None).unwrap();
    let Safeguards { second_factor, max_age, .. } = methods[0].safeguards;
    assert_eq!((second_factor, max_age.map(|age| age.as_secs())), (true, Some(90)));
}

#[test]
fn e13_safeguards_on_a_public_method() {
    let file = with(PUBLIC, "option (%) = { second_factor: true };");
    let message = "`acme.wallet.v1.Wallet.Look` is PUBLIC with safeguards";
    let help = "remove the safeguards, or let only callers with a role in:\n\
                access_level: METHOD_ACCESS_LEVEL_AUTHORISED";
    breach(&file).is(E13, &file.nth_place("option (", 1), message, help);
}

#[test]
fn e13_safeguards_without_anything_in_them() {
    for empty in ["", "second_factor: false"] {
        let file = guarded(empty);
        let message = "`acme.wallet.v1.Wallet.Look` has safeguards without anything in them";
        let help = "or remove them:\nsecond_factor: true\nmax_age: { seconds: 300 }";
        breach(&file).is(E13, &file.nth_place("option (", 1), message, help);
    }
}

#[test]
fn t_n16_e13_a_max_age_that_is_not_positive() {
    for age in [
        "",
        "seconds: 0",
        "seconds: -1",
        "nanos: -1",
        "seconds: 1 nanos: -1",
        "seconds: -1 nanos: 1",
        "nanos: 1000000000",
        "seconds: 315576000001",
        "seconds: 9223372036854775807",
    ] {
        for beside in ["", "second_factor: true "] {
            let file = guarded(&format!("{beside}max_age: {{ {age} }}"));
            let message = "which is not a positive duration";
            let help = "or remove it:\nmax_age: { seconds: 300 }";
            breach(&file).is(E13, &file.nth_place("option (", 1), message, help);
        }
    }
    accepts(&[guarded("max_age: { nanos: 1 }")]);
    accepts(&[guarded("max_age: { seconds: 315576000000 nanos: 999999999 }")]);
}

#[test]
fn e13_is_where_the_value_is() {
    // Field by field, each has a place of its own.
    let file = with(
        AUTHORISED,
        "option (%).second_factor = true;\n    option (%).max_age = { seconds: 0 };",
    );
    breach(&file).is(E13, &file.place("option (meshauth.option.v1.safeguards).max_age"), "", "");
    // As buf records it: an entry for each value in a block.
    let file = guarded("second_factor: true max_age: { seconds: 0 }");
    let request = Request::of(std::slice::from_ref(&file));
    let encoded = request.proto_file.iter().find(|one| crate::common::name_of(one) == file.name);
    let decoded: FileDescriptorProto = prost::Message::decode(encoded.unwrap().as_slice()).unwrap();
    let mut info = decoded.source_code_info.unwrap();
    let place = file.place("max_age: {");
    let span = place.split(':').skip(1).map(|n| n.parse::<i32>().unwrap() - 1).chain([99]);
    info.location.push(Location {
        path: vec![6, 0, 2, 0, 4, NUMBER.parse().unwrap(), 2],
        span: span.collect(),
        ..Location::default()
    });
    let found = request.with_source_info(&file.name, Some(info)).breaches();
    assert_eq!((found.len(), &*found[0].place), (1, &*place), "{found:#?}");
}

#[test]
fn what_is_wrong_with_safeguards_is_said_beside_what_else_is_wrong() {
    let empty = "option (%) = {};";
    let codes = |file: &Proto| {
        let found = breaches(std::slice::from_ref(file));
        found.iter().map(|breach| breach.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&with(PUBLIC, empty)), [E13, E13]);
    let untyped = with(AUTHORISED, empty);
    let text = untyped.text.replace("type: METHOD_TYPE_READ ", "");
    assert_eq!(codes(&Proto { text, ..untyped }), [E02, E13]);
    let bare = wallet("\n  rpc Look(M) returns (M) { option (%) = {}; }");
    assert_eq!(codes(&importing_safeguards(bare)), [E01, E13]);
}

#[test]
fn e10_a_field_of_the_safeguards_that_is_not_known() {
    let field = ("bool second_factor = 1;", "bool second_factor = 1; bool two_persons = 3;");
    let theirs = safeguards(&[field]);
    let file = guarded("second_factor: true two_persons: true");
    // Known to no file of the run, as to an older plugin; and declared, but with no meaning here.
    let place = file.nth_place("option (", 1);
    for (ours, name) in [(safeguards(&[]), "3 that"), (theirs.clone(), "3 (`two_persons`) that")] {
        let found = read_with(&file, &theirs, &ours);
        assert_eq!(found.len(), 1, "{found:#?}");
        let message = format!("the safeguards of `acme.wallet.v1.Wallet.Look` have a field {name}");
        found[0].is(E10, &place, &message, "or use a version of protoc-gen-meshauth that knows it");
    }
    // Something is stated, though it is not known what: that is one finding.
    let file = guarded("two_persons: true");
    let found = read_with(&file, &theirs, &safeguards(&[]));
    assert_eq!(found.iter().map(|breach| breach.code).collect::<Vec<_>>(), [E10]);
}

#[test]
fn e10_a_field_of_the_age_that_is_not_known() {
    let file = guarded("max_age: { seconds: 60 }");
    let request = Request::of(std::slice::from_ref(&file));
    // `seconds: 60` becomes a field 9 of the duration, and no second is left.
    let (from, to) = ([0x12, 0x02, 0x08, 60], [0x12, 0x02, 0x48, 60]);
    let mut changed = request.clone();
    for bytes in &mut changed.proto_file {
        while let Some(at) = bytes.windows(4).position(|part| part == from) {
            bytes[at..at + 4].copy_from_slice(&to);
        }
    }
    assert_ne!(changed, request);
    let found = changed.breaches();
    assert_eq!(found.iter().map(|breach| breach.code).collect::<Vec<_>>(), [E10, E13]);
    assert!(
        found[0].message.contains("the `max_age` of `acme.wallet.v1.Wallet.Look` has a field 9")
    );
}

#[test]
fn t_n15_e10_safeguards_that_no_file_declares() {
    let file = guarded("second_factor: true");
    let found = without_the_extension(&file).breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = format!(
        "the options of `acme.wallet.v1.Wallet.Look` have a field {NUMBER} that no file declares"
    );
    let help = "import \"meshauth/option/v1/safeguards.proto\";";
    found[0].is(E10, &file.nth_place("option (", 1), &message, help);
    // The rest of the options is read as ever.
    let plain = with(AUTHORISED, "");
    assert!(without_the_extension(&plain).execute().is_ok());
}

#[test]
fn a_field_that_another_extension_declares_is_that_extensions() {
    let other = proto(
        "acme/other.proto",
        &format!(
            "syntax = \"proto3\"; package acme; import \"google/protobuf/descriptor.proto\";
            extend google.protobuf.MethodOptions {{ string note = {NUMBER}; }}"
        ),
    );
    let file = with(AUTHORISED, "option (acme.note) = \"text\";");
    let text = file.text.replace(PROTOS[2].0, &other.name);
    accepts(&[Proto { text, ..file }, other]);
}

#[test]
fn t_n15_required_safeguards_fail_a_run_that_does_not_hold_them() {
    let plain = wallet(&format!(
        "\n  rpc Look(M) returns (M) {{ option ($) = {{ type: METHOD_TYPE_READ {AUTHORISED} }}; }}"
    ));
    let required = ["safeguards=required"];
    let found = Request::of(std::slice::from_ref(&plain)).with(required[0]).breaches();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(
        E11,
        "wallet.proto:1:1",
        "by the option safeguards=required the files must hold the extension \
         `meshauth.option.v1.safeguards`, and none does",
        "import \"meshauth/option/v1/safeguards.proto\";",
    );
    let built = build_with(std::slice::from_ref(&plain), &[&plain.name], &required);
    let error = built.result.as_ref().expect_err("the extension is not there");
    assert_eq!(breaches_of(error)[0].message, found[0].message);
    assert!(built.written().is_empty());
    // It is held, whether or not a method has any.
    for file in [importing_safeguards(plain.clone()), guarded("second_factor: true")] {
        let run = run(&[file], &required);
        assert!(run.guards.is_some() && run.findings.is_empty(), "{:#?}", run.findings);
    }
    assert_eq!(run(&[plain], &["safeguards=optional"]).findings, []);
}

#[test]
fn a_copy_may_have_another_number() {
    let copy = safeguards(&[(NUMBER, "51234")]);
    let file = guarded("max_age: { seconds: 0 }");
    let found = breaches(&[file.clone(), copy.clone()]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(E13, &file.nth_place("option (", 1), "not a positive duration", "");
    let generated = run(&[guarded("second_factor: true"), copy], &[]).guards.unwrap();
    assert!(generated["acme.wallet.v1"].contains(".second_factor()"));
}

#[test]
fn e11_another_extension_with_the_number_of_the_safeguards() {
    let other = |number: &str| {
        proto(
            "acme/other.proto",
            &format!(
                "syntax = \"proto3\";\npackage acme;\nimport \"google/protobuf/descriptor.proto\";\n\
                 message Outer {{\n  extend google.protobuf.MethodOptions {{\n    \
                 string note = {number};\n  }}\n}}\n"
            ),
        )
    };
    let file = guarded("second_factor: true");
    let found = breaches(&[file.clone(), other(NUMBER)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].is(
        E11,
        &other(NUMBER).place("string note"),
        "the extension `acme.Outer.note` has the number 73689, which \
         `meshauth.option.v1.safeguards` has, too",
        "in a copy of meshauth/option/v1/safeguards.proto of your own, which `protoc-gen-meshauth \
         --protos DIR` writes:\nSafeguards safeguards = 99999;",
    );
    // What the help says does it.
    accepts(&[file.clone(), other(NUMBER), safeguards(&[(NUMBER, "99999")])]);
    // A number that is free is proposed.
    let copy = safeguards(&[(NUMBER, "99999")]);
    let found = breaches(&[file, other("99999"), copy]);
    assert!(found[0].help.ends_with("Safeguards safeguards = 99998;"), "{found:#?}");
}

#[test]
fn e11_safeguards_of_another_shape() {
    let (extend, field) = ("google.protobuf.MethodOptions {", "  Safeguards safeguards");
    let (second, age) = ("bool second_factor = 1;", "google.protobuf.Duration max_age = 2;");
    for (from, to, says) in [
        (extend, "google.protobuf.ServiceOptions {", "extends `google.protobuf.ServiceOptions`"),
        (field, "  bool safeguards", "is not a message"),
        (field, "  repeated Safeguards safeguards", "is repeated"),
        (second, "", "has no field `second_factor`"),
        (second, "repeated bool second_factor = 1;", "`second_factor` in `meshauth.option.v1.Saf"),
        (second, "int32 second_factor = 1;", "that is not a bool"),
        (age, "", "has no field `max_age`"),
        (age, "int64 max_age = 2;", "that is not a `google.protobuf.Duration`"),
        (age, "Safeguards max_age = 2;", "that is not a `google.protobuf.Duration`"),
        (
            age,
            "repeated google.protobuf.Duration max_age = 2;",
            "that is not a `google.protobuf.Dur",
        ),
    ] {
        let declared = safeguards(&[(from, to)]);
        let found = breaches(&[with(AUTHORISED, ""), declared.clone()]);
        assert_eq!(found.len(), 1, "{to}: {found:#?}");
        let at = declared.text.lines().find(|line| line.ends_with("safeguards = 73689;")).unwrap();
        let message = "the extension `meshauth.option.v1.safeguards` ";
        found[0].is(E11, &declared.place(at.trim_start()), message, "Duration max_age = 2;\n}");
        assert!(found[0].message.contains(says), "{says}: {found:#?}");
    }
    // In proto2 there may be a default, which nobody wrote at the method.
    let default = safeguards(&[
        ("syntax = \"proto3\"", "syntax = \"proto2\""),
        (field, "  optional Safeguards safeguards"),
        (second, "optional bool second_factor = 1 [default = true];"),
        (age, "optional google.protobuf.Duration max_age = 2;"),
    ]);
    let found = breaches(&[with(AUTHORISED, ""), default]);
    assert!(found[0].message.contains("`second_factor` with a default value"), "{found:#?}");
}

#[test]
fn a_slip_in_safeguards_that_do_not_compile_is_explained() {
    let file = guarded("second_facter: true");
    let error = crate::common::build(std::slice::from_ref(&file)).compiler_error();
    assert!(error.contains("the safeguards of `acme.wallet.v1.Wallet.Look`"), "{error}");
    assert!(error.contains("did you mean `second_factor`?"), "{error}");
    let file = Proto { text: file.text.replace("import \"meshauth/", "// \"meshauth/"), ..file };
    let error = crate::common::build(&[file]).compiler_error();
    assert!(error.contains("import \"meshauth/option/v1/safeguards.proto\";"), "{error}");
}
