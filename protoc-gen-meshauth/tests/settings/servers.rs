//! Servers that are not there, or on a condition: a client needs no runtime, and a guard is where its
//! server is.

use crate::{common::proto, compile, project::Project, tried::TONIC};

pub(crate) const TRIED: &[(&str, &str)] = &[(TONIC, "build_server")];

const GUARDS: &str = "acme.wallet.v1.meshauth.rs";

#[test]
fn a_client_needs_no_runtime_and_a_guard_is_where_its_server_is() {
    let mut generated = compile::Crate::with_optional_runtime("servers");

    let project = Project::new();
    let client = || tonic_prost_build::configure().build_server(false);
    let written = project.run(|builder| builder.tonic(client())).unwrap();
    let code = &written["acme.wallet.v1.rs"];
    assert!(code.contains("pub mod wallet_client") && !code.contains("meshauth"), "{code}");
    assert!(!written.contains_key(GUARDS));
    generated.add("client", &project.out());

    // A package with only a resource is on the condition, too: its code needs the runtime.
    let project = Project::new();
    let resource = "syntax = \"proto3\"; package acme.held.v1;
        message Held { string owner = 1; repeated string owners = 2; }";
    std::fs::write(project.path().join("proto/held.proto"), resource).unwrap();
    let attribute = "#[cfg(feature = \"server\")]";
    let tonic = tonic_prost_build::configure().server_mod_attribute(".", attribute);
    let written = project.run(|builder| builder.tonic(tonic)).unwrap();
    for package in ["acme.wallet.v1", "acme.held.v1"] {
        let code = &written[&format!("{package}.rs")];
        let include = format!("{attribute}\ninclude!(\"{package}.meshauth.rs\");\n");
        assert!(code.ends_with(&include), "{code}");
    }
    generated.add("conditional", &project.out());

    if !compile::is_asked_for() {
        return;
    }
    generated.check("2024").unwrap();
    generated.check_with("2024", &["--features", "server"]).unwrap();
}

#[test]
fn a_condition_holds_for_the_packages_that_tonic_gives_it_to() {
    let project = Project::new();
    let tonic = tonic_prost_build::configure()
        .server_mod_attribute("acme.bank.v1", "#[cfg(unix)]")
        .server_mod_attribute("acme.bank.v1", "#[cfg(not(test))] #[allow(missing_docs)]");
    let bank = std::fs::read_to_string(project.path().join("proto/wallet.proto")).unwrap();
    let bank = proto("bank.proto", &bank.replace("acme.wallet.v1", "acme.bank.v1"));
    std::fs::write(project.path().join("proto/bank.proto"), bank.text).unwrap();
    let written = project.run(|builder| builder.tonic(tonic)).unwrap();
    let conditions =
        "\n#[cfg(unix)]\n#[cfg(not (test))]\ninclude!(\"acme.bank.v1.meshauth.rs\");\n";
    assert!(written["acme.bank.v1.rs"].ends_with(conditions), "{}", written["acme.bank.v1.rs"]);
    let include = "}\ninclude!(\"acme.wallet.v1.meshauth.rs\");\n";
    assert!(written["acme.wallet.v1.rs"].ends_with(include));
}

#[test]
fn tables_without_guards_leave_the_client() {
    let written = Project::new().run(|builder| builder.option("tonic=false")).unwrap();
    let code = &written["acme.wallet.v1.rs"];
    assert!(code.contains("pub mod wallet_client"), "{code}");
    assert!(!code.contains("pub mod wallet_server"), "{code}");
    assert!(written[GUARDS].contains("pub static POLICY"));
    // The tables are wanted, whatever tonic builds.
    let tonic = tonic_prost_build::configure().build_server(false).build_client(false);
    let written = Project::new().run(|builder| builder.tonic(tonic).option("tonic=false")).unwrap();
    assert!(!written["acme.wallet.v1.rs"].contains("_client"));
    assert!(written[GUARDS].contains("pub static POLICY"));
}

#[test]
fn what_has_no_server_is_checked_all_the_same() {
    let project = Project::new();
    let path = project.path().join("proto/wallet.proto");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("roles: [ROLE_WALLET_ADMIN]", "")).unwrap();
    let tonic = tonic_prost_build::configure().build_server(false);
    let error = project.run(|builder| builder.tonic(tonic)).unwrap_err();
    assert!(error.to_string().contains("error[E04]"), "{error}");
}

/// `disable_package_emission` of protoc-gen-tonic, or a file that somebody changed: calls of such a
/// server would be UNIMPLEMENTED, however it is mounted.
#[test]
fn a_server_without_its_package_does_not_compile() {
    if !compile::is_asked_for() {
        return;
    }
    for (name, is_right) in [("acme.wallet.v1.Wallet", true), ("Wallet", false)] {
        let project = Project::new();
        let written = project.run(|builder| builder).unwrap();
        let (from, to) = ("= \"acme.wallet.v1.Wallet\"", format!("= \"{name}\""));
        let code = &written["acme.wallet.v1.rs"];
        assert!(code.contains(from), "tonic names its server in another way");
        let path = project.out().join("acme.wallet.v1.rs");
        std::fs::write(path, code.replace(from, &to)).unwrap();
        let mut generated = compile::Crate::new("name");
        generated.add("name", &project.out());
        match generated.check("2024") {
            Ok(()) => assert!(is_right, "it compiles"),
            Err(error) => {
                let says = "tonic generated this server under another name";
                assert!(!is_right && error.contains(says), "{error}");
                assert!(error.contains("(\"acme.wallet.v1.Wallet\")"), "{error}");
            }
        }
    }
}
