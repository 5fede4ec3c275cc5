//! The time that one decision may take.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::{self, Instant};

use crate::{
    audit,
    decide::Answer,
    directory::{Lookup, LookupResult, Pending, Record},
};

/// Where a deadline ends that no clock can express: 30 years from now.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The time that is left for one decision and its record. It runs from the first look-up that is
/// not answered at once.
pub(crate) struct Clock {
    patience: Duration,
    /// Whether the caller waits for less time than we would.
    is_callers: bool,
    ends: Option<Instant>,
    /// Whether a look-up was broken off.
    ran_out: bool,
}

impl Clock {
    /// All that a decision waits for may take this long together.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, is_callers: false, ends: None, ran_out: false }
    }

    /// The same for a caller that may wait for less time.
    pub(crate) fn for_caller(patience: Duration, ours: Duration) -> Self {
        Self { is_callers: patience < ours, ..Self::new(patience) }
    }

    /// Whether the directory was not given its time: that is no fault of its own.
    pub(crate) fn was_hurried(&self) -> bool {
        self.ran_out && self.is_callers
    }

    /// Asks, and turns whatever happens into an answer: a late one, an error and a panic included.
    #[inline]
    pub(crate) async fn ask<'a, T>(
        &mut self,
        question: impl FnOnce() -> Lookup<'a, T>,
    ) -> Answer<T> {
        // The directory is not looked at again after a panic, other than by calling it anew.
        match std::panic::catch_unwind(AssertUnwindSafe(question)) {
            Ok(Lookup(Pending::Now(result))) => answer(result),
            // A look-up that is not answered at once has allocated already.
            Ok(Lookup(Pending::Later(future))) => Box::pin(self.wait(future)).await,
            Err(_) => panicked(),
        }
    }

    /// When the time is over. It runs from the first time that this is asked.
    pub(crate) fn ends(&mut self) -> Instant {
        *self.ends.get_or_insert_with(|| {
            let now = Instant::now();
            now.checked_add(self.patience).unwrap_or_else(|| now + FAR)
        })
    }

    async fn wait<T>(&mut self, future: impl Future<Output = LookupResult<T>> + Send) -> Answer<T> {
        match time::timeout_at(self.ends(), AssertUnwindSafe(future).catch_unwind()).await {
            Ok(Ok(result)) => answer(result),
            Ok(Err(_)) => panicked(),
            Err(_) => {
                self.ran_out = true;
                audit::directory_late(self.patience, self.is_callers);
                Answer::Unavailable
            }
        }
    }
}

#[inline]
fn answer<T>(result: LookupResult<T>) -> Answer<T> {
    match result {
        Ok(Record::Found(record)) => Answer::Found(record),
        Ok(Record::Unknown) => Answer::Unknown,
        Ok(Record::Unusable) => Answer::Unusable,
        Err(error) => {
            audit::directory_failed(&error);
            Answer::Unavailable
        }
    }
}

fn panicked<T>() -> Answer<T> {
    audit::directory_panicked();
    Answer::Panicked
}
