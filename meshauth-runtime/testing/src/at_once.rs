//! Decisions without a runtime.

use futures_util::FutureExt;

/// What a future gives that never waits: a directory in memory answers at once.
#[track_caller]
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match future.now_or_never() {
        Some(output) => output,
        None => panic!("a decision with a directory in memory waits for nothing"),
    }
}
