//! The report: all breaches of a run at once, in the order in which a reader finds them, and
//! nothing written.

use protoc_gen_meshauth::Code::{E01, E02, E03, E04, E07, E09};

use crate::common::{
    Proto, Request, api, breaches, breaches_of, build, build_some, good_method, owned, proto,
    service_file, wallet,
};

/// Breaks three rules in one annotation.
const THREE: &str = "
  rpc GetAccount(M) returns (M) {
    option ($) = {
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_UNSPECIFIED, ROLE_WALLET_ADMIN, ROLE_WALLET_ADMIN]
    };
  }";

fn two_files() -> [Proto; 3] {
    let bare = "\n  rpc GetAccount(M) returns (M);";
    let second = format!("{}{}", good_method("ListAccounts"), THREE.replace("GetAcc", "PutAcc"));
    [
        service_file("z.proto", "acme.a.v1", bare),
        service_file("a.proto", "acme.z.v1", &(second + bare)),
        service_file("m.proto", "acme.m.v1", &good_method("GetAccount")),
    ]
    .map(owned)
}

#[test]
fn several_breaches_of_one_method_are_all_reported() {
    let file = wallet(THREE);
    let found = breaches(std::slice::from_ref(&file));
    let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E02, E07, E09]);
    assert!(found.iter().all(|breach| breach.place == file.place("option (")), "{found:#?}");
}

#[test]
fn several_methods_and_services_are_all_reported() {
    let methods = format!(
        "
  rpc A(M) returns (M);{}
  rpc B(M) returns (M) {{ option ($) = {{ type: METHOD_TYPE_READ }}; }}
}}
service Purse {{
  rpc C(M) returns (M) {{
    option ($) = {{ type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_AUTHORISED }};
  }}",
        good_method("Good")
    );
    let found = breaches(&[wallet(&methods)]);
    let codes: Vec<_> = found.iter().map(|breach| breach.code).collect();
    assert_eq!(codes, [E01, E03, E04]);
    assert!(found[2].message.contains("`acme.wallet.v1.Purse.C`"), "{found:#?}");
}

#[test]
fn breaches_are_ordered_by_file_and_line() {
    let [z, a, m] = two_files();
    let found = breaches(&[z.clone(), a.clone(), m]);
    let order: Vec<_> = found.iter().map(|breach| (breach.place.clone(), breach.code)).collect();
    let annotation = a.nth_place("option (", 1);
    let expected = [
        (annotation.clone(), E02),
        (annotation.clone(), E07),
        (annotation, E09),
        (a.place("rpc GetAcc"), E01),
        (z.place("rpc GetAcc"), E01),
    ];
    assert_eq!(order, expected);
}

#[test]
fn lines_are_ordered_as_numbers() {
    let methods: Vec<_> = (0..12).map(|i| format!("\n  rpc M{i}(M) returns (M);")).collect();
    let file = wallet(&methods.concat());
    let places: Vec<_> =
        breaches(std::slice::from_ref(&file)).into_iter().map(|b| b.place).collect();
    let expected: Vec<_> = (0..12).map(|i| file.place(&format!("rpc M{i}("))).collect();
    assert_eq!(places, expected);
}

#[test]
fn the_last_line_counts() {
    let [z, a, m] = two_files();
    for (files, expected) in [
        (vec![z.clone(), a.clone(), m.clone()], "5 errors in 2 files"),
        (vec![a, m.clone()], "4 errors in 1 file"),
        (vec![m, z], "1 error in 1 file"),
    ] {
        let last = format!("\nmeshauth: {expected}, nothing was generated");
        let built = build(&files).result.unwrap_err().to_string();
        assert!(built.ends_with(&last), "{built}");
        let executed = Request::of(&files).execute().unwrap_err().to_string();
        assert!(executed.ends_with(&last), "{executed}");
    }
}

