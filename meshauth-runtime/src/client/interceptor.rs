//! Credentials on the calls of a tonic client.

use tonic::{Request, Status, service::Interceptor};

use super::credentials::Credentials;

/// Puts credentials onto every call of a tonic client.
///
/// ```
/// use meshauth_runtime::client::{Credentials, CredentialsInterceptor};
/// use tonic::{Request, service::Interceptor};
///
/// # fn call(credentials: Credentials) -> Result<(), tonic::Status> {
/// // `AccountServiceClient::with_interceptor(channel, interceptor)` does this for every call.
/// let mut interceptor = CredentialsInterceptor::new(credentials);
/// let request = interceptor.call(Request::new(()))?;
///
/// assert!(request.metadata().contains_key("x-group"));
/// assert!(request.metadata().get("x-api-key").is_some_and(|key| key.is_sensitive()));
/// # Ok(())
/// # }
/// # let text = r#"{ "api_key": "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE",
/// #     "group": "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA" }"#;
/// # call(Credentials::from_json(text)?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CredentialsInterceptor {
    credentials: Credentials,
}

impl CredentialsInterceptor {
    /// An interceptor with these credentials.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials }
    }
}

impl Interceptor for CredentialsInterceptor {
    /// Replaces what the request has of the two headers.
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        self.credentials.apply(request.metadata_mut().as_mut());
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE";
    const GROUP: &str = "groups/01JD8Q5V9WXKZ3T7B2N4M6P8RA";

    fn interceptor() -> CredentialsInterceptor {
        let text = format!(r#"{{"api_key": "{KEY}", "group": "{GROUP}"}}"#);
        CredentialsInterceptor::new(Credentials::from_json(&text).unwrap())
    }

    #[test]
    fn t_b01_what_a_caller_has_set_is_replaced() {
        let mut request = Request::new(());
        for _ in 0..2 {
            request.metadata_mut().append("x-api-key", "another".parse().unwrap());
            request.metadata_mut().append("x-group", "another".parse().unwrap());
        }
        request.metadata_mut().insert("other", "stays".parse().unwrap());
        let request = interceptor().clone().call(request).unwrap();
        let all = |name| -> Vec<_> { request.metadata().get_all(name).iter().collect() };
        assert_eq!(all("x-api-key"), [KEY]);
        assert_eq!(all("x-group"), [GROUP]);
        assert_eq!(all("other"), ["stays"]);
    }

    #[test]
    fn t_l01_neither_the_request_nor_the_interceptor_shows_the_key() {
        let mut interceptor = interceptor();
        let request = interceptor.call(Request::new(())).unwrap();
        let shown = format!("{request:?} {request:#?} {interceptor:?} {interceptor:#?}");
        assert!(!shown.contains(&KEY[..8]), "{shown}");
        assert!(shown.contains(GROUP), "{shown}");
    }
}
