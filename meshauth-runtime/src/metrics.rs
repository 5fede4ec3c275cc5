//! Counters and times for the `metrics` facade. Labels come from the tables and the
//! declared tasks alone: a stranger cannot make a new one.
//!
//! Without the feature `metrics` nothing is counted.

use std::time::Duration;

use crate::decision::{Denial, ShadowedChecks};

/// What is counted of a decision.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "nothing is counted"))]
pub(crate) struct Counted {
    /// The name of the event.
    pub(crate) event: &'static str,
    /// The path of the method, or the name of the system task; none of a path without a policy,
    /// which is not repeated.
    pub(crate) method: Option<&'static str>,
    pub(crate) denial: Option<Denial>,
    pub(crate) shadowed: ShadowedChecks,
    /// None of what took no time of its own.
    pub(crate) latency: Option<Duration>,
}

impl Counted {
    /// Nothing but that it happened.
    pub(crate) const NONE: Self = Self {
        event: "",
        method: None,
        denial: None,
        shadowed: ShadowedChecks::NONE,
        latency: None,
    };
}

#[cfg(feature = "metrics")]
mod counted {
    use std::{
        collections::HashMap,
        sync::{LazyLock, PoisonError, RwLock},
        time::SystemTime,
    };

    use foldhash::fast::RandomState;
    use metrics::{Key, Label, Level, Metadata, with_recorder};

    use super::Counted;
    use crate::decision::outcome;

    pub(crate) const COUNTS: bool = true;

    const DECISIONS: &str = "meshauth_decisions_total";
    const SECONDS: &str = "meshauth_decision_seconds";
    #[cfg(any(feature = "axum", feature = "tonic"))]
    const ENDED: &str = "meshauth_streams_ended_total";
    const OPEN: Key = Key::from_static_name("meshauth_streams_open");
    const KNOWN: Key = Key::from_static_name("meshauth_directory_known_timestamp_seconds");
    #[cfg(feature = "json")]
    const BROKEN: Key = Key::from_static_name("meshauth_directory_broken");
    const LOST: &str = "meshauth_audit_records_lost_total";

    /// Records are lost in floods: nothing is made for each.
    static CALLERS: [[Label; 1]; 2] = [
        [Label::from_static_parts("caller", "known")],
        [Label::from_static_parts("caller", "unidentified")],
    ];

    static METADATA: Metadata<'static> = Metadata::new("meshauth", Level::INFO, None);

    /// The labels of a series. There are as many as there are methods in tables, events and
    /// outcomes.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct Series {
        name: &'static str,
        method: &'static str,
        event: &'static str,
        outcome: &'static str,
    }

    /// The keys of the series so far, made once, so that counting allocates nothing.
    type Keys = RwLock<HashMap<Series, &'static Key, RandomState>>;
    static KEYS: LazyLock<Keys> = LazyLock::new(Keys::default);

    impl Series {
        fn key(self) -> &'static Key {
            let known = KEYS.read().unwrap_or_else(PoisonError::into_inner).get(&self).copied();
            known.unwrap_or_else(|| {
                let mut keys = KEYS.write().unwrap_or_else(PoisonError::into_inner);
                keys.entry(self).or_insert_with(|| Box::leak(Box::new(self.new_key())))
            })
        }

        fn new_key(self) -> Key {
            let Self { name, method, event, outcome } = self;
            let labels = [("method", method), ("event", event), ("outcome", outcome)];
            let labels = labels.map(|(label, value)| Label::from_static_parts(label, value));
            Key::from_parts(name, labels.to_vec())
        }
    }

    pub(crate) fn decision(counted: Counted) {
        let series = Series {
            name: DECISIONS,
            method: counted.method.unwrap_or("none"),
            event: counted.event,
            outcome: outcome(counted.denial, counted.shadowed),
        };
        with_recorder(|recorder| {
            recorder.register_counter(series.key(), &METADATA).increment(1);
            if let Some(latency) = counted.latency {
                let key = Series { name: SECONDS, ..series }.key();
                recorder.register_histogram(key, &METADATA).record(latency.as_secs_f64());
            }
        });
    }

    pub(crate) fn call_opened() {
        with_recorder(|recorder| recorder.register_gauge(&OPEN, &METADATA).increment(1.0));
    }

    pub(crate) fn call_closed() {
        with_recorder(|recorder| recorder.register_gauge(&OPEN, &METADATA).decrement(1.0));
    }

    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn call_ended(method: &'static str, outcome: &'static str) {
        let series = Series { name: ENDED, method, event: "END", outcome };
        with_recorder(|recorder| recorder.register_counter(series.key(), &METADATA).increment(1));
    }

    /// Up to when the directory was known to be the truth. How long ago that is, grows by itself.
    pub(crate) fn directory_known(at: SystemTime) {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        with_recorder(|recorder| {
            recorder.register_gauge(&KNOWN, &METADATA).set(since.as_secs_f64());
        });
    }

    /// Whether the newest state of the directory is refused, and an older one counts.
    #[cfg(feature = "json")]
    pub(crate) fn directory_broken(is_broken: bool) {
        let value = if is_broken { 1.0 } else { 0.0 };
        with_recorder(|recorder| recorder.register_gauge(&BROKEN, &METADATA).set(value));
    }

    /// `caller` is the name of an origin of records.
    pub(crate) fn audit_record_lost(caller: &'static str) {
        let Some(labels) = CALLERS.iter().find(|[label]| label.value() == caller) else { return };
        let key = Key::from_static_parts(LOST, labels);
        with_recorder(|recorder| recorder.register_counter(&key, &METADATA).increment(1));
    }
}

#[cfg(not(feature = "metrics"))]
mod counted {
    pub(crate) const COUNTS: bool = false;

    pub(crate) fn decision(_: super::Counted) {}

    pub(crate) fn call_opened() {}

    pub(crate) fn call_closed() {}

    #[cfg(any(feature = "axum", feature = "tonic"))]
    pub(crate) fn call_ended(_: &'static str, _: &'static str) {}

    pub(crate) fn directory_known(_: std::time::SystemTime) {}

    #[cfg(feature = "json")]
    pub(crate) fn directory_broken(_: bool) {}

    pub(crate) fn audit_record_lost(_: &'static str) {}
}

#[cfg(any(feature = "axum", feature = "tonic"))]
pub(crate) use self::counted::call_ended;
#[cfg(feature = "json")]
pub(crate) use self::counted::directory_broken;
pub(crate) use self::counted::{
    COUNTS, audit_record_lost, call_closed, call_opened, decision, directory_known,
};
