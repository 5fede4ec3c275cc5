//! The caller's side, over a real socket: credentials from a file, on the calls of tonic's
//! generated client.

use std::{fs, path::Path};

use meshauth_runtime::client::{Credentials, CredentialsInterceptor};
use meshauth_tests::{
    api::meshauth::testing::desk::v1::{Note, desk_service_client::DeskServiceClient},
    worlds::{api_key, group_name},
};
use tonic::{Code, Request, service::Interceptor};
use tonic_types::StatusExt;

use crate::{
    log,
    service::{BROKER, BROKER_ADMIN, CORPORATE, INDIVIDUAL, desk, group, start},
};

fn write(path: &Path, user: usize, group: usize) {
    let (key, group) = (api_key(user), group_name(group));
    fs::write(path, format!(r#"{{"api_key": "{key}", "group": "{group}"}}"#)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn load(user: usize, group: usize) -> Credentials {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("credentials.json");
    write(&path, user, group);
    Credentials::load(&path).unwrap()
}

fn note(text: String) -> Request<Note> {
    Request::new(Note { text })
}

#[tokio::test]
async fn calls_with_credentials_from_a_file_are_allowed_as_their_user_in_their_group() {
    let server = start().await;
    let credentials = load(BROKER_ADMIN, CORPORATE);
    let interceptor = CredentialsInterceptor::new(credentials.clone());
    let mut client = DeskServiceClient::with_interceptor(server.channel.clone(), interceptor);

    let found = client.get_desk(note(format!("desk {CORPORATE}"))).await.unwrap().into_inner();
    assert_eq!(found, desk(CORPORATE));
    let watched = client.watch_desks(note(String::new())).await.unwrap();
    assert_eq!(watched.into_inner().message().await.unwrap(), Some(desk(CORPORATE)));
    assert_eq!(server.desks.take_runs(), 2);

    let status = client.get_desk(note(format!("desk {INDIVIDUAL}"))).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);

    let interceptor = CredentialsInterceptor::new(credentials.with_group(group(BROKER)));
    let mut client = DeskServiceClient::with_interceptor(server.channel.clone(), interceptor);
    let found = client.get_desk(note(format!("desk {INDIVIDUAL}"))).await.unwrap().into_inner();
    assert_eq!(found, desk(INDIVIDUAL));
}

#[tokio::test]
async fn t_b01_headers_that_the_caller_has_set_are_replaced() {
    let server = start().await;
    let interceptor = CredentialsInterceptor::new(load(BROKER_ADMIN, CORPORATE));
    let mut client = DeskServiceClient::with_interceptor(server.channel.clone(), interceptor);
    let mut request = note(format!("desk {CORPORATE}"));
    request.metadata_mut().append("x-api-key", api_key(99).parse().unwrap());
    request.metadata_mut().append("x-group", group_name(INDIVIDUAL).parse().unwrap());
    assert_eq!(client.get_desk(request).await.unwrap().into_inner(), desk(CORPORATE));
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_refused() {
    let server = start().await;
    let interceptor = CredentialsInterceptor::new(load(99, CORPORATE));
    let mut client = DeskServiceClient::with_interceptor(server.channel.clone(), interceptor);
    let status = client.get_desk(note(format!("desk {CORPORATE}"))).await.unwrap_err();
    assert_eq!(status.get_details_error_info().unwrap().reason, "CREDENTIALS_INVALID");
}

#[tokio::test]
async fn t_l01_the_key_shows_nowhere_on_its_way() {
    let server = start().await;
    let key = api_key(BROKER_ADMIN);
    let mut interceptor = CredentialsInterceptor::new(load(BROKER_ADMIN, CORPORATE));
    let request = interceptor.call(Request::new(())).unwrap();
    assert_eq!(request.metadata().get("x-api-key").unwrap(), key.as_str());

    let mut client =
        DeskServiceClient::with_interceptor(server.channel.clone(), interceptor.clone());
    let answer = client.get_desk(note(format!("desk {CORPORATE}"))).await.unwrap();
    let status = client.get_desk(note(format!("desk {INDIVIDUAL}"))).await.unwrap_err();
    let shown = format!("{request:?} {interceptor:?} {client:?} {answer:?} {status:?}");
    assert!(shown.contains(&group_name(CORPORATE)));
    assert!(!shown.contains(&key), "{shown}");
    assert!(!log::so_far().contains(&key));
}
