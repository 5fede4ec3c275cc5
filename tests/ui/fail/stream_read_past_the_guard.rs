//! A handler that takes tonic's stream out of the guarded one, to read what is not looked at.

use meshauth_runtime::tonic::Incoming;
use meshauth_tests::api::meshauth::testing::desk::v1::{
    Desk, desk_service_guard::method::PutDesks,
};
use tonic::Streaming;

fn put_desks(requests: Incoming<PutDesks>) -> Streaming<Desk> {
    requests.requests
}

fn main() {}
