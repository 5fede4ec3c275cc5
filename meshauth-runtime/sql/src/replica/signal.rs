//! Being told that something changed. Whatever becomes of it, the database is asked each second: it
//! makes a change felt sooner, and proves nothing.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time};

use crate::store::Source;

/// How long it waits before it tries again to be told.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the follower.
#[derive(Debug, Default)]
pub(super) struct Signal(Notify);

impl Signal {
    pub(super) async fn wait(&self) {
        self.0.notified().await;
    }

    fn give(&self) {
        self.0.notify_one();
    }
}

/// Gives the signal whenever the database tells of a change, for ever.
pub(super) async fn tell_of_changes(source: Source, signal: Arc<Signal>) {
    loop {
        if let Ok(mut changes) = source.listen().await {
            // What was committed before it listened was told to nobody.
            signal.give();
            while changes.next().await.is_ok() {
                signal.give();
            }
        }
        time::sleep(PAUSE).await;
    }
}
