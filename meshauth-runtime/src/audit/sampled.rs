//! Lines of the log that anybody can cause: a few of each kind in each window of time, and how many
//! were left out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{self, Instant},
};
use tracing::{error, info};

use super::TARGET;
use crate::decision::Denial;

/// How many lines of one kind are written in one window.
const LINES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(10);

/// What is told of a caller whom nobody identified.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SampledLine {
    /// A call was refused.
    Refused(Denial),
    /// The same, and operators have something to mend.
    Fault(Denial),
    /// It was no call at all.
    #[cfg(feature = "tonic")]
    NotACall,
}

const DENIALS: usize = Denial::ALL.len();
const KINDS: usize = 2 * DENIALS + 1;

impl SampledLine {
    fn place(self) -> usize {
        let place = |denial| Denial::ALL.iter().position(|one| *one == denial).unwrap_or_default();
        match self {
            Self::Refused(denial) => place(denial),
            Self::Fault(denial) => DENIALS + place(denial),
            #[cfg(feature = "tonic")]
            Self::NotACall => 2 * DENIALS,
        }
    }
}

/// Which of these lines are written. Each denial is counted in the metrics all the same.
#[derive(Debug)]
pub(crate) struct SampledLog {
    base: Instant,
    /// Of each kind: the number of its last window, and how many there were in that.
    windows: [AtomicU64; KINDS],
}

impl Default for SampledLog {
    fn default() -> Self {
        Self { base: Instant::now(), windows: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl SampledLog {
    /// Whether this line is to be written.
    pub(crate) fn admits(self: &Arc<Self>, line: SampledLine) -> bool {
        let now = self.window();
        let count = |state| match Window::of(state) {
            Window { number, lines } if number == now => {
                Window { number, lines: lines.saturating_add(1) }
            }
            _ => Window { number: now, lines: 1 },
        };
        let state = &self.windows[line.place()];
        let update =
            state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| Some(count(it).state()));
        let before = Window::of(update.unwrap_or_else(|state| state));
        if before.number != now {
            // Nobody reported of the last window: there was no runtime, or it is just over.
            report(line, before.left_out());
            return true;
        }
        if before.lines == LINES {
            self.report_later(line, now);
        }
        before.lines < LINES
    }

    /// At the end of the window, says how many were left out.
    fn report_later(self: &Arc<Self>, line: SampledLine, number: u32) {
        let Ok(runtime) = Handle::try_current() else { return };
        let (log, over) = (Arc::clone(self), self.base + WINDOW * number.saturating_add(1));
        runtime.spawn(async move {
            time::sleep_until(over).await;
            let reported = Window { number, lines: LINES }.state();
            let still = |state| (Window::of(state).number == number).then_some(reported);
            let state = &log.windows[line.place()];
            if let Ok(last) = state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, still) {
                report(line, Window::of(last).left_out());
            }
        });
    }

    fn window(&self) -> u32 {
        let windows = self.base.elapsed().as_secs() / WINDOW.as_secs();
        u32::try_from(windows).unwrap_or(u32::MAX)
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    number: u32,
    /// Those that were left out are counted, too.
    lines: u32,
}

impl Window {
    #[expect(clippy::cast_possible_truncation, reason = "each half of it")]
    const fn of(state: u64) -> Self {
        Self { number: (state >> 32) as u32, lines: state as u32 }
    }

    fn state(self) -> u64 {
        u64::from(self.number) << 32 | u64::from(self.lines)
    }

    const fn left_out(self) -> u32 {
        self.lines.saturating_sub(LINES)
    }
}

fn report(line: SampledLine, left_out: u32) {
    if left_out == 0 {
        return;
    }
    match line {
        SampledLine::Refused(denial) => info!(
            target: TARGET, reason = denial.reason(), left_out,
            "more calls of unidentified callers were refused with this reason"
        ),
        SampledLine::Fault(denial) => error!(
            target: TARGET, reason = denial.reason(), left_out,
            "more calls of unidentified callers were refused with this reason, and a fault"
        ),
        #[cfg(feature = "tonic")]
        SampledLine::NotACall => {
            info!(target: TARGET, left_out, "more requests were no POST of gRPC content");
        }
    }
}
