//! A report of many findings: one for one cause, as many as a person reads, and all for programs.

use protoc_gen_meshauth::{Code::E01, Error};

use crate::common::{
    Proto, Request, breaches, build_with, good_method, owned, proto, service_file, wallet,
};

fn bare(names: &[&str]) -> String {
    let methods = names.iter().map(|name| format!("\n  rpc {name}(M) returns (M);"));
    methods.collect::<Vec<_>>().concat()
}

fn refused(files: &[Proto], options: &str) -> Error {
    Request::of(files).with(options).generate().expect_err("the protos break a rule")
}

#[test]
fn e01_of_a_misspelt_annotation_is_one_finding() {
    let one = wallet(&["GetIt", "PutIt"].map(good_method).concat());
    let two = service_file("zoo.proto", "acme.zoo.v1", &good_method("GetIt"));
    let annotation = "meshtrade.option.method_options.v1.method_options";
    let error = refused(&[one.clone(), two], &format!("annotation={annotation}s"));
    let found: Vec<_> = error.diagnostics().collect();
    assert_eq!(found.len(), 1, "{error}");
    assert_eq!((found[0].code(), found[0].place().to_string()), (E01, one.place("rpc GetIt")));
    let message = "`acme.wallet.v1.Wallet.GetIt` has no access annotation, and 2 more methods have \
                   none for the same reason";
    assert_eq!(found[0].message(), message);
    let help = format!(
        "to have `{annotation}` read, which it has, give the option\nannotation={annotation}"
    );
    assert_eq!(found[0].help(), help, "{error}");
}

#[test]
fn e01_of_an_annotation_that_nobody_declares_is_one_finding() {
    let file = wallet(&bare(&["GetIt", "PutIt"]));
    let annotation = "meshtrade.option.method_options.v1.method_option";
    let error = refused(std::slice::from_ref(&file), &format!("annotation={annotation}"));
    let found: Vec<_> = error.diagnostics().collect();
    assert_eq!(found.len(), 1, "{error}");
    assert!(found[0].message().ends_with("and 1 more method has none for the same reason"));
    let help = format!(
        "the option annotation={annotation} asks for an extension that none of the files declares, \
         did you mean `{annotation}s`?: write its full name"
    );
    assert!(found[0].help().starts_with(&help), "{error}");
    let cause = format!(
        "\nmeshauth: none of the 2 methods has the annotation `{annotation}`, which no file of this \
         run declares\nmeshauth: 1 error in 1 file, nothing was generated"
    );
    assert!(error.to_string().ends_with(&cause), "{error}");
}

#[test]
fn e01_names_the_import_once_for_a_file() {
    let import = "import \"meshtrade/option/method_options/v1/method_options.proto\";";
    let without = |file: Proto| proto(&file.name, &file.text.replace(import, ""));
    let one = without(wallet(&bare(&["GetIt", "PutIt", "DropIt"])));
    let two = without(service_file("zoo.proto", "acme.zoo.v1", &bare(&["GetIt", "PutIt"])));
    let found = breaches(&[one, two]);
    let names: Vec<_> = found.iter().map(|breach| breach.help.contains(import)).collect();
    assert_eq!(names, [true, false, false, true, false]);
}

/// A method with another annotation says nothing of the import: the next one does.
#[test]
fn e01_names_the_import_behind_a_method_with_another_annotation() {
    let own = proto(
        "own.proto",
        "syntax = \"proto3\"; package acme.own.v1; import \"google/protobuf/descriptor.proto\";
extend google.protobuf.MethodOptions { Access access = 60001; }
message Access { Kind type = 1; Level access_level = 2; repeated Duty roles = 3; }
enum Kind { UNSET = 0; KIND_READ = 1; KIND_WRITE = 2; }
enum Level { UNKNOWN = 0; LEVEL_PUBLIC = 1; LEVEL_AUTHORISED = 2; }
enum Duty { NONE = 0; TREASURER = 1; }",
    );
    let import = "import \"meshtrade/option/method_options/v1/method_options.proto\";";
    let annotated =
        "\n  rpc GetIt(M) returns (M) { option (acme.own.v1.access).type = KIND_READ; }";
    let file = wallet(&(annotated.to_owned() + &bare(&["PutIt"])));
    let file = proto(&file.name, &file.text.replace(import, "import \"own.proto\";"));
    let found = breaches(&[file, own]);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].help.starts_with("to have `acme.own.v1.access` read"), "{found:#?}");
    assert!(found[1].help.ends_with(import), "{found:#?}");
}

