//! What is not in a table is not there (A05, A11, A13): nothing is open because of how it is named,
//! or of who seems to ask.

use meshauth_runtime::Denial;

use super::{
    answer::Told,
    call::{Call, GET_DESK},
    server::{Wire, start},
};

const CHECK: &str = "/grpc.health.v1.Health/Check";

/// Those whose probes others let in by name.
const PROBES: [&str; 6] = [
    "kube-probe/1.33",
    "GoogleHC/1.0",
    "ELB-HealthChecker/2.0",
    "grpc_health_probe",
    "curl/8.0",
    "",
];

async fn assert_unknown(server: &Wire, call: &Call) {
    let unknown = Told::Denied(Denial::MethodUnknown);
    assert_eq!(server.h2(call).await.told(), unknown);
    assert_eq!(server.h1(call).await.told(), unknown);
    assert_eq!(server.directory.take_calls(), (0, 0));
}

#[tokio::test]
async fn t_a05_no_health_path_is_open_by_its_name_query_or_user_agent() {
    let server = start().await;
    let paths =
        ["/health", "/healthz", "/livez", "/readyz", "/ping", "/metrics", "/favicon.ico", "/"];
    let variants = ["", "?", "?service=", "?x=/health", "#/health"];
    for path in paths.into_iter().chain([CHECK]) {
        for behind in variants {
            let call = Call::get_desk().at(format!("{path}{behind}"));
            assert_unknown(&server, &call).await;
            assert_unknown(&server, &call.by_admin()).await;
        }
        for agent in PROBES {
            let call = Call::get_desk().at(path).with("user-agent", agent);
            assert_unknown(&server, &call).await;
        }
    }
}

#[tokio::test]
async fn t_a05_no_method_is_open_to_a_probe_or_behind_a_health_path() {
    let server = start().await;
    let missing = Told::Denied(Denial::CredentialsMissing);
    for agent in PROBES {
        let call = Call::get_desk().with("user-agent", agent);
        assert_eq!(server.h2(&call).await.told(), missing);
        assert_eq!(server.h1(&call).await.told(), missing);
    }
    for behind in
        ["?/health", "?path=/healthz", "#/health", &format!("?{CHECK}"), &format!("#{CHECK}")]
    {
        let call = Call::get_desk().at(format!("{GET_DESK}{behind}"));
        assert_eq!(server.h2(&call).await.told(), missing);
        assert_eq!(server.h1(&call).await.told(), missing);
    }
    for path in [
        format!("/health{GET_DESK}"),
        format!("{GET_DESK}/health"),
        format!("{CHECK}/..{GET_DESK}"),
    ] {
        assert_unknown(&server, &Call::get_desk().by_admin().at(path)).await;
    }
}

#[tokio::test]
async fn t_a11_a_method_without_a_policy_is_denied_to_everyone() {
    let server = start().await;
    for path in [
        "/meshauth.testing.desk.v1.DeskService/DeleteDesk",
        "/meshauth.testing.desk.v2.DeskService/GetDesk",
        "/meshauth.testing.desk.v1.HouseService/GetDesk",
        // Of the same API, but not mounted here.
        "/meshtrade.wallet.account.v1.AccountService/GetAccount",
        "/etcdserverpb.Cluster/MemberList",
    ] {
        for call in [Call::get_desk(), Call::get_desk().by(99, 99), Call::get_desk().by_admin()] {
            assert_unknown(&server, &call.at(path)).await;
        }
    }
}

#[tokio::test]
async fn t_a13_health_reflection_and_debug_endpoints_are_denied() {
    let server = start().await;
    for path in [
        CHECK,
        "/grpc.health.v1.Health/Watch",
        "/grpc.health.v1.Health/List",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/grpc.channelz.v1.Channelz/GetTopChannels",
        "/grpc.admin.v1.Admin/Get",
        "/debug/pprof/",
        "/debug/pprof/cmdline",
        "/playground",
        "/metrics",
    ] {
        assert_unknown(&server, &Call::get_desk().at(path)).await;
        assert_unknown(&server, &Call::get_desk().by_admin().at(path)).await;
    }
}
