//! What keeps the copy in step.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::time;

use super::copy::Copy;
use crate::{
    error::SqlError,
    log,
    replica::{GATHERING, INTERVAL, Signal, within},
    store::{Source, Store},
};

/// The paths of a large directory take a while.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) struct Keeper {
    source: Source,
    /// None after an error that may be the connection's.
    directory: Option<Store>,
    copy: Copy,
    signal: Arc<Signal>,
    known: Arc<Mutex<Instant>>,
    /// Whether the last step failed, so that one outage is told once.
    is_failing: bool,
}

impl Keeper {
    pub(super) fn new(
        source: Source,
        copy: Copy,
        signal: Arc<Signal>,
        known: Arc<Mutex<Instant>>,
    ) -> Self {
        Self { source, directory: None, copy, signal, known, is_failing: false }
    }

    /// Keeps it for ever.
    pub(super) async fn keep(mut self) {
        loop {
            let woken = time::timeout(INTERVAL, self.signal.wait()).await.is_ok();
            if woken {
                time::sleep(GATHERING).await;
            }
            match self.catch_up().await {
                // A change of which nothing was told.
                Ok(is_news) if is_news && !woken => self.signal.is_missed(),
                Ok(_) => {}
                Err(error) => {
                    self.directory = None;
                    self.signal.is_missed();
                    if !self.is_failing {
                        log::paths_age(&error);
                    }
                    self.is_failing = true;
                    continue;
                }
            }
            if self.is_failing {
                self.is_failing = false;
                log::paths_are_kept_again();
            }
        }
    }

    /// Brings the copy to where the directory is. Whether there was anything to do.
    pub(super) async fn catch_up(&mut self) -> Result<bool, SqlError> {
        // From before the questions: what they find was true then, or later.
        let known = Instant::now();
        let mut is_news = false;
        loop {
            let directory = self.directory().await?;
            let before = within(PATIENCE, self.copy.position()).await?;
            let since = within(PATIENCE, directory.paths_since(&before)).await?;
            if since.position == before {
                break;
            }
            is_news = true;
            // Another process may have been faster: then it is asked again how far that came.
            if within(PATIENCE, self.copy.step(&before, &since)).await? {
                break;
            }
        }
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(is_news)
    }

    /// The directory, connected to anew after an error.
    async fn directory(&mut self) -> Result<Store, SqlError> {
        if let Some(directory) = &self.directory {
            return Ok(directory.clone());
        }
        let directory = within(PATIENCE, self.source.open()).await?;
        Ok(self.directory.insert(directory).clone())
    }
}
