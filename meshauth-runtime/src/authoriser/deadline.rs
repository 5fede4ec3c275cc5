//! The time that one decision may take.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::{self, Instant};

use crate::{audit, records::Miss};

/// Where a deadline ends that no clock can express: 30 years from now.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The end of a time that begins now.
pub(super) fn instant_after(time: Duration) -> Instant {
    later(Instant::now(), time)
}

fn later(instant: Instant, time: Duration) -> Instant {
    instant.checked_add(time).unwrap_or_else(|| instant + FAR)
}

/// The time that is left for one decision and its record. It runs from the first look-up that is
/// not answered at once.
pub(super) struct Deadline {
    patience: Duration,
    /// As long as we would wait for any caller.
    ours: Duration,
    began: Option<Instant>,
    /// Whether a look-up was broken off.
    ran_out: bool,
}

impl Deadline {
    /// All that a decision waits for may take this long together.
    pub(super) fn new(patience: Duration) -> Self {
        Self::for_caller(patience, patience)
    }

    /// The same for a caller that may wait for less time.
    pub(super) fn for_caller(patience: Duration, ours: Duration) -> Self {
        Self { patience, ours, began: None, ran_out: false }
    }

    /// Whether the caller waits for less time than we would.
    fn is_callers(&self) -> bool {
        self.patience < self.ours
    }

    /// Whether the directory was not given its time: that is no fault of its own.
    pub(super) fn was_hurried(&self) -> bool {
        self.ran_out && self.is_callers()
    }

    /// When the time of the caller is over.
    pub(super) fn ends(&mut self) -> Instant {
        later(self.began(), self.patience)
    }

    /// When the record must be written: what a caller says does not shorten that.
    pub(super) fn record_ends(&mut self) -> Instant {
        later(self.began(), self.ours)
    }

    /// It runs from the first time that this is asked.
    fn began(&mut self) -> Instant {
        *self.began.get_or_insert_with(Instant::now)
    }

    /// Waits for a look-up. One that takes too long or panics is a miss like any other.
    pub(super) async fn wait<T>(
        &mut self,
        lookup: impl Future<Output = Result<T, Miss>>,
    ) -> Result<T, Miss> {
        let caught = AssertUnwindSafe(lookup).catch_unwind();
        match time::timeout_at(self.ends(), caught).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                audit::directory_panicked();
                Err(Miss::Panicked)
            }
            Err(_) => {
                self.ran_out = true;
                audit::directory_late(self.patience, self.is_callers());
                Err(Miss::Unavailable)
            }
        }
    }
}
