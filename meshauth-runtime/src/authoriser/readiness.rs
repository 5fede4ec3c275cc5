//! Whether calls can be decided now, for whoever sends them.

use std::time::Duration;

use tokio::time;

use super::Authoriser;

/// How often it is looked whether that has changed.
const LOOK: Duration = Duration::from_millis(200);

impl Authoriser {
    /// Whether calls can be decided now, as far as that is known without asking: the directory's view
    /// is loaded and younger than [`max_decision_age`](crate::AuthoriserBuilder::max_decision_age), and
    /// no [shutdown](Self::end_streams) has begun. A directory that is asked for each call counts as
    /// there.
    ///
    /// It is what a readiness check answers; a service that is not ready need not be restarted. Over
    /// HTTP there is a route for it (`axum::ready`). For gRPC's health service, with
    /// `tonic-health`:
    ///
    /// ```
    /// # mod tonic_health {
    /// #     #[derive(Clone)] pub enum ServingStatus { Serving, NotServing }
    /// #     pub struct HealthReporter;
    /// #     impl HealthReporter {
    /// #         pub async fn set_service_status(&self, _: &str, _: ServingStatus) {}
    /// #     }
    /// # }
    /// use meshauth_runtime::Authoriser;
    /// use tonic_health::{HealthReporter, ServingStatus};
    ///
    /// /// Spawn it beside the server, with the reporter of `tonic_health::server::health_reporter()`.
    /// async fn report(authoriser: Authoriser, reporter: HealthReporter) {
    ///     let mut ready = authoriser.is_ready();
    ///     loop {
    ///         let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
    ///         // The empty name is that of the whole server.
    ///         reporter.set_service_status("", status).await;
    ///         ready = authoriser.readiness_changed(ready).await;
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let core = self.core();
        !core.open_calls.is_shutting_down() && (!core.is_in_memory() || core.view().is_some())
    }

    /// Waits until [`is_ready`](Self::is_ready) is no longer what it `was`, and gives what it is now.
    pub async fn readiness_changed(&self, was: bool) -> bool {
        while self.is_ready() == was {
            time::sleep(LOOK).await;
        }
        !was
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{MemoryDirectory, View, World, directory::ViewWriter};

    const BOUND: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn it_is_ready_from_the_first_view_until_that_is_as_old_as_the_bound() {
        let mut writer = ViewWriter::new();
        let authoriser = Authoriser::builder(writer.view()).max_decision_age(BOUND).build();
        assert!(!authoriser.is_ready());
        // Tokio's clock is the one by which a view ages.
        let now = || time::Instant::now().into_std();
        let view = || View::new(&World::new()).unwrap();
        writer.replace(view(), now());
        assert!(authoriser.readiness_changed(false).await);
        let loaded = time::Instant::now();
        assert!(!authoriser.readiness_changed(true).await);
        assert!((BOUND..BOUND + 2 * LOOK).contains(&loaded.elapsed()), "{:?}", loaded.elapsed());
        writer.update(&crate::directory::Update::new(), now()).unwrap();
        assert!(authoriser.is_ready());
        // A view that was old when it came is no better.
        let old: Instant = now().checked_sub(BOUND).unwrap();
        writer.replace(view(), old);
        assert!(!authoriser.is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_shuts_down_is_not_ready() {
        let directory = MemoryDirectory::new(World::new()).unwrap();
        let authoriser = Authoriser::new(directory);
        assert!(authoriser.is_ready());
        let ending = authoriser.clone();
        let changed = tokio::spawn(async move { ending.readiness_changed(true).await });
        authoriser.end_streams();
        assert!(!changed.await.unwrap());
    }
}