#[test]
fn e01_of_all_methods_is_said_with_its_cause() {
    let annotation = "meshtrade.option.method_options.v1.method_options";
    let import = "import \"meshtrade/option/method_options/v1/method_options.proto\";";
    let without = |file: Proto| proto(&file.name, &file.text.replace(import, ""));
    let says = |files: &[Proto]| {
        let text = refused(files, "").to_string();
        let cause = text.lines().rev().nth(1).unwrap().to_owned();
        assert!(text.ends_with(", nothing was generated"), "{text}");
        cause.strip_prefix("meshauth: ").map(str::to_owned)
    };
    let (one, two) = (
        wallet(&bare(&["GetIt", "PutIt"])),
        service_file("zoo.proto", "acme.zoo.v1", &bare(&["GetIt"])),
    );
    let none = format!("none of the 3 methods has the annotation `{annotation}`");
    assert_eq!(says(&[one.clone(), two.clone()]), Some(none.clone()));
    let file = "meshtrade/option/method_options/v1/method_options.proto";
    let expected = format!("{none}: 1 file does not import `{file}`");
    assert_eq!(says(&[one.clone(), without(two.clone())]), Some(expected));
    let expected =
        format!("{none}, which no file of this run declares: 2 files do not import `{file}`");
    assert_eq!(says(&[without(one.clone()), without(two)]), Some(expected));
    // Where one has it, the others are as many slips; and of one there is no more to say.
    assert_eq!(says(&[wallet(&(good_method("Look") + &bare(&["GetIt", "PutIt"])))]), None);
    assert_eq!(says(&[wallet(&bare(&["GetIt"]))]), None);
}

/// Files with a `number` of bare methods each, and one with a warning before them all.
fn many(numbers: &[usize]) -> Vec<Proto> {
    let write = good_method("GetIt").replace("_READ", "_WRITE");
    let warned = owned(service_file("a.proto", "acme.warned.v1", &write));
    let files = numbers.iter().enumerate().map(|(index, number)| {
        let names: Vec<_> = (0..*number).map(|i| format!("M{i}")).collect();
        let methods = bare(&names.iter().map(String::as_str).collect::<Vec<_>>());
        service_file(&format!("f{index}.proto"), &format!("acme.f{index}.v1"), &methods)
    });
    [warned].into_iter().chain(files).collect()
}

#[test]
fn report_of_many_counts_the_rest_by_file() {
    let files = many(&[3, 1, 4]);
    let text = refused(&files, "report_limit=2").to_string();
    let shown = text.lines().filter(|line| line.contains(": error[E01]: ")).count();
    assert_eq!((shown, text.matches(": warning[").count()), (2, 0), "{text}");
    let end = "\nand 6 errors and 1 warning more, by file:
  f2.proto: 4 errors
  a.proto: 1 warning
  2 more files: 2 errors
set report_limit=NUMBER or report_limit=all to see more; diagnostics=json has everything
meshauth: 8 errors and 1 warning in 4 files, nothing was generated";
    assert!(text.ends_with(end), "{text}");
    let found = refused(&files, "report_limit=2").diagnostics().count();
    assert_eq!(found, 9);
}

#[test]
fn report_of_many_is_short_as_it_comes_and_whole_where_that_is_asked_for() {
    let files = many(&[150, 1]);
    let count = |options: &str| refused(&files, options).to_string().matches("[E01]: ").count();
    assert_eq!(count(""), 100);
    assert_eq!(count("report_limit=120"), 120);
    assert_eq!(count("report_limit=all"), 151);
    assert_eq!(count("report_limit=152"), 151);
    let all = refused(&files, "report_limit=all").to_string();
    assert!(!all.contains("more, by file"), "{all}");
    assert_eq!(refused(&files, "report_limit=152").to_string(), all);
    // For programs nothing is left out.
    for format in ["json", "github"] {
        let lines = refused(&files, &format!("diagnostics={format},report_limit=1"));
        assert_eq!(lines.lines_for_programs().lines().count(), 152);
    }
}

#[test]
fn report_of_many_shows_lines_that_a_file_needs_often_once() {
    let files = many(&[3, 1]);
    let text = refused(&files, "").to_string();
    let begins = "\n    help: say in the body of the method who may call it:\n";
    assert_eq!(text.matches(begins).count(), 2, "{text}");
    let first = text.lines().find(|line| line.starts_with("f0.proto:")).unwrap();
    let line = first.split(':').nth(1).unwrap();
    let again = format!("\n    help: as at line {line}\n");
    assert_eq!(text.matches(&again).count(), 2, "{text}");
    // For programs each finding is whole.
    let json = refused(&files, "diagnostics=json");
    assert_eq!(json.lines_for_programs().matches("say in the body").count(), 4);
}

#[test]
fn report_of_many_in_a_build_script() {
    let files = many(&[30]);
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    let built = build_with(&files, &names, &["report_limit=3"]);
    let text = built.result.expect_err("the protos break a rule").to_string();
    assert_eq!(text.matches("[E01]: ").count(), 3, "{text}");
    assert!(text.contains("\nand 27 errors and 1 warning more, by file:\n  "), "{text}");
}

#[test]
fn report_of_many_warnings_is_cut_alike() {
    let methods: String =
        (0..5).map(|i| good_method(&format!("Get{i}")).replace("_READ", "_WRITE")).collect();
    let files = [owned(wallet(&methods))];
    let shown = |options: &str| Request::of(&files).with(options).generate().unwrap().shown;
    assert_eq!(shown("").matches(": warning[").count(), 5);
    let shown = shown("report_limit=2");
    assert_eq!(shown.matches(": warning[").count(), 2, "{shown}");
    assert!(shown.contains("\nand 3 warnings more, by file:\n  wallet.proto: 3 warnings\n"));
    assert!(shown.ends_with("\nmeshauth: 5 warnings in 1 file\n"), "{shown}");
}
