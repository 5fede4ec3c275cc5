//! The twin of `fail/stream_*`: a guarded stream is read like tonic's, and looked at on the way.

use meshauth_runtime::tonic::Incoming;
use meshauth_tests::api::meshauth::testing::desk::v1::desk_service_guard::method::PutDesks;
use tonic::Status;

async fn put_desks(mut requests: Incoming<PutDesks>) -> Result<usize, Status> {
    let mut desks = 0;
    while let Some(desk) = requests.message().await? {
        desks += usize::from(!desk.name.is_empty());
    }
    Ok(desks)
}

fn main() {}
