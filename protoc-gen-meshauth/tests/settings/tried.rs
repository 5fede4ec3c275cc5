//! The settings that are followed, and how that shows.

use protoc_gen_meshauth::Builder;

pub(crate) const TONIC: &str = "tonic-prost-build";
pub(crate) const PROST: &str = "prost-build";

const WALLET: &str = "acme.wallet.v1.rs";
const GUARDS: &str = "acme.wallet.v1.meshauth.rs";

pub(crate) struct Tried {
    pub(crate) of: &'static str,
    pub(crate) name: &'static str,
    pub(crate) apply: fn(Builder) -> Builder,
    pub(crate) effect: Effect,
}

/// What a setting does to a file.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    Adds(&'static str, &'static str),
    Removes(&'static str, &'static str),
    /// Nothing that shows in these files.
    None,
}
use Effect::{Adds, Removes};

/// A setting of tonic's builder.
macro_rules! tonic {
    ($name:ident($($argument:expr),*), $effect:expr) => {
        Tried {
            of: TONIC,
            name: stringify!($name),
            apply: |builder| builder.tonic(tonic_prost_build::configure().$name($($argument),*)),
            effect: $effect,
        }
    };
}

/// A setting of prost's config.
macro_rules! prost {
    ($name:ident($($argument:expr),*), $effect:expr) => {
        Tried {
            of: PROST,
            name: stringify!($name),
            apply: |builder| {
                let mut config = prost_build::Config::new();
                config.$name($($argument),*);
                builder.prost(config)
            },
            effect: $effect,
        }
    };
}

/// An attribute that changes nothing, and is nowhere else.
const MARK: &str = "#[allow(clippy::inline_always)]";

pub(crate) const ALL: &[Tried] = &[
    tonic!(build_client(false), Removes(WALLET, "pub mod wallet_client")),
    tonic!(build_transport(false), Removes(WALLET, "tonic::transport")),
    tonic!(
        extern_path(".acme.wallet.v1.Note", "::prost_types::Duration"),
        Adds(WALLET, "::prost_types::Duration")
    ),
    tonic!(field_attribute("text", MARK), Adds(WALLET, MARK)),
    tonic!(message_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(enum_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(type_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(boxed(".acme.wallet.v1.Account.note"), Adds(WALLET, "boxed::Box<Note>")),
    tonic!(btree_map("."), Adds(WALLET, "BTreeMap<")),
    tonic!(bytes("."), Adds(WALLET, "::prost::bytes::Bytes")),
    tonic!(server_mod_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(server_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(trait_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(client_mod_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(client_attribute(".", MARK), Adds(WALLET, MARK)),
    tonic!(compile_well_known_types(true), Adds("google.protobuf.rs", "pub struct Timestamp")),
    // meshauth gives tonic the paths of the types, so it works either way.
    tonic!(with_extended_rust_types(true), Effect::None),
    tonic!(codec_path("::tonic_prost::ProstCodec"), Adds(WALLET, "= ::tonic_prost::ProstCodec")),
    tonic!(
        disable_comments(["acme.wallet.v1.Wallet"]),
        Removes(WALLET, "A comment of the service")
    ),
    tonic!(
        disable_comments(["acme.wallet.v1.Wallet.GetAccount"]),
        Removes(GUARDS, "A comment of the method")
    ),
    tonic!(skip_debug(["."]), Adds(WALLET, "#[prost(skip_debug)]")),
    prost!(btree_map(["."]), Adds(WALLET, "BTreeMap<")),
    prost!(bytes(["."]), Adds(WALLET, "::prost::bytes::Bytes")),
    prost!(field_attribute("text", MARK), Adds(WALLET, MARK)),
    prost!(type_attribute(".", MARK), Adds(WALLET, MARK)),
    prost!(message_attribute(".", MARK), Adds(WALLET, MARK)),
    prost!(enum_attribute(".", MARK), Adds(WALLET, MARK)),
    prost!(boxed(".acme.wallet.v1.Account.note"), Adds(WALLET, "boxed::Box<Note>")),
    prost!(compile_well_known_types(), Adds("google.protobuf.rs", "pub struct Timestamp")),
    prost!(disable_comments(["."]), Removes(WALLET, "A comment of the message")),
    prost!(skip_debug(["."]), Adds(WALLET, "#[prost(skip_debug)]")),
    prost!(
        extern_path(".acme.wallet.v1.Note", "::prost_types::Duration"),
        Adds(WALLET, "::prost_types::Duration")
    ),
    prost!(retain_enum_prefix(), Adds(WALLET, "KindOpen = 1")),
    prost!(default_package_filename("loose"), Adds("loose.rs", "pub struct Loose")),
    prost!(enable_type_names(), Adds(WALLET, "impl ::prost::Name for Account")),
    Tried {
        of: PROST,
        name: "type_name_domain",
        apply: |builder| {
            let mut config = prost_build::Config::new();
            config.enable_type_names().type_name_domain(["."], "acme.dev");
            builder.prost(config)
        },
        effect: Adds(WALLET, "acme.dev/acme.wallet.v1.Account"),
    },
    prost!(prost_path("::tonic_prost::prost"), Adds(WALLET, "::tonic_prost::prost::Message")),
    prost!(prost_types_path("crate::types"), Adds(WALLET, "crate::types::Timestamp")),
    // prost and tonic write these files in order as they are.
    prost!(format(false), Effect::None),
];
