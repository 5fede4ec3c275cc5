//! What comes back for a call, and what it tells the caller.

use http::{HeaderMap, HeaderName, HeaderValue};
use meshauth_runtime::{DOMAIN, Denial};
use tonic::{Code, Status};
use tonic_types::StatusExt;

#[derive(Debug, Default, Clone)]
pub(super) struct Answer {
    /// The status of HTTP; none if the stream was reset or the connection closed instead.
    pub(super) status: Option<u16>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) trailers: HeaderMap,
}

/// The decision, as far as a caller can see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Allowed,
    /// One of our denials, word for word: code, reason, domain and sentence.
    Denied(Denial),
    /// Another status of gRPC.
    Other(Code),
    /// A status of HTTP alone.
    Http(u16),
    /// No response at all.
    Ended,
}

impl Answer {
    pub(super) fn told(&self) -> Told {
        match self.status {
            None => Told::Ended,
            Some(200) => told_by(&self.headers)
                .or_else(|| told_by(&self.trailers))
                // HTTP/1.1 leaves the trailers out for those who do not ask for them.
                .unwrap_or(Told::Allowed),
            Some(status) => Told::Http(status),
        }
    }

    /// The value of a header; none also if it is there twice.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value.to_str().unwrap()),
            _ => None,
        }
    }
}

/// What the status in these headers or trailers tells; none without one.
pub(super) fn told_by(headers: &HeaderMap) -> Option<Told> {
    let status = Status::from_header_map(headers)?;
    if status.code() == Code::Ok {
        return Some(Told::Allowed);
    }
    let info = status.get_details_error_info();
    let denial = Denial::ALL.iter().copied().find(|denial| {
        let told = (status.code() as i32, status.message());
        let ours = info.as_ref().is_some_and(|info| {
            info.reason == denial.reason() && info.domain == DOMAIN && info.metadata.is_empty()
        });
        ours && told == (denial.grpc_code(), denial.message())
    });
    Some(denial.map_or(Told::Other(status.code()), Told::Denied))
}

/// Headers from pairs of bytes.
pub(super) fn header_map<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    pairs: impl IntoIterator<Item = (N, V)>,
) -> HeaderMap {
    let parsed = pairs.into_iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_ref()).unwrap();
        (name, HeaderValue::from_bytes(value.as_ref()).unwrap())
    });
    let mut headers = HeaderMap::new();
    for (name, value) in parsed {
        headers.append(name, value);
    }
    headers
}
