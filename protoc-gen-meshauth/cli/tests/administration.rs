//! Changes of a directory by the command, in the name of an operator.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, io::Write as _, process::Stdio};

use meshauth_runtime::{ApiKey, World};
use tempfile::TempDir;

use support::{folder, meshauth, refused, run, shown};

const ROOT: &str = "groups/01JD8Q5V9W0000000000BR0KER";

/// A directory with two people who administer it, each with a key in a file (`one`, `two`).
struct Office {
    folder: TempDir,
    people: Vec<String>,
}

fn arguments<'a>(who: &'a str, group: &'a str, command: &[&'a str]) -> Vec<&'a str> {
    let common = ["--database", "mesh.db", "--key-file", who, "--group", group];
    [command, &common].concat()
}

impl Office {
    fn open(four_eyes: bool) -> Self {
        let folder = folder();
        let mut init = vec![
            "init",
            "--database",
            "mesh.db",
            "--roles",
            "1,2",
            "--operator-roles",
            "1",
            "--root",
            ROOT,
        ];
        let people = ["users/01JD8Q5V9W0000000000000001", "users/01JD8Q5V9W0000000000000002"];
        if four_eyes {
            init.push("--four-eyes");
        } else {
            for name in people {
                init.extend(["--administrator", name]);
            }
        }
        let text = shown(folder.path(), &init);
        let values = |name: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.strip_prefix(name));
            lines.map(|value| value.trim().to_owned()).collect()
        };
        for (file, key) in ["one", "two"].iter().zip(values("key")) {
            fs::write(folder.path().join(file), format!("{key}\n")).unwrap();
        }
        Self { people: values("administrator"), folder }
    }

    #[track_caller]
    fn by(&self, who: &str, group: &str, command: &[&str]) -> String {
        shown(self.folder.path(), &arguments(who, group, command))
    }

    #[track_caller]
    fn refused(&self, who: &str, group: &str, command: &[&str]) -> String {
        refused(self.folder.path(), &arguments(who, group, command))
    }

    #[track_caller]
    fn look(&self, command: &[&str]) -> String {
        shown(self.folder.path(), &[command, &["--database", "mesh.db"]].concat())
    }

    /// A new thing, whose name is shown.
    #[track_caller]
    fn make(&self, group: &str, command: &[&str]) -> String {
        self.by("one", group, command).trim_end().to_owned()
    }

    fn world(&self) -> World {
        World::from_json(&self.look(&["export"])).unwrap()
    }
}

#[test]
fn everything_that_administration_does_is_a_command() {
    let office = Office::open(false);
    let group = office.make(ROOT, &["group", "create"]);
    let other = office.make(ROOT, &["group", "create"]);
    let bot = office.make(&group, &["entity", "create"]);
    let user = office.make(&group, &["entity", "create", "--user"]);
    assert!(bot.starts_with("api_users/") && user.starts_with("users/"), "{bot} {user}");
    let client = office.make(&group, &["client", "create", "--type", "FUND"]);
    let grant = format!("{group}/roles/2");
    let done = |group: &str, command: &[&str]| {
        assert_eq!(office.by("one", group, command), "done\n", "{command:?}");
    };
    done(&group, &["role", "grant", &bot, &grant]);
    done(&group, &["client", "verify", &client, "VERIFIED"]);
    done(&group, &["entity", "deactivate", &user]);
    done(&group, &["entity", "activate", &user]);
    done(ROOT, &["group", "move", &other, "--below", &group]);
    done(&group, &["entity", "move", &user, "--below", &other]);
    done(ROOT, &["operators", "allow", "2"]);
    done(ROOT, &["operators", "deny", "2"]);
    let tree = office.look(&["tree"]);
    for line in [
        format!("client   {client}  FUND, VERIFIED"),
        format!("owns     {bot}  ACTIVE, no key"),
        format!("granted  {bot}  role 2"),
        format!("    └── {other}"),
        format!("        owns     {user}  ACTIVE, no key"),
    ] {
        assert!(tree.contains(&line), "{line}\n{tree}");
    }
    done(&group, &["role", "take-back", &bot, &grant]);
    done(&group, &["client", "remove", &client]);
    done(&other, &["entity", "move", &user, "--below", &other]);
    assert_eq!(office.look(&["check"]), "the directory is whole\n");
    // In another group's name, and what is not there.
    let said = office.refused("one", ROOT, &["entity", "deactivate", &bot]);
    assert!(said.contains("name that one as the executing group"), "{said}");
    let said = office.refused("one", &group, &["group", "remove", ROOT]);
    assert_eq!(said, "meshauth: it is not there, or out of reach of the executing group\n");
}

