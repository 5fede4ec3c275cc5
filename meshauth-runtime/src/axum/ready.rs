//! The route that a readiness check asks.

use axum::{
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};

use crate::authoriser::Authoriser;

/// A route that says whether calls can be decided now ([`Authoriser::is_ready`]): 200 or 503, and
/// nothing of why.
///
/// ```
/// # use meshauth_runtime::{Authoriser, MemoryDirectory};
/// use meshauth_runtime::axum::{GuardedRouter, ready};
///
/// # let authoriser = Authoriser::new(MemoryDirectory::new(Default::default())?);
/// let readiness = ready(&authoriser);
/// let router = GuardedRouter::new(authoriser)
///     .open("/readyz", readiness, "probes carry no key")
///     .into_router()?;
/// # let _: axum::Router = router;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ready<S: Clone + Send + Sync + 'static>(authoriser: &Authoriser) -> MethodRouter<S> {
    let authoriser = authoriser.clone();
    get(move || async move { answer(authoriser.is_ready()) })
}

fn answer(is_ready: bool) -> Response {
    let answer = if is_ready {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    };
    // What holds now is not to be answered later.
    let (status, text) = answer;
    (status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], text).into_response()
}
