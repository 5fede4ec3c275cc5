//! The names that each of tonic's clients has already, for E12.

use crate::{names::snake, options::Options};

/// The functions of a client, beside those of the service's methods.
const FUNCTIONS: [&str; 7] = [
    "accept_compressed",
    "max_decoding_message_size",
    "max_encoding_message_size",
    "new",
    "send_compressed",
    "with_interceptor",
    "with_origin",
];

/// The function of a client with tonic's own transport.
const CONNECT: &str = "connect";

/// The function of tonic's client that a method of this name would be, too.
pub(super) fn taken(method: &str, options: &Options) -> Option<&'static str> {
    if !options.has_clients() {
        return None;
    }
    let function = snake(method);
    let connect = (!options.no_transport).then_some(CONNECT);
    FUNCTIONS.into_iter().chain(connect).find(|taken| *taken == function)
}

/// What to do about it.
pub(super) fn help(method: &str, service: &str, function: &str) -> String {
    let free = if function == CONNECT { "`no_client` or `no_transport`" } else { "`no_client`" };
    format!(
        "give the method another name, such as `{method}{service}`, or give this plugin and tonic's \
         the option {free}"
    )
}
