//! A record as JSON: one object, as text one line.

use std::{
    fmt,
    io::{self, Write},
    time::SystemTime,
};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use super::{record::AuditRecord, summary::CallSummary};
use crate::decision::{Check, Denial, ShadowedChecks};

impl fmt::Display for AuditRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Vec::with_capacity(1024);
        let mut json = serde_json::Serializer::with_formatter(&mut line, OneLine(CompactFormatter));
        self.serialize(&mut json).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&line).map_err(|_| fmt::Error)?)
    }
}

/// Fields without a value are left out.
impl Serialize for AuditRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shadowed = Some(self.shadowed).filter(|shadowed| *shadowed != ShadowedChecks::NONE);
        let scope = self.scope.map(|(operation, group)| format!("{operation:?} {group}"));
        let mut map = Fields(serializer.serialize_map(None)?);
        map.0.serialize_entry("time", &seconds(self.time))?;
        map.text("request", Some(&self.request))?;
        map.text("event", Some(&self.event.name()))?;
        map.text("decision", Some(&self.denial.map_or("allow", |_| "deny")))?;
        map.text("reason", self.denial.map(Denial::reason).as_ref())?;
        map.text("refused_by", self.refused_by.as_ref())?;
        map.text("fault", self.fault.as_ref())?;
        map.text("shadowed", shadowed.as_ref())?;
        map.text("method", self.method.as_ref())?;
        map.text("task", self.task.as_ref())?;
        map.text("policy_digest", self.policy_digest.as_ref())?;
        map.text("entity", self.entity.as_ref())?;
        map.text("group", self.group.as_ref())?;
        map.text("granted", self.granted.as_ref())?;
        map.text("role", self.role.as_ref())?;
        map.text("client", self.client.as_ref())?;
        map.text("scope", scope.as_ref())?;
        if let Some(CallSummary { outcome, duration, requests, responses }) = &self.end {
            map.text("outcome", Some(&outcome.name()))?;
            map.0.serialize_entry("duration_us", &duration.as_micros())?;
            map.0.serialize_entry("requests", requests)?;
            map.0.serialize_entry("responses", responses)?;
            return map.0.end();
        }
        map.0.serialize_entry("checks", &Checks(self))?;
        map.0.serialize_entry("latency_us", &self.latency.as_micros())?;
        map.0.end()
    }
}

/// Seconds since 1970, to the microsecond.
fn seconds(time: SystemTime) -> f64 {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
    let micros = since_1970.as_micros() as f64;
    micros / 1e6
}

struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    /// A field that is text, if it is there.
    fn text(&mut self, name: &str, value: Option<&impl fmt::Display>) -> Result<(), M::Error> {
        let Some(value) = value else { return Ok(()) };
        self.0.serialize_entry(name, &Text(value))
    }
}

struct Text<'a, T>(&'a T);

impl<T: fmt::Display> Serialize for Text<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct Checks<'a>(&'a AuditRecord);

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcome = |check: &Check| (check.to_string(), self.0.outcome(*check).to_string());
        serializer.collect_map(Check::ALL.iter().map(outcome))
    }
}

/// JSON without any character that a reader of lines takes for the end of one. Names of methods and
/// roles are whatever a table says.
struct OneLine(CompactFormatter);

impl Formatter for OneLine {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // JSON itself asks for the first 32 only.
        let breaks = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
        for part in fragment.split_inclusive(breaks) {
            let plain = part.trim_end_matches(breaks);
            self.0.write_string_fragment(writer, plain)?;
            for char in part[plain.len()..].chars() {
                write!(writer, "\\u{:04x}", u32::from(char))?;
            }
        }
        Ok(())
    }
}
