//! A clock that jumps: keys count by what it says, and what is known is as old as it is.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use meshauth_runtime::{
    Authoriser, Credential, Header, MethodPolicy, Operation, Presented, Role, Validity, Verdict,
};
use tokio::time;

use super::{
    database::{bot, digest, source_of},
    log::a_desk,
    needs::needed,
    replica::{add_key, found},
    *,
};
use crate::{
    change::{Change, NewCredential},
    replica::Replica,
};

/// What the process is told whose clock jumps: the database.
const DATABASE: &str = "MESHAUTH_CLOCK_DATABASE";
const HOUR: Duration = Duration::from_hours(1);
const ADMIN: Role<'_> = Role::new(1, "ROLE_ADMIN");
static POLICY: MethodPolicy = MethodPolicy::authorised("/x.v1.A/Get", Operation::Read, &[ADMIN]);

on_each_database! {
    t_o05_a_clock_that_jumps_makes_nothing_older_or_younger,
}

/// Says, again and again, how old what it knows is, whether the key 1 counts, and which is the newest key
/// that it knows. Without what it is told it is a test that does nothing.
#[tokio::test]
async fn child() {
    let Ok(place) = std::env::var(DATABASE) else { return };
    let replica = Replica::start(source_of(&place)).await.unwrap();
    let view = replica.view();
    let authoriser = Authoriser::new(view.clone());
    let key = Header::Value(Credential::from(digest(1)));
    let presented = Presented::new(key, Header::Value(group(2)));
    let mut out = std::io::stdout();
    loop {
        let is_allowed = authoriser.verdict(Some(&POLICY), &presented).await == Verdict::Allow;
        let newest = (2..u8::MAX).find(|next| found(view, *next).is_err()).unwrap() - 1;
        let age = view.age().unwrap().as_millis();
        writeln!(out, "said {age} {is_allowed} {newest}").unwrap();
        out.flush().unwrap();
        time::sleep(Duration::from_millis(20)).await;
    }
}

/// A process whose clock is another one.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    clock: PathBuf,
}

impl Process {
    fn start(library: &str, address: &str, folder: &Path) -> Self {
        let clock = folder.join("clock");
        set(&clock, "+0");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::clock::child", "--nocapture"])
            .env(DATABASE, address)
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", &clock)
            .envs([("FAKETIME_NO_CACHE", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, clock }
    }

    /// The age of what it knows in milliseconds, whether key 1 counts, and the newest key.
    fn says(&mut self) -> (u64, bool, u8) {
        loop {
            let line = self.lines.next().expect("it says so for ever").unwrap();
            if let Some((_, said)) = line.split_once("said ") {
                let said: Vec<_> = said.split(' ').collect();
                let [age, is_allowed, newest] = said[..] else { panic!("{line}") };
                return (age.parse().unwrap(), is_allowed == "true", newest.parse().unwrap());
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Whoever reads the file meanwhile reads one or the other.
fn set(clock: &Path, offset: &str) {
    let new = clock.with_extension("new");
    fs::write(&new, offset).unwrap();
    fs::rename(new, clock).unwrap();
}

async fn t_o05_a_clock_that_jumps_makes_nothing_older_or_younger(database: &Database) {
    let Some(library) = needed("MESHAUTH_FAKETIME", "a clock that jumps is left out") else {
        return;
    };
    a_desk(&database.store).await;
    let (digest, now) = (digest(1), SystemTime::now());
    let validity = Validity::ALWAYS.from(now - HOUR).until(now + HOUR);
    let key = NewCredential { digest: &digest, label: "test", validity, created: now };
    let make = async |change: &mut Change| {
        change.grant(bot(1), role(1, 2)).await?;
        change.add_credential(bot(1), &key).await
    };
    change(&database.store, make).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(&library, &database.address(), folder.path());
    let jumps = [("+0", true), ("+2h", false), ("+30m", true), ("-2h", false), ("-30m", true)];
    for (newest, (jump, expected)) in (2..).zip(jumps) {
        set(&process.clock, jump);
        add_key(database, newest).await;
        let began = Instant::now();
        loop {
            let (age, is_allowed, knows) = process.says();
            assert!(age < 2000, "{jump}: what it knows is {age} ms old");
            let is_felt = is_allowed == expected && knows == newest;
            // And stays so, for longer than from one question to the next.
            if began.elapsed() > Duration::from_millis(1500) {
                assert!(is_felt, "{jump}: {is_allowed}, {knows}");
                break;
            }
        }
    }
}
