//! The caller's side: credentials that are found where users keep them, never show their key, and
//! go onto a request as headers.
//!
//! ```
//! use meshauth_runtime::client::Credentials;
//!
//! // In a program: `Credentials::discover()?`.
//! let credentials = Credentials::from_json(r#"{
//!   "api_key": "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
//!   "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA"
//! }"#)?;
//!
//! // The `HeaderMap` of hyper, axum and reqwest: `client.get(url).headers(credentials.headers())`.
//! let mut request = http::Request::get("https://api.example.com/v1/accounts").body(())?;
//! credentials.apply(request.headers_mut());
//!
//! assert_eq!(request.headers()["x-group"], "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA");
//! assert!(request.headers()["x-api-key"].is_sensitive());
//! assert!(!format!("{credentials:?} {request:?}").contains("Zm9v"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A key is as safe as the way that it takes: send it over TLS only, and let no client follow a
//! redirect with it. Most take `authorization` off when they are sent to another host, but no
//! `x-api-key`.

mod credentials;
mod discover;
mod error;
mod file;
#[cfg(feature = "tonic")]
mod interceptor;
mod json;
mod limits;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;

#[cfg(feature = "tonic")]
pub use self::interceptor::CredentialsInterceptor;
pub use self::{credentials::Credentials, error::CredentialsError, limits::CREDENTIALS_VARIABLE};
