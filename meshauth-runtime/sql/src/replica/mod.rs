//! A copy in memory that follows its database.
//!
//! One task reads: first the whole, then, when it is woken and each second in any case, what changed.
//! Each answer is of one moment of the primary, and the copy is known to be the truth as of before
//! the question. A second task waits to be told of changes, and wakes the first. A third one writes
//! down when credentials were last used.

mod follower;
mod glass_watch;
mod signal;
mod uses;

use std::{sync::Arc, time::Duration};

use meshauth_runtime::directory::{LastUses, LiveView};
use tokio::{task::JoinSet, time};

use self::follower::Follower;
pub(crate) use self::{
    follower::{GATHERING, INTERVAL},
    glass_watch::GlassWatch,
    signal::{Signal, tell_of_changes},
    uses::{EVERY, write_down},
};
use crate::{
    error::{Outage, SqlError},
    store::Source,
};

/// What has not answered by then never will: the network lost it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// What takes longer is given up.
pub(crate) async fn within<T>(
    patience: Duration,
    question: impl Future<Output = Result<T, SqlError>>,
) -> Result<T, SqlError> {
    let answer = time::timeout(patience, question).await;
    answer.unwrap_or(Err(SqlError::Unreachable(Outage::TimedOut)))
}

/// A copy that follows its database for as long as this lives.
#[derive(Debug)]
pub(crate) struct Replica {
    view: LiveView,
    source: Source,
    uses: LastUses,
    /// They end when this is dropped, also while it is being made.
    _tasks: JoinSet<()>,
}

impl Replica {
    /// Reads the whole directory, and follows it from then on.
    pub(crate) async fn start(source: Source) -> Result<Self, SqlError> {
        let (signal, mut tasks) = (Arc::new(Signal::default()), JoinSet::new());
        // Before the whole is read: what is committed meanwhile is told.
        tasks.spawn(tell_of_changes(source.clone(), Arc::clone(&signal)));
        let mut follower = Follower::new(source.clone(), signal);
        let view = follower.view();
        follower.load().await?;
        tasks.spawn(follower.follow());
        let uses = LastUses::new();
        tasks.spawn(write_down(source.clone(), uses.clone(), EVERY));
        Ok(Self { view, source, uses, _tasks: tasks })
    }

    pub(crate) fn view(&self) -> &LiveView {
        &self.view
    }

    /// Which credentials were used.
    pub(crate) fn uses(&self) -> &LastUses {
        &self.uses
    }

    /// Where the database is.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}
