//! What operators read: what the runtime logs while the tests run.

use std::{
    io,
    sync::{Mutex, Once},
};

use tracing::{Level, Metadata};
use tracing_subscriber::{
    filter::Targets, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt,
};

/// What the runtime logs, as whole events: a line break in one does not hide the rest of it.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Ours;

/// A writer for one event; of other libraries' events nothing is kept.
struct Event(bool);

impl<'a> MakeWriter<'a> for Ours {
    type Writer = Event;

    fn make_writer(&'a self) -> Event {
        Event(false)
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Event {
        Event(meta.target().starts_with("meshauth"))
    }
}

impl io::Write for Event {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 {
            LOG.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what the runtime logs from now on, at every level.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // What is not kept is not formatted either: HTTP/2 logs every frame.
        let ours = Targets::new().with_target("meshauth", Level::TRACE);
        tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_ansi(false)
            .with_writer(Ours)
            .finish()
            .with(ours)
            .init();
    });
}

pub(crate) fn so_far() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned()
}
