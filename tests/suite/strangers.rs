//! What a stranger can find out: over a socket, by all that an answer holds and by the look-ups that
//! it takes. How long it takes is measured by `benches/timing.rs`.

use std::collections::BTreeSet;

use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_client::DeskServiceClient},
    worlds::{api_key, group_name},
};
use tonic::{Code, Request, Status, codegen::http};

use crate::service::{BROKER, INACTIVE, INCONSISTENT, Running, UNKNOWN, start};

/// An index that no user has.
const NOBODY: usize = 99;

fn request(user: Option<usize>, group: Option<&str>) -> Request<Note> {
    let mut request = Request::new(Note::default());
    let key = user.map(api_key);
    for (name, value) in [("x-api-key", key.as_deref()), ("x-group", group)] {
        if let Some(value) = value {
            request.metadata_mut().insert(name, value.parse().unwrap());
        }
    }
    request
}

/// All that tells one answer from another, without what HTTP adds.
fn told(status: &Status) -> (i32, String, Vec<u8>, BTreeSet<String>) {
    let headers = status.metadata().clone().into_headers();
    let names = headers.keys().map(|name| name.as_str().to_owned()).collect();
    (status.code() as i32, status.message().to_owned(), status.details().to_vec(), names)
}

#[tokio::test]
async fn t_h01_an_unknown_key_and_that_of_an_inactive_user_get_one_answer_by_one_look_up() {
    let server = start().await;
    let mut answers = BTreeSet::new();
    let [known, unknown, inconsistent] = [BROKER, UNKNOWN, INCONSISTENT].map(group_name);
    for user in [NOBODY, INACTIVE] {
        for group in [Some(&*known), Some(&*unknown), Some(&*inconsistent), Some("?"), None] {
            let mut client = DeskServiceClient::new(server.channel.clone());
            let status = client.get_desk(request(Some(user), group)).await.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated);
            // All look-ups, and those of groups.
            assert_eq!(server.directory.take_calls(), (1, 0));
            answers.insert(told(&status));
        }
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
}

async fn call_path(server: &Running, path: &'static str, user: Option<usize>) -> Status {
    let mut grpc = tonic::client::Grpc::new(server.channel.clone());
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<Note, Note>::default();
    let path = http::uri::PathAndQuery::from_static(path);
    grpc.unary(request(user, None), path, codec).await.unwrap_err()
}

/// Pinned, and documented with `Denial::MethodUnknown`: which methods there are is no secret, the
/// protos are public. It costs the directory nothing, whoever asks.
#[tokio::test]
async fn t_h04_a_stranger_is_told_which_methods_there_are_and_loads_no_directory() {
    let server = start().await;
    let mut answers = BTreeSet::new();
    for path in [
        "/meshauth.testing.desk.v1.DeskService/NoSuchMethod",
        "/meshauth.testing.desk.v1.DeskService/getDesk",
        "/meshauth.testing.desk.v1.NoSuchService/GetDesk",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        for user in [None, Some(NOBODY), Some(crate::service::BROKER_ADMIN)] {
            let status = call_path(&server, path, user).await;
            assert_eq!(status.code(), Code::Unimplemented, "{path}");
            answers.insert(told(&status));
        }
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    let known = "/meshauth.testing.desk.v1.DeskService/GetDesk";
    assert_eq!(call_path(&server, known, None).await.code(), Code::Unauthenticated);
    assert_eq!(server.directory.take_calls(), (0, 0));
}