#[test]
fn a_key_is_issued_rotated_and_revoked() {
    let office = Office::open(false);
    let bot = office.make(ROOT, &["entity", "create"]);
    let held = || {
        let world = office.world();
        let entity = world.entities().iter().find(|entity| entity.name().to_string() == bot);
        entity.unwrap().credentials().map(|(held, _)| held.clone()).collect::<Vec<_>>()
    };
    let digest = |text: &str| {
        let key = text.lines().next().unwrap();
        ApiKey::parse(key.as_bytes()).unwrap().digest().into()
    };
    let issue = ["key", "issue", &bot, "--label", "bot", "--valid-until", "2100-01-01T00:00:00Z"];
    let first = office.by("one", ROOT, &issue);
    assert!(first.ends_with("The key is shown this once: keep it where secrets are kept.\n"));
    assert_eq!(held(), [digest(&first)]);
    let rotate = ["key", "rotate", &bot, "--label", "bot", "--overlap", "1h"];
    let second = office.by("one", ROOT, &rotate);
    assert_eq!(held().len(), 2);
    assert!(held().contains(&digest(&second)));
    let care = office.look(&["stale", "--ends-within", "2h"]);
    assert!(care.contains(&format!("{bot}  \"bot\"  never ends\n")), "{care}");
    assert!(care.contains(&format!("{bot}  \"bot\"  ends at ")), "{care}");
    assert!(care.contains("No service has noted yet"), "{care}");
    let revoke = ["key", "revoke", &bot, "--label", "bot"];
    assert_eq!(office.by("one", ROOT, &revoke), "revoked 2 keys with this label\n");
    assert_eq!(held(), []);
    let said = office.refused("one", ROOT, &revoke);
    assert_eq!(said, "meshauth: the entity has no key with this label\n");
}

#[test]
fn what_widens_waits_until_a_second_person_agrees() {
    let office = Office::open(true);
    let bot = office.make(ROOT, &["entity", "create"]);
    let rule = office.look(&["four-eyes", "show", ROOT]);
    assert_eq!(rule, "2 people, within 168 hours\n");
    let grant = format!("{ROOT}/roles/2");
    let said = office.by("one", ROOT, &["role", "grant", &bot, &grant]);
    let proposal = said.split(['\n', ' ', ':']).find(|word| word.starts_with("proposals/"));
    let proposal = proposal.unwrap();
    let listed = office.look(&["proposals", ROOT]);
    for part in [proposal, "roles.grant", &grant, &office.people[0]] {
        assert!(listed.contains(part), "{part}\n{listed}");
    }
    let said = office.refused("one", ROOT, &["agree", proposal]);
    assert!(said.contains("have somebody else agree"), "{said}");
    assert!(!office.look(&["tree"]).contains(&format!("granted  {bot}")));
    assert_eq!(office.by("two", ROOT, &["agree", proposal]), "done: the change is made\n");
    assert!(office.look(&["tree"]).contains(&format!("granted  {bot}")));
    let said = office.refused("two", ROOT, &["agree", proposal]);
    assert!(said.contains("propose the change again"), "{said}");
    assert_eq!(office.look(&["proposals", ROOT]), "nothing waits\n");
    // The rule itself, which is taken back.
    let said = office.by("two", ROOT, &["four-eyes", "end"]);
    let proposal = said.split(['\n', ' ', ':']).find(|word| word.starts_with("proposals/"));
    assert_eq!(office.by("one", ROOT, &["withdraw", proposal.unwrap()]), "withdrawn\n");
    assert_eq!(office.look(&["four-eyes", "show", ROOT]), rule);
}

