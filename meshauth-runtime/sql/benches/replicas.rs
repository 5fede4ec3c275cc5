//! What it costs to decide by a copy that follows its database, side by side with the same world in
//! memory: at rest, and while 1,000 changes a second arrive; and how much memory the copy takes then.
//!
//! A copy has an age, so that a decision by it reads the clock, which one by a world that does not change
//! need not. A guard reads it once a call in either case.
//!
//! ```sh
//! .ci/postgres cargo bench -p meshauth-sql --bench replicas
//! ```
//!
//! `MESHAUTH_REPLICA_SIZES=100,100000` sets how many groups and users there are.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints a table")]

#[path = "common/fleet.rs"]
mod fleet;

use std::{
    alloc::System,
    env,
    hint::black_box,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, routing::post};
use cap::Cap;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use meshauth_runtime::{
    Authorised, Authoriser, MemoryDirectory, Method as _, Presented, axum::GuardedRouter,
};
use meshauth_sql::{Administration, PostgresDirectory};
use sqlx::PgPool;
use tower::Service as _;

use self::fleet::{Get, Load, call, insert_world};

/// It counts what is held.
#[global_allocator]
static HELD: Cap<System> = Cap::new(System, usize::MAX);

/// What the process is told whose memory is measured: where its directory is.
const DIRECTORY: &str = "MESHAUTH_REPLICA_DIRECTORY";
/// What is wanted, in comparison with a directory in memory and with a copy at rest.
const WANTED: [f64; 2] = [1.1, 1.5];
const CHANGES_A_SECOND: u32 = 1000;
const CALLS: usize = 10_000;
const BLOCK: u32 = 500;
const BLOCKS: usize = CALLS / BLOCK as usize;
const ROUNDS: usize = 400;

/// Calls of users all over the world, in an order that no cache foresees.
struct Calls(Vec<(HeaderMap, Presented, [HeaderValue; 2])>);

impl Calls {
    fn of(size: u32) -> Self {
        let calls = (0..CALLS).map(|nth| {
            let nth = u64::try_from(nth).unwrap() * 0x9E37_79B9 % u64::from(size);
            let headers = call(nth.try_into().unwrap());
            let values = ["x-api-key", "x-group"].map(|name| headers[name].clone());
            let presented = Presented::read(&headers);
            (headers, presented, values)
        });
        Self(calls.collect())
    }

    /// A block of them, through the guard of axum: requests in, responses of a handler out.
    fn serve(&self, router: &mut Router, block: usize) -> Duration {
        let calls = &self.0[block * BLOCK as usize..][..BLOCK as usize];
        let requests = calls.iter().map(|(headers, ..)| {
            let mut request = Request::post(Get::POLICY.path()).body(Body::empty()).unwrap();
            request.headers_mut().clone_from(headers);
            request
        });
        let requests: Vec<_> = requests.collect();
        let began = Instant::now();
        for request in requests {
            let response = router.call(request).now_or_never().unwrap().unwrap();
            assert_eq!(response.status(), StatusCode::NO_CONTENT);
        }
        began.elapsed()
    }

    /// A block of them: headers in, an access out.
    fn authorise(&mut self, authoriser: &Authoriser, block: usize) -> Duration {
        let calls = &mut self.0[block * BLOCK as usize..][..BLOCK as usize];
        let began = Instant::now();
        for (headers, ..) in &mut *calls {
            let access = authoriser.authorise::<Get>(headers).now_or_never().unwrap();
            black_box(access).unwrap();
        }
        let took = began.elapsed();
        for (headers, _, [key, group]) in calls {
            headers.insert("x-api-key", key.clone());
            headers.insert("x-group", group.clone());
        }
        took
    }

    /// The decision alone, with the key hashed.
    fn decide(&mut self, authoriser: &Authoriser, block: usize) -> Duration {
        let calls = &self.0[block * BLOCK as usize..][..BLOCK as usize];
        let began = Instant::now();
        for (_, presented, _) in calls {
            let verdict = authoriser.verdict(Some(Get::POLICY), presented).now_or_never();
            black_box(verdict).unwrap();
        }
        began.elapsed()
    }
}

/// A service with one method, and a handler that has nothing to do.
fn router(authoriser: &Authoriser) -> Router {
    async fn handler(_: Authorised<Get>) -> StatusCode {
        StatusCode::NO_CONTENT
    }
    let guarded = GuardedRouter::new(authoriser.clone());
    guarded.route::<Get>(Get::POLICY.path(), post(handler)).into_router().unwrap()
}

