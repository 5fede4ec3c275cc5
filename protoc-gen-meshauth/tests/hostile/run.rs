//! Many cases on all cores. Each case has a time limit, and one that takes the program down says
//! which it was.

use std::{
    cell::Cell,
    env,
    ops::Range,
    panic::{self, AssertUnwindSafe},
    process,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::oracle::Outcome;

/// So many in a plain `cargo test`, which is not optimised: it shall not take long.
const PLAIN: usize = 5_000;
/// The cases of one thread: it bears their numbers, which Rust names when a stack overflows.
const CHUNK: usize = 50;
/// No request takes a hundredth of it.
const LIMIT: Duration = Duration::from_secs(20);

thread_local! {
    /// Panics are answered as errors: they are not to be shown.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The cases that are asked for.
pub(crate) fn cases() -> Range<usize> {
    let Ok(asked) = env::var("MESHAUTH_HOSTILE") else {
        println!("{PLAIN} cases only, MESHAUTH_HOSTILE=0..100000 runs all of them");
        return 0..PLAIN;
    };
    let range =
        asked.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    range.unwrap_or_else(|| panic!("MESHAUTH_HOSTILE is written 0..100000, not {asked}"))
}

/// Runs all cases; the outcomes, or a panic with what went wrong.
pub(crate) fn all(
    cases: Range<usize>,
    case: impl Fn(usize) -> Result<Outcome, String> + Sync,
) -> Vec<Outcome> {
    quiet();
    let next = AtomicUsize::new(cases.start);
    let outcomes = Mutex::new(Vec::new());
    let faults = Mutex::new(Vec::new());
    let watch = Watch::default();
    let chunk = || {
        let start = next.fetch_add(CHUNK, Ordering::Relaxed);
        (start < cases.end).then(|| start..(start + CHUNK).min(cases.end))
    };
    let run = |chunk: Range<usize>| {
        QUIET.set(true);
        for number in chunk {
            let _running = watch.start(number);
            // A panic that gets out of the plugin is a fault.
            match panic::catch_unwind(AssertUnwindSafe(|| case(number))) {
                Ok(Ok(outcome)) => outcomes.lock().unwrap().push(outcome),
                Ok(Err(fault)) => faults.lock().unwrap().push((number, fault)),
                Err(_) => faults.lock().unwrap().push((number, String::from("it panicked"))),
            }
        }
    };
    let cores = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(chunk) = chunk() {
                        let name = format!("cases {chunk:?}");
                        let thread = thread::Builder::new().name(name);
                        let thread = thread.spawn_scoped(scope, || run(chunk)).unwrap();
                        thread.join().unwrap();
                    }
                })
            })
            .collect();
        while !workers.iter().all(thread::ScopedJoinHandle::is_finished) {
            watch.look();
            thread::sleep(Duration::from_millis(20));
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    let shown: Vec<_> = faults.iter().take(20).collect();
    assert!(faults.is_empty(), "{} cases did harm: {shown:#?}", faults.len());
    outcomes.into_inner().unwrap()
}

fn quiet() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            before(info);
        }
    }));
}

/// The cases that run now, and since when.
#[derive(Default)]
struct Watch(Mutex<Vec<(usize, Instant)>>);

struct Running<'a>(&'a Watch, usize);

impl Watch {
    fn start(&self, case: usize) -> Running<'_> {
        self.0.lock().unwrap().push((case, Instant::now()));
        Running(self, case)
    }

    /// Ends the program if a case takes too long: nothing else stops a thread.
    fn look(&self) {
        for (case, since) in &*self.0.lock().unwrap() {
            if since.elapsed() > LIMIT {
                println!("case {case} takes longer than {LIMIT:?}");
                process::abort();
            }
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().retain(|(case, _)| *case != self.1);
    }
}
