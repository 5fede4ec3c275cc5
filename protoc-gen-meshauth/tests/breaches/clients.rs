//! E12: names that tonic's clients have already, where clients are generated.

use protoc_gen_meshauth::{
    Code::{self, E12},
    Error,
};

use crate::common::{
    Proto, Request, accepts, breach, breaches_of, build_with, good_method, proto, wallet,
};

/// What the plugin and a build script say of the file with these options, which must be alike.
#[track_caller]
fn codes(file: &Proto, options: &[&str]) -> Vec<Code> {
    let files = std::slice::from_ref(file);
    let codes = |result: Result<(), Error>| match result {
        Ok(()) => Vec::new(),
        Err(error) => breaches_of(&error).iter().map(|breach| breach.code).collect(),
    };
    let by_plugin = codes(Request::of(files).with(&options.join(",")).execute().map(drop));
    assert_eq!(codes(build_with(files, &["wallet.proto"], options).result), by_plugin);
    by_plugin
}

#[test]
fn e12_a_method_like_a_function_of_the_client() {
    for (method, function) in [
        ("New", "new"),
        ("new", "new"),
        ("WithOrigin", "with_origin"),
        ("WithInterceptor", "with_interceptor"),
        ("SendCompressed", "send_compressed"),
        ("AcceptCompressed", "accept_compressed"),
        ("MaxDecodingMessageSize", "max_decoding_message_size"),
        ("Max_Encoding_Message_Size", "max_encoding_message_size"),
    ] {
        let file = wallet(&good_method(method));
        let message = format!(
            "`acme.wallet.v1.Wallet.{method}` would be the function `{function}` of tonic's client, \
             a name that is taken"
        );
        let help = format!(
            "give the method another name, such as `{method}Wallet`, or give this plugin and \
             tonic's the option `no_client`"
        );
        breach(&file).is(E12, &file.place("rpc"), &message, &help);
        assert_eq!(codes(&file, &["no_client"]), []);
        assert_eq!(codes(&file, &["no_transport"]), [E12]);
        assert_eq!(codes(&file, &["tonic=false"]), []);
    }
}

#[test]
fn e12_connect_where_the_client_can_connect() {
    let file = wallet(&good_method("Connect"));
    let message =
        "`acme.wallet.v1.Wallet.Connect` would be the function `connect` of tonic's client";
    let help = "such as `ConnectWallet`, or give this plugin and tonic's the option `no_client` or \
                `no_transport`";
    breach(&file).is(E12, &file.place("rpc"), message, help);
    for free in ["no_client", "no_transport", "tonic=false"] {
        assert_eq!(codes(&file, &[free]), [], "{free}");
    }
    assert_eq!(codes(&file, &["no_client=false", "no_transport=false"]), [E12]);
}

#[test]
fn e12_the_module_of_a_message_and_that_of_the_client() {
    let file = wallet(&good_method("GetAccount"));
    let file = proto(&file.name, &(file.text + "message WalletClient { message Inner {} }"));
    let message = "`acme.wallet.v1.Wallet` and `acme.wallet.v1.WalletClient` would both be \
                   `wallet_client` in Rust";
    breach(&file).is(E12, &file.place("service"), message, "rename one of the two");
    assert_eq!(codes(&file, &["no_client"]), []);
    // prost makes no module of it.
    let file = proto(&file.name, &file.text.replace("message Inner {}", "bool inner = 1;"));
    accepts(&[file]);
}

#[test]
fn names_like_the_clients_that_are_none_of_it_are_no_breach() {
    for method in ["Connected", "NewAccount", "Clone", "Ready", "FromArc", "Inner"] {
        accepts(&[wallet(&good_method(method))]);
    }
}

/// The settings of tonic's builder count in a build script, and for what is generated.
#[test]
fn e12_follows_the_settings_of_tonics_builder() {
    let method = |name| wallet(&good_method(name));
    let build = |file: &Proto, tonic: tonic_prost_build::Builder, option: Option<&str>| {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join(&file.name);
        std::fs::write(&path, &file.text).unwrap();
        let out = directory.path().join("out");
        std::fs::create_dir(&out).unwrap();
        let builder = protoc_gen_meshauth::configure().tonic(tonic).out_dir(&out);
        let builder = option.into_iter().fold(builder, protoc_gen_meshauth::Builder::option);
        let result = builder.compile_protos(&[path], &[directory.path()]);
        result.map(|()| std::fs::read_to_string(out.join("acme.wallet.v1.rs")).unwrap())
    };
    let tonic = || tonic_prost_build::configure().emit_rerun_if_changed(false);
    let client = "mod wallet_client";

    assert!(build(&method("GetAccount"), tonic(), None).unwrap().contains(client));
    let code = build(&method("New"), tonic().build_client(false), None).unwrap();
    assert!(!code.contains(client) && code.contains("mod wallet_server"), "{code}");
    assert!(!build(&method("New"), tonic(), Some("no_client")).unwrap().contains(client));

    assert!(build(&method("Connect"), tonic(), None).is_err());
    assert!(build(&method("New"), tonic().build_transport(false), None).is_err());
    for (tonic, option) in [(tonic().build_transport(false), None), (tonic(), Some("no_transport"))]
    {
        let code = build(&method("Connect"), tonic, option).unwrap();
        assert!(code.contains(client) && !code.contains("fn connect<"), "{code}");
    }
}
