//! Being told that something changed. Whatever becomes of it, the database is asked each second: it
//! makes a change felt sooner, and proves nothing.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt as _,
    future::{self, Either},
};
use tokio::{sync::Notify, time};

use super::{PATIENCE, within};
use crate::{error::SqlError, store::Source};

/// How long it waits before it tries again to be told.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the follower, which says in turn when it should have been woken and was not.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    changed: Notify,
    missed: Notify,
}

impl Signal {
    pub(crate) async fn wait(&self) {
        self.changed.notified().await;
    }

    /// Nothing was told of a change, or nothing could be: the connection may be half dead.
    pub(crate) fn is_missed(&self) {
        self.missed.notify_one();
    }

    fn give(&self) {
        self.changed.notify_one();
    }
}

/// Gives the signal whenever the database tells of a change, for ever.
pub(crate) async fn tell_of_changes(source: Source, signal: Arc<Signal>) {
    loop {
        let listened = listen(&source, &signal).await;
        if listened.is_err() {
            time::sleep(PAUSE).await;
        }
    }
}

/// Until something was missed.
async fn listen(source: &Source, signal: &Signal) -> Result<(), SqlError> {
    let mut changes = within(PATIENCE, source.listen()).await?;
    // What was committed before it listened was told to nobody, and that it was missed is no news.
    signal.give();
    let _ = signal.missed.notified().now_or_never();
    loop {
        let missed = signal.missed.notified();
        match future::select(pin!(changes.next()), pin!(missed)).await {
            Either::Left((told, _)) => told?,
            Either::Right(((), _)) => return Ok(()),
        }
        signal.give();
    }
}