/// The medians of a decision by each of both, in nanoseconds, and that of their ratios.
fn compare<D>(both: &mut [D; 2], mut decide: impl FnMut(&mut D, usize) -> Duration) -> [f64; 3] {
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let block = round % BLOCKS;
        // Each comes first as often as the other. What was read before a round is not in the cache of one alone.
        let mut took = [0.0; 2];
        let order = if round / 2 % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            decide(&mut both[which], (block + 7) % BLOCKS);
            took[which] = decide(&mut both[which], block).as_secs_f64() * 1e9 / f64::from(BLOCK);
        }
        times[0].push(took[0]);
        times[1].push(took[1]);
        times[2].push(took[1] / took[0]);
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
    if let Ok(url) = env::var(DIRECTORY) {
        return runtime.block_on(hold(&url));
    }
    let Ok(server) = env::var("MESHAUTH_POSTGRES") else {
        println!("left out: MESHAUTH_POSTGRES names no server");
        return;
    };
    let sizes = env::var("MESHAUTH_REPLICA_SIZES").unwrap_or("100,100000".to_owned());
    for size in sizes.split(',') {
        bench(&runtime, &server, size.parse().unwrap());
    }
}

/// The decisions are made by this thread, and the copy follows on another one.
fn bench(runtime: &tokio::runtime::Runtime, server: &str, size: u32) {
    let (url, memory, replica) = runtime.block_on(async {
        let url = fleet::make_directory(server, "meshauth_replicas").await;
        insert_world(&PgPool::connect(&url).await.unwrap(), size).await;
        let world = Administration::of_postgres(&url).await.unwrap().export().await.unwrap();
        let memory = Authoriser::new(MemoryDirectory::new(world).unwrap());
        let replica = Authoriser::new(PostgresDirectory::connect(&url).await.unwrap());
        (url, memory, replica)
    });
    println!("\n{size} groups and users");
    println!("| | changes a second | in memory | by a copy | ratio |");
    println!("|---|---|---|---|---|");
    let mut calls = Calls::of(size);
    let mut routers = [router(&memory), router(&replica)];
    let mut both = [memory, replica];
    for wanted in [0, CHANGES_A_SECOND] {
        let load = runtime.block_on(Load::start(&url, 0..size, wanted));
        let guarded = compare(&mut routers, |router, block| calls.serve(router, block));
        let access = compare(&mut both, |authoriser, block| calls.authorise(authoriser, block));
        let decision = compare(&mut both, |authoriser, block| calls.decide(authoriser, block));
        let made = runtime.block_on(load.end());
        for (what, [memory, replica, ratio]) in
            [("a guarded call", guarded), ("an access", access), ("decision alone", decision)]
        {
            let missed = if ratio > WANTED[0] { " (more than is wanted)" } else { "" };
            println!(
                "| {what} | {made:.0} | {memory:.0} ns | {replica:.0} ns | {ratio:.2}{missed} |"
            );
        }
    }
    drop((both, routers));
    measure_memory(runtime, &url, size);
}

/// Has a process of its own hold a copy, and asks it how much it takes.
fn measure_memory(runtime: &tokio::runtime::Runtime, url: &str, size: u32) {
    let mut child = Command::new(env::current_exe().unwrap())
        .env(DIRECTORY, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut sample = |seconds: usize| {
        let mut most = [0.0_f64; 2];
        for line in lines.by_ref().take(seconds * 10) {
            let line = line.unwrap();
            let read = line.split(' ').map(|part| part.parse::<f64>().unwrap());
            for (most, read) in most.iter_mut().zip(read) {
                *most = most.max(read);
            }
        }
        most
    };
    sample(2);
    let rest = sample(3);
    let load = runtime.block_on(Load::start(url, 0..size, CHANGES_A_SECOND));
    let busy = sample(15);
    let made = runtime.block_on(load.end());
    child.kill().unwrap();
    child.wait().unwrap();
    println!("| memory of a process | at rest | with {made:.0} changes a second | ratio |");
    println!("|---|---|---|---|");
    for (what, rest, busy) in [("held", rest[0], busy[0]), ("resident", rest[1], busy[1])] {
        let (mib, ratio) = (1024.0 * 1024.0, busy / rest);
        let missed = if ratio > WANTED[1] { " (more than is wanted)" } else { "" };
        println!("| {what} | {:.1} MiB | {:.1} MiB | {ratio:.2}{missed} |", rest / mib, busy / mib);
    }
}

/// The process whose memory is measured: it says how much is held at the most, and resident.
async fn hold(url: &str) {
    let _directory = PostgresDirectory::connect(url).await.unwrap();
    loop {
        let mut most = 0;
        for _ in 0..100 {
            most = most.max(HELD.allocated());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
        println!("{most} {}", pages * 4096);
    }
}
