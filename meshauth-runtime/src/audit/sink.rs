//! Where records are kept.

use std::{future::Future, pin::Pin};

use super::record::AuditRecord;

/// A record that is being written.
pub type AuditWrite<'a> = Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + 'a>>;

/// Where the records of decisions are kept, such as a table or a stream of events.
///
/// ```
/// use meshauth_runtime::audit::{AuditError, AuditRecord, AuditSink, AuditWrite};
/// use tokio::{io::AsyncWriteExt, sync::Mutex};
///
/// /// A line of JSON for each record.
/// struct Lines<W>(Mutex<W>);
///
/// impl<W: tokio::io::AsyncWrite + Send + Unpin + 'static> AuditSink for Lines<W> {
///     fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a> {
///         Box::pin(async move {
///             let line = format!("{record}\n");
///             let mut out = self.0.lock().await;
///             out.write_all(line.as_bytes()).await.map_err(AuditError::new)?;
///             out.flush().await.map_err(AuditError::new)
///         })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no audit records",
    label = "expected a sink for audit records",
    note = "implement `meshauth_runtime::audit::AuditSink` for it"
)]
pub trait AuditSink: Send + Sync + 'static {
    /// Writes the record. It is written when the future ends well: what may still be lost after
    /// that is lost unseen. The future is not dropped before its end, unless it takes longer than
    /// 10 seconds or the runtime ends.
    fn write<'a>(&'a self, record: &'a AuditRecord) -> AuditWrite<'a>;
}

/// A record that could not be written. Operators find the cause in the log.
#[derive(Debug, thiserror::Error)]
#[error("the audit record could not be written: {0}")]
pub struct AuditError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl AuditError {
    /// The cause, for operators. It must not hold credentials.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
