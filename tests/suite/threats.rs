//! Every threat in `THREATS.md` is held by a test that carries its ID.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Where tests are.
const ROOTS: [&str; 7] = [
    ".",
    "../examples",
    "../meshauth-runtime/src",
    "../meshauth-runtime/sql/src",
    "../meshauth-runtime/testing/src",
    "../protoc-gen-meshauth/src",
    "../protoc-gen-meshauth/tests",
];

#[test]
fn every_threat_has_a_test() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeMap::<String, BTreeSet<String>>::new();
    for root in ROOTS {
        collect(&here.join(root), &mut tests);
    }
    let threats = fs::read_to_string(here.join("THREATS.md")).unwrap();
    let threats: Vec<_> = threats.lines().filter_map(id_and_threat).collect();
    assert_eq!(threats.len(), 99);
    let mut missing = Vec::new();
    for (id, threat) in threats {
        println!("{id} {threat}");
        match tests.get(&id) {
            Some(tests) => tests.iter().for_each(|test| println!("    {test}")),
            None => missing.push(format!("{id} {threat}")),
        }
    }
    assert!(missing.is_empty(), "threats without a test:\n{}", missing.join("\n"));
}

/// A row such as `| A01 | a path .. |`.
fn id_and_threat(line: &str) -> Option<(String, &str)> {
    let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.splitn(2, " | ");
    let (id, threat) = (cells.next()?, cells.next()?);
    is_id(&id.to_lowercase()).then(|| (id.to_owned(), threat))
}

fn is_id(word: &str) -> bool {
    matches!(word.as_bytes(), [b'a'..=b'o', b'0'..=b'9', b'0'..=b'9'])
}

fn collect(directory: &Path, tests: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for test in tests_in(&fs::read_to_string(&path).unwrap()) {
                for id in test.split("t_").filter_map(|part| part.get(..3)).filter(|id| is_id(id)) {
                    tests.entry(id.to_uppercase()).or_default().insert(test.clone());
                }
            }
        }
    }
}

/// The names of the functions that run as tests: none that is ignored, or in a comment. Some are
/// listed for a macro, which makes a test on each database of them.
fn tests_in(source: &str) -> Vec<String> {
    let (mut is_test, mut is_list) = (false, false);
    let mut tests = Vec::new();
    for line in source.lines().map(str::trim) {
        is_list = line.starts_with("on_") && line.ends_with("! {") || is_list && line != "}";
        tests.extend(line.strip_suffix(',').filter(|_| is_list).map(str::to_owned));
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_test = false;
        } else if let Some((_, name)) = line.split_once("fn ") {
            if is_test && !line.starts_with("//") {
                tests.extend(name.split('(').next().map(str::to_owned));
            }
            is_test = false;
        }
    }
    tests
}

#[test]
fn a_test_counts_only_if_it_runs() {
    let source = "#[test]\nfn t_a01_one() {}\n#[tokio::test]\nasync fn t_a02_t_a03_two() {}\n\
                  fn t_a04_none() {}\n// fn t_a05_none() {}\n#[test]\n#[ignore]\nfn t_a06() {}\n";
    assert_eq!(tests_in(source), ["t_a01_one", "t_a02_t_a03_two"]);
    let listed =
        "on_each_database! {\n    t_o01_one,\n}\nasync fn t_o01_one() {}\n    t_o02_two,\n";
    assert_eq!(tests_in(listed), ["t_o01_one"]);
}