#[test]
fn a_build_script_that_fails_shows_the_report() {
    // Cargo prints the `Debug` of what `main` returns, after `Error: `.
    let built = build(&two_files());
    let shown = format!("Error: {:?}", built.result.as_ref().unwrap_err());
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("Error: the access annotations are not complete"));
    let first = lines.next().unwrap();
    assert!(first.contains("a.proto:") && first.contains(": error[E02]: `acme.z.v1"), "{shown}");
    assert!(lines.next().unwrap().starts_with("    help: say whether"), "{shown}");
    assert_eq!(shown.lines().last(), built.result.unwrap_err().to_string().lines().last());
}

#[test]
fn a_right_file_beside_a_wrong_one_does_not_hide_it() {
    let right = service_file("right.proto", "acme.wallet.v1", &good_method("GetAccount"));
    let wrong = wallet("\n  rpc GetOrder(N) returns (N);").text;
    let wrong = wrong.replace("message M", "message N").replace("service Wallet", "service Order");
    let wrong = crate::common::proto("wrong.proto", &wrong);

    for files in [[right.clone(), wrong.clone()], [wrong.clone(), right.clone()]] {
        let found = breaches(&files);
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].is(E01, &wrong.place("rpc GetOrder"), "v1.Order.GetOrder`", "READ");
    }
}

#[test]
fn a_file_of_the_package_that_was_not_asked_for_is_checked_too() {
    // prost and tonic generate it with the package, so it would have a server.
    let right = service_file("right.proto", "acme.wallet.v1", &good_method("GetAccount"));
    let import = "import \"wrong.proto\";\nmessage M";
    let right = crate::common::proto("right.proto", &right.text.replace("message M", import));
    let wrong = wallet("\n  rpc GetOrder(N) returns (N);").text;
    let wrong = wrong.replace("message M", "message N").replace("service Wallet", "service Order");
    let wrong = crate::common::proto("wrong.proto", &wrong);
    let files = [right, wrong];

    let built = build_some(&files, &["right.proto"]);
    assert_eq!(breaches_of(built.result.as_ref().unwrap_err()).len(), 1);
    assert!(built.written().is_empty());
    let mut request = Request::of(&files);
    request.file_to_generate.pop();
    assert_eq!(request.breaches().len(), 1);
}

#[test]
fn files_on_disk_are_named_as_they_are_on_disk() {
    let built = build(&two_files());
    for diagnostic in built.result.unwrap_err().diagnostics() {
        let file = std::path::Path::new(&diagnostic.place().file);
        assert!(file.is_absolute(), "{diagnostic}");
    }
}

/// The file without the annotation of one method.
fn without_annotation(file: &Proto, method: &str) -> Proto {
    let declared = file.text.find(&format!("rpc {method}(")).expect("it is declared");
    let body = declared + file.text[declared..].find(" {").expect("it has a body");
    let end = body + file.text[body..].find("\n  }").expect("its body ends") + "\n  }".len();
    proto(&file.name, &format!("{};{}", &file.text[..body], &file.text[end..]))
}

#[test]
fn any_annotation_removed_from_the_api_is_missed_where_it_was() {
    let api = api();
    let mut removed = 0;
    for (index, file) in api.iter().enumerate() {
        let methods = file.text.lines().filter_map(|line| line.trim().strip_prefix("rpc "));
        for method in methods.filter_map(|line| line.split_once('(')) {
            let mut files = api.clone();
            files[index] = without_annotation(file, method.0);
            let found = breaches(&files);
            assert_eq!(found.len(), 1, "{found:#?}");
            let place = file.place(&format!("rpc {}(", method.0));
            assert!(place.ends_with(":3"), "{place}");
            found[0].is(E01, &place, "has no access annotation", "option (meshtrade.option.");
            removed += 1;
        }
    }
    assert!(removed >= 69, "{removed}");
}

#[test]
fn three_faults_in_two_files_of_the_api_are_three_messages() {
    let mut files = api();
    for (name, methods) in [
        ("meshtrade/wallet/account/v1/service.proto", &["GetAccount", "ListAccounts"][..]),
        ("meshtrade/iam/group/v1/service.proto", &["UpdateGroup"]),
    ] {
        let file = files.iter_mut().find(|file| file.name == name).expect("it is there");
        for method in methods {
            *file = without_annotation(file, method);
        }
    }
    assert_eq!(breaches(&files).len(), 3);
    let report = build(&files).result.expect_err("annotations are missing").to_string();
    assert_eq!(report.matches("error[E01]").count(), 3, "{report}");
    assert!(report.ends_with("meshauth: 3 errors in 2 files, nothing was generated"), "{report}");
}

