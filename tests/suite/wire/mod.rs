//! What callers can do to a service on the wire that no well-behaved client does: odd paths, methods
//! and headers (sections A and B of the threats), over raw HTTP/2 and raw HTTP/1.1.

mod answer;
mod call;
mod frames;
mod hpack;
mod server;
mod text;

mod connection;
mod headers;
mod hop;
mod http1;
mod methods;
mod once;
mod paths;
mod trailers;
mod unknown;
mod web;
