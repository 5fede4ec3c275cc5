//! All that a process tells: `tracing` and `log` at every level, spans with all that they hold,
//! metrics, and what panics say.

use std::{
    fmt::Write as _,
    io, panic,
    sync::{Mutex, OnceLock},
};

use metrics_util::debugging::{DebuggingRecorder, Snapshotter};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

static TOLD: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static METRICS: OnceLock<Snapshotter> = OnceLock::new();

struct Told;

impl MakeWriter<'_> for Told {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TOLD.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// For the service, which asks for it: everything is captured anyway.
pub(crate) fn capture() {}

/// All that is told from a point on.
pub(crate) struct Everything;

impl Everything {
    pub(crate) fn from_now() -> Self {
        METRICS.get_or_init(install);
        TOLD.lock().unwrap().clear();
        log::trace!("through the facade of the crate log");
        Self
    }

    pub(crate) fn so_far(&self) -> String {
        let mut all = String::from_utf8_lossy(&TOLD.lock().unwrap()).into_owned();
        for (key, _, help, value) in METRICS.get().unwrap().snapshot().into_vec() {
            writeln!(all, "{key:?} {help:?} {value:?}").unwrap();
        }
        all
    }
}

fn install() -> Snapshotter {
    tracing_log::LogTracer::init().unwrap();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(Told)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    panic::set_hook(Box::new(|panicked| {
        TOLD.lock().unwrap().extend_from_slice(format!("{panicked} {panicked:?}\n").as_bytes());
    }));
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    snapshotter
}
