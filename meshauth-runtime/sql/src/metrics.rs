//! Counted for the `metrics` facade, with its feature.

#[cfg(feature = "metrics")]
pub(crate) fn position(position: i64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("meshauth_directory_position").set(position as f64);
}

#[cfg(not(feature = "metrics"))]
pub(crate) fn position(_: i64) {}

#[cfg(feature = "metrics")]
pub(crate) fn glass_is_broken() {
    metrics::counter!("meshauth_break_glass_total").increment(1);
}

#[cfg(not(feature = "metrics"))]
pub(crate) fn glass_is_broken() {}
