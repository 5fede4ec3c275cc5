//! What handlers hold that go on until they are stopped: whether it still lives is seen from outside.

use std::{
    future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio_stream::{Stream, StreamExt};
use tonic::Status;

#[derive(Clone, Default)]
pub(crate) struct Lasting {
    alive: Arc<AtomicUsize>,
    made: Arc<AtomicUsize>,
}

/// Counted until it is dropped.
struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Lasting {
    fn begin(&self) -> Alive {
        self.alive.fetch_add(1, Ordering::SeqCst);
        Alive(Arc::clone(&self.alive))
    }

    /// How many of them live.
    pub(crate) fn alive(&self) -> usize {
        self.alive.load(Ordering::SeqCst)
    }

    /// How many items floods have made so far.
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }

    /// A stream on which nothing comes.
    pub(crate) fn idle<T>(&self) -> impl Stream<Item = Result<T, Status>> + use<T> {
        let alive = self.begin();
        tokio_stream::pending().map(move |item| {
            let _ = &alive;
            item
        })
    }

    /// A stream on which there is always one more.
    pub(crate) fn flood<T: Clone>(
        &self,
        item: T,
    ) -> impl Stream<Item = Result<T, Status>> + use<T> {
        let (alive, made) = (self.begin(), Arc::clone(&self.made));
        tokio_stream::iter(std::iter::repeat(item)).map(move |item| {
            let _ = &alive;
            made.fetch_add(1, Ordering::SeqCst);
            Ok(item)
        })
    }

    /// Waits for something that never happens.
    pub(crate) async fn never<T>(&self) -> T {
        let _alive = self.begin();
        future::pending().await
    }
}

/// Waits until it is so, for five seconds at most.
#[track_caller]
pub(crate) fn until(mut is_so: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let waited = tokio::time::timeout(Duration::from_secs(5), async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        assert!(waited.await.is_ok(), "waited in vain at {caller}");
    }
}