#[test]
fn a_broken_glass_is_loud() {
    let office = Office::open(true);
    office.by("one", ROOT, &["entity", "deactivate", &office.people[0]]);
    let text = office.look(&["break-glass", ROOT]);
    assert!(text.starts_with("THE GLASS IS BROKEN until "), "{text}");
    let key = text.lines().find_map(|line| line.strip_prefix("key    ")).unwrap();
    fs::write(office.folder.path().join("glass"), key).unwrap();
    let person = &office.people[0];
    assert_eq!(office.by("glass", ROOT, &["entity", "activate", person]), "done\n");
    let again = refused(office.folder.path(), &["break-glass", ROOT, "--database", "mesh.db"]);
    assert!(again.contains("until its hour is over"), "{again}");
}

#[test]
fn t_o11_a_key_comes_from_a_file_or_standard_input_and_is_never_an_argument() {
    let office = Office::open(false);
    let path = office.folder.path();
    let key = fs::read_to_string(path.join("one")).unwrap();
    let create = arguments("-", ROOT, &["group", "create"]);
    let mut command =
        meshauth(path, &create).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    command.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
    assert!(command.wait_with_output().unwrap().status.success());
    // Without either, and with one that is none.
    let nobody = ["group", "create", "--database", "mesh.db", "--group", ROOT];
    let output = meshauth(path, &nobody).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "meshauth: whose change is it? Give --key-file, with a file or - for standard input\n"
    );
    fs::write(path.join("wrong"), "open-sesame").unwrap();
    let said = office.refused("wrong", ROOT, &["group", "create"]);
    assert!(
        said.starts_with("meshauth: your key: expected 43") && !said.contains("sesame"),
        "{said}"
    );
    fs::write(path.join("unknown"), "A".repeat(43)).unwrap();
    let said = office.refused("unknown", ROOT, &["group", "create"]);
    assert!(said.contains("the operator's key is unknown"), "{said}");
    // There is no option for a key itself.
    let output = run(path, &["group", "create", "--group", ROOT, "--key", key.trim()]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn who_is_no_operator_is_refused() {
    let office = Office::open(false);
    let bot = office.make(ROOT, &["entity", "create"]);
    let key = office.by("one", ROOT, &["key", "issue", &bot, "--label", "x"]);
    fs::write(office.folder.path().join("bot"), key.lines().next().unwrap()).unwrap();
    let not_authorised =
        "meshauth: whoever makes the change holds no role for it in the executing group\n";
    assert_eq!(office.refused("bot", ROOT, &["group", "create"]), not_authorised);
    // A role that is not one of operators.
    let grant = format!("{ROOT}/roles/2");
    office.by("one", ROOT, &["role", "grant", &bot, &grant]);
    assert_eq!(office.refused("bot", ROOT, &["group", "create"]), not_authorised);
    office.by("one", ROOT, &["operators", "allow", "2"]);
    office.by("bot", ROOT, &["group", "create"]);
    office.by("one", ROOT, &["key", "revoke", &bot, "--label", "x"]);
    let said = office.refused("bot", ROOT, &["group", "create"]);
    assert!(said.contains("the operator's key is unknown"), "{said}");
}

/// With a group and a key in the place of what the guide leaves open.
#[test]
fn the_commands_of_the_guide_on_four_eyes_and_the_glass_run() {
    let guide = include_str!("../../../meshauth-runtime/src/guide/operators.md");
    let block = |name: &str| {
        let (_, rest) = guide.split_once(&format!("```sh {name}\n")).unwrap();
        let text = rest.split("```").next().unwrap().replace("groups/..", ROOT);
        text.lines()
            .map(|line| line.strip_prefix("meshauth directory ").unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let [init, require] = &block("four_eyes")[..] else { panic!("{guide}") };
    let text = shown(folder().path(), &init.split(' ').collect::<Vec<_>>());
    assert!(text.contains("four eyes      2 people"), "{text}");
    let office = Office::open(false);
    let require = require.strip_suffix(&format!(" --group {ROOT}")).unwrap();
    office.by("one", ROOT, &require.split(' ').collect::<Vec<_>>());
    let [glass] = &block("break_glass")[..] else { panic!("{guide}") };
    office.look(&glass.split(' ').collect::<Vec<_>>());
}
