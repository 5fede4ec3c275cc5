//! The end of a service: its open calls end, and what it recorded is written.

use std::time::Duration;

use tokio::time;

use super::{Authoriser, deadline::instant_after};

/// What was not done when the time for a shutdown was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the shutdown took too long: {open_calls} streams are open, {} audit records wait",
    if *.audit_flushed { "no" } else { "some" }
)]
#[non_exhaustive]
pub struct ShutdownError {
    /// How many streams are still held: their callers do not read on.
    pub open_calls: usize,
    /// Whether all records of the audit were written or counted as lost.
    pub audit_flushed: bool,
}

impl Authoriser {
    /// Ends every guarded stream with
    /// [`Denial::ShuttingDown`](crate::Denial::ShuttingDown), and each that is opened from now on.
    /// Calls with one request and one response are not affected.
    ///
    /// A server that shuts down gracefully waits for its streams, so call this when the shutdown
    /// begins, and [`shutdown`](Self::shutdown) when the server has stopped:
    ///
    /// ```ignore
    /// let ending = authoriser.clone();
    /// server.serve_with_shutdown(address, async move {
    ///     signal.await;
    ///     ending.end_streams();
    /// }).await?;
    /// authoriser.shutdown(Duration::from_secs(10)).await?;
    /// ```
    pub fn end_streams(&self) {
        self.core().open_calls.shut_down();
    }

    /// Ends the streams as [`end_streams`](Self::end_streams) does, waits until they have gone, and
    /// then until the records of the audit are written: all together for no longer than `within`.
    ///
    /// # Errors
    /// What was not done in time. Records that are still waiting are lost if the process ends now.
    pub async fn shutdown(&self, within: Duration) -> Result<(), ShutdownError> {
        self.end_streams();
        let core = self.core();
        let ends = instant_after(within);
        // A quarter of the time is the audit's, whatever becomes of the streams.
        let streams_ended = instant_after(within / 4 * 3);
        let _ = time::timeout_at(streams_ended, core.open_calls.all_gone()).await;
        let audit_flushed = match &core.audit {
            Some(audit) => time::timeout_at(ends, audit.flush()).await.is_ok(),
            None => true,
        };
        let open_calls = core.open_calls.count();
        if audit_flushed && open_calls == 0 {
            return Ok(());
        }
        Err(ShutdownError { open_calls, audit_flushed })
    }
}