/// A misspelt name is for the compiler to find, and protox says of it only that the annotation is
/// wrong.
#[test]
fn a_misspelt_name_in_an_annotation_is_named_with_what_was_meant() {
    let wrong = |from: &str, to: &str| good_method("GetAccount").replace(from, to);
    for (method, says) in [
        (
            wrong("ROLE_WALLET_ADMIN", "ROLE_WALET_ADMIN"),
            "value 'ROLE_WALET_ADMIN' was not found for enum 'meshtrade.iam.role.v1.Role', did you \
             mean `ROLE_WALLET_ADMIN`?",
        ),
        (wrong("METHOD_TYPE_READ", "METHOD_TYPE_RAED"), "did you mean `METHOD_TYPE_READ`?"),
        (wrong("roles:", "role:"), "field 'role' not found for message"),
        (wrong("roles: [", "roles: "), "the annotation of `acme.wallet.v1.Wallet.GetAccount`: "),
    ] {
        // The first is what protox stops at; both are named.
        let other = method.replace("GetAccount", "FindAccount");
        let file = wallet(&format!("{method}{other}"));
        let error = build(std::slice::from_ref(&file)).compiler_error();
        assert!(error.starts_with("wallet.proto:7:5: "), "{error}");
        let help = "the annotation of `acme.wallet.v1.Wallet.GetAccount`: ";
        assert!(error.contains(help) && error.contains(says), "{error}");
        assert_eq!(error.matches("\n    help: ").count(), 2, "{error}");
        // Each with the place of the very word, where it is one: protox has that of the option.
        if let Some(word) = says.split('`').nth(1).filter(|word| word.starts_with("ROLE_")) {
            let place = file.place(&word.replace("WALLET", "WALET"));
            assert!(error.contains(&format!("\n    help: {place}: {help}")), "{error}");
        }
    }
}

#[test]
fn an_annotation_that_is_not_imported_is_named_with_its_import() {
    let import = "import \"meshtrade/option/method_options/v1/method_options.proto\";";
    let mut file = wallet(&good_method("GetAccount"));
    file.text = file.text.replace(import, "import \"google/protobuf/empty.proto\";");
    let error = build(std::slice::from_ref(&file)).compiler_error();
    assert!(error.starts_with("wallet.proto:"), "{error}");
    let help = format!("\n    help: import the file that declares it: {import}");
    assert!(error.ends_with(&help), "{error}");
    // Of what is not there either, nothing is said.
    file.text = file.text.replace("method_options)", "method_option)");
    let error = build(std::slice::from_ref(&file)).compiler_error();
    assert!(!error.contains("help"), "{error}");
}

/// The same where each field is an option of its own.
#[test]
fn a_misspelt_name_field_by_field_is_named_with_what_was_meant() {
    let right = "
    option ($).type = METHOD_TYPE_READ;
    option ($).access_level = METHOD_ACCESS_LEVEL_AUTHORISED;
    option ($).roles = ROLE_WALLET_ADMIN;
    option ($).roles = ROLE_WALLET_VIEWER;
  ";
    for (from, to, meant) in [
        ("METHOD_TYPE_READ", "METHOD_TYPE_RAED", "METHOD_TYPE_READ"),
        ("ROLE_WALLET_VIEWER", "ROLE_WALET_VIEWER", "ROLE_WALLET_VIEWER"),
        (".access_level", ".acess_level", "access_level"),
    ] {
        let file =
            wallet(&format!("\n  rpc GetAccount(M) returns (M) {{{}}}", right.replace(from, to)));
        let error = build(std::slice::from_ref(&file)).compiler_error();
        let help = "the annotation of `acme.wallet.v1.Wallet.GetAccount`: ";
        assert!(error.contains("\n    help: wallet.proto:"), "{error}");
        assert!(error.contains(help), "{error}");
        assert!(error.contains(&format!("did you mean `{meant}`?")), "{error}");
    }
}
