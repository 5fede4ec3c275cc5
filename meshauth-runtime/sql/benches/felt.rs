//! How long a change takes from one process to its effect in another: from before its statement is sent
//! to the first decision of the other process that knows of it.
//!
//! ```sh
//! .ci/postgres cargo bench -p meshauth-sql --bench felt
//! ```
//!
//! The other process is this program, started again. `MESHAUTH_FELT_CHANGES=2000` sets how many changes
//! are measured.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints a table")]

#[path = "common/fleet.rs"]
mod fleet;

use std::{
    env,
    io::{self, BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use meshauth_runtime::Authoriser;
use meshauth_sql::PostgresDirectory;
use sqlx::{AssertSqlSafe, Executor as _, PgPool};

use self::fleet::{Load, call, insert_world, is_allowed};

/// What the other process is told: where its directory is.
const DIRECTORY: &str = "MESHAUTH_FELT_DIRECTORY";
const USERS: u32 = 1000;
const WANTED: Duration = Duration::from_millis(50);

/// Microseconds, by the one clock of the machine.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros().try_into().unwrap()
}

/// The other process: it decides the same call all the time, and says when the answer changes.
#[tokio::main]
async fn follow(url: &str) {
    let authoriser = Authoriser::new(PostgresDirectory::connect(url).await.unwrap());
    let (call, mut was_allowed) = (call(0), None);
    thread::spawn(move || {
        loop {
            let allowed = Some(is_allowed(&authoriser, &call));
            if allowed != was_allowed {
                println!("{}", now());
                was_allowed = allowed;
            }
            thread::sleep(Duration::from_micros(100));
        }
    });
    // Until whoever has started it is no more.
    let end = || io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(end).await.unwrap().unwrap();
}

struct Other {
    child: Child,
    lines: io::Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(url: &str) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .env(DIRECTORY, url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut other = Self { child, lines };
        other.changed();
        other
    }

    /// When the answer changed.
    fn changed(&mut self) -> i64 {
        self.lines.next().unwrap().unwrap().parse().unwrap()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Some changes, one after the other, and how long each of them took.
async fn measure(pool: &PgPool, other: &mut Other, changes: u32) -> Vec<i64> {
    let mut times = Vec::new();
    for change in 0..changes {
        let state = if change % 2 == 0 { "INACTIVE" } else { "ACTIVE" };
        let update = format!(
            "UPDATE meshauth_entities SET state = '{state}' WHERE name = '{}'",
            fleet::user(0)
        );
        let began = now();
        pool.execute(AssertSqlSafe(update)).await.unwrap();
        times.push(other.changed() - began);
        // At any moment of whatever the other one does each second.
        tokio::time::sleep(Duration::from_millis(20 + u64::from(change * 7 % 31))).await;
    }
    times.sort_unstable();
    times
}

#[tokio::main]
async fn bench() {
    let Ok(server) = env::var("MESHAUTH_POSTGRES") else {
        println!("left out: MESHAUTH_POSTGRES names no server");
        return;
    };
    let changes = env::var("MESHAUTH_FELT_CHANGES").map_or(500, |count| count.parse().unwrap());
    let url = fleet::make_directory(&server, "meshauth_felt").await;
    let pool = PgPool::connect(&url).await.unwrap();
    insert_world(&pool, USERS).await;
    let mut other = Other::start(&url);
    println!("| changes a second beside it | measured | median | 99 % | worst |");
    println!("|---|---|---|---|---|");
    for wanted in [0, 100, 1000] {
        let load = Load::start(&url, 1..USERS, wanted).await;
        let times = measure(&pool, &mut other, changes).await;
        let made = load.end().await;
        let at = |share: usize| {
            let time = times[(times.len() - 1) * share / 100];
            format!("{:.1?}", Duration::from_micros(time.try_into().unwrap_or_default()))
        };
        println!("| {made:.0} | {} | {} | {} | {} |", times.len(), at(50), at(99), at(100));
        let median = Duration::from_micros(times[times.len() / 2].try_into().unwrap_or_default());
        if median > WANTED {
            println!("The median is more than the {WANTED:?} that are wanted.");
        }
    }
}

fn main() {
    match env::var(DIRECTORY) {
        Ok(url) => follow(&url),
        Err(_) => bench(),
    }
}
