//! The command itself, as an operator runs it.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, io::Write as _, path::Path, process::Stdio};

use meshauth_runtime::{ApiKey, World};

use support::{folder, meshauth, refused, run, shown};

const ROOT: &str = "groups/01JD8Q5V9W0000000000BR0KER";

fn example() -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/brokerage/directory.json");
    fs::read_to_string(path).unwrap()
}

const MESH: [&str; 2] = ["--database", "mesh.db"];

fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &MESH].concat()
}

#[test]
fn a_directory_is_made_with_its_first_administrator_whose_key_is_shown_once() {
    let folder = folder();
    let init = with(&["init", "--roles", "7,1000000", "--root", ROOT]);
    let text = shown(folder.path(), &init);
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].trim().to_owned()
    };
    assert_eq!((value("root"), value("roles")), (ROOT.to_owned(), "7, 1000000".to_owned()));
    let digest = ApiKey::parse(value("key").as_bytes()).unwrap().digest();
    let world = World::from_json(&shown(folder.path(), &with(&["export"]))).unwrap();
    let [administrator] = world.entities() else { panic!("{world:?}") };
    assert_eq!(administrator.name().to_string(), value("administrator"));
    assert!(administrator.credentials().any(|(held, _)| *held == digest.into()));
    assert_eq!(shown(folder.path(), &with(&["check"])), "the directory is whole\n");
    assert_eq!(shown(folder.path(), &with(&["prune"])), "0 rows of the log were forgotten\n");
    let again = refused(folder.path(), &init);
    assert_eq!(again, "meshauth: the directory is not empty, it was founded before\n");
}

#[test]
fn what_is_imported_is_what_is_exported_and_the_tree_shows_it() {
    let folder = folder();
    fs::write(folder.path().join("directory.json"), example()).unwrap();
    let imported = shown(folder.path(), &with(&["import", "directory.json"]));
    let exported = shown(folder.path(), &with(&["export"]));
    let (world, given) =
        [exported.as_str(), &example()].map(|text| World::from_json(text).unwrap()).into();
    let counts = [world.groups().len(), world.entities().len(), world.clients().len()];
    assert_eq!(counts, [given.groups().len(), given.entities().len(), given.clients().len()]);
    let [groups, entities, clients] = counts;
    let said = format!("imported {groups} groups, {entities} entities and {clients} clients\n");
    assert_eq!(imported, said);
    // From standard input, into another one; and out again, byte by byte.
    let mut import = meshauth(folder.path(), &["import", "-", "--database", "other.db"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(exported.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    assert_eq!(shown(folder.path(), &["export", "--database", "other.db"]), exported);

    let tree = shown(folder.path(), &with(&["tree"]));
    for (name, owner) in given.groups() {
        let lines = tree.lines().filter(|line| line.ends_with(&name.to_string()));
        let depth = lines.map(|line| line.chars().take_while(|c| *c != 'g').count()).next();
        assert_eq!(depth, Some(if owner.is_some() { 4 } else { 0 }), "{name}\n{tree}");
    }
    for entity in given.entities() {
        assert!(tree.contains(&format!("owns     {}", entity.name())), "{tree}");
        assert!(tree.contains(&format!("granted  {}", entity.name())), "{tree}");
    }
}

#[test]
fn an_import_with_one_wrong_line_makes_nothing_and_says_where() {
    let folder = folder();
    let wrong = example().replacen("\"ACTIVE\"", "\"AWAKE\"", 1);
    fs::write(folder.path().join("directory.json"), wrong).unwrap();
    let said = refused(folder.path(), &with(&["import", "directory.json"]));
    assert!(said.starts_with("meshauth: $.entities[0].state: "), "{said}");
    assert!(!folder.path().join("mesh.db").exists());
    let said = refused(folder.path(), &with(&["import", "nowhere.json"]));
    assert!(said.starts_with("meshauth: nowhere.json: "), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_not_made_by_looking_at_it() {
    let folder = folder();
    for command in ["check", "export", "tree"] {
        let said = refused(folder.path(), &with(&[command]));
        let expected = "meshauth: mesh.db: there is no such file, make it with init or import\n";
        assert_eq!(said, expected);
    }
    assert!(!folder.path().join("mesh.db").exists());
    fs::write(folder.path().join("mesh.db"), "no database").unwrap();
    refused(folder.path(), &with(&["check"]));
    let none = refused(folder.path(), &["check"]);
    let expected =
        "meshauth: which database? Give --database, or set the variable MESHAUTH_DATABASE\n";
    assert_eq!(none, expected);
}

#[test]
fn t_o11_a_password_is_not_taken_from_the_command_line_and_not_shown() {
    let folder = folder();
    let address = "postgres://meshauth:open-sesame@127.0.0.1:1/none";
    let said = refused(folder.path(), &["check", "--database", address]);
    assert!(said.contains("MESHAUTH_DATABASE") && !said.contains("sesame"), "{said}");
    // From the environment it is taken; nobody answers there.
    let mut command = meshauth(folder.path(), &["check"]);
    let output = command.env("MESHAUTH_DATABASE", address).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("out of reach") && !said.contains("sesame"), "{said}");
}

#[test]
fn what_is_not_understood_is_told_with_what_is() {
    let folder = folder();
    for (arguments, expected) in [
        (&["init", "--database", "mesh.db"][..], "--roles"),
        (&["init", "--database", "mesh.db", "--roles", "0"], "invalid value '0'"),
        (
            &["init", "--database", "mesh.db", "--roles", "1", "--root", "groups/1"],
            "invalid value 'groups/1'",
        ),
        (&["chekc"], "'check'"),
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(expected), "{said}");
    }
    assert!(!folder.path().join("mesh.db").exists());
    let help = shown(folder.path(), &["--help"]);
    for command in ["init", "import", "export", "check", "prune", "tree", "--database"] {
        assert!(help.contains(command), "{help}");
    }
}

/// What operators are told to run, and the README of the package.
#[test]
fn the_commands_of_the_guide_and_of_the_readme_run() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (page, fence) in [
        ("../../meshauth-runtime/src/guide/operators.md", "```sh directory\n"),
        ("README.md", "```sh\n"),
    ] {
        let text = fs::read_to_string(here.join(page)).unwrap();
        let blocks = text.split(fence).skip(1).map(|rest| rest.split("```").next().unwrap());
        let lines: Vec<&str> = blocks
            .flat_map(str::lines)
            .filter_map(|line| line.strip_prefix("meshauth directory "))
            .collect();
        assert!(lines.len() > 1, "{page}");
        let folder = folder();
        for line in lines {
            shown(folder.path(), &line.split(' ').collect::<Vec<_>>());
        }
    }
}
