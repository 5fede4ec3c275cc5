//! A call as it comes to a gate.

use std::time::Duration;

use http::{Extensions, HeaderMap, HeaderName};

use crate::{authoriser::CallContext, credential::Presented};

/// The header in which a gRPC client says how long it waits.
const TIMEOUT_HEADER: HeaderName = HeaderName::from_static("grpc-timeout");

impl CallContext {
    /// Takes the headers off the request, whatever they hold.
    pub(crate) fn take(headers: &mut HeaderMap, extensions: &Extensions) -> Self {
        Self {
            caller_waits: patience(headers),
            request: extensions.get().copied(),
            ..Self::new(Presented::take(headers))
        }
    }
}

/// The shortest time that the caller says it waits. What is no time is no promise to wait less.
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(TIMEOUT_HEADER).iter();
    values.filter_map(|value| timeout(value.as_bytes())).min()
}

/// At most eight digits and a unit, as gRPC writes it.
fn timeout(text: &[u8]) -> Option<Duration> {
    let (unit, digits) = text.split_last()?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount = digits.iter().fold(0, |amount, digit| amount * 10 + u64::from(digit - b'0'));
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn patience_of(values: &[&'static str]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TIMEOUT_HEADER, HeaderValue::from_static(value));
        }
        patience(&headers)
    }

    #[test]
    fn a_grpc_timeout_is_read_as_grpc_writes_it() {
        assert_eq!(patience_of(&["2H"]), Some(Duration::from_secs(7200)));
        assert_eq!(patience_of(&["3M"]), Some(Duration::from_secs(180)));
        assert_eq!(patience_of(&["4S"]), Some(Duration::from_secs(4)));
        assert_eq!(patience_of(&["50m"]), Some(Duration::from_millis(50)));
        assert_eq!(patience_of(&["60u"]), Some(Duration::from_micros(60)));
        assert_eq!(patience_of(&["99999999n"]), Some(Duration::from_nanos(99_999_999)));
    }

    #[test]
    fn a_decision_is_over_before_the_caller_has_gone() {
        let patience = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(TIMEOUT_HEADER, HeaderValue::from_static(value));
            let context = CallContext::take(&mut headers, &Extensions::new());
            context.patience(Duration::from_secs(1))
        };
        assert_eq!(patience("2S"), Duration::from_secs(1));
        assert_eq!(patience("1S"), Duration::from_millis(900));
        assert_eq!(patience("5m"), Duration::from_millis(4));
        assert_eq!(patience("1m"), Duration::ZERO);
        assert_eq!(patience("1n"), Duration::ZERO);
        assert_eq!(patience("0S"), Duration::ZERO);
        assert_eq!(patience("none"), Duration::from_secs(1));
    }

    #[test]
    fn what_is_no_timeout_is_no_promise_and_the_shortest_counts() {
        for none in ["", "S", "1", "1s", "-1S", "123456789S", "1 S", "1.5S"] {
            assert_eq!(patience_of(&[none]), None, "{none:?}");
        }
        assert_eq!(patience_of(&["9S", "x", "20m"]), Some(Duration::from_millis(20)));
    }
}
