//! A package that meets every setting, and runs of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use protoc_gen_meshauth::{Builder, Error};
use tempfile::TempDir;

use crate::common::{Proto, proto, texts};

const WALLET: &str = r#"
syntax = "proto3";
package acme.wallet.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "meshtrade/option/method_options/v1/method_options.proto";

// A comment of the message.
message Account {
  string owner = 1;
  repeated string owners = 2;
  map<string, Account> below = 3;
  bytes picture = 4;
  Kind kind = 5;
  google.protobuf.Timestamp opened = 6;
  Note note = 7;
}
message Note { string text = 1; }
enum Kind { KIND_UNSPECIFIED = 0; KIND_OPEN = 1; }

// A comment of the service.
service Wallet {
  // A comment of the method.
  rpc GetAccount(Account) returns (Account) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN]
    };
  }
  rpc WatchAccounts(google.protobuf.Empty) returns (stream Account) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN]
    };
  }
  rpc GetOpen(google.protobuf.Timestamp) returns (google.protobuf.BoolValue) {
    option ($) = {
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN]
    };
  }
}
"#;

pub(crate) struct Project(TempDir);

impl Project {
    pub(crate) fn new() -> Self {
        let loose = proto("loose.proto", "syntax = \"proto3\"; message Loose { string text = 1; }");
        Self::of(&[proto("wallet.proto", WALLET), loose])
    }

    pub(crate) fn of(files: &[Proto]) -> Self {
        let project = Self(TempDir::new().unwrap());
        fs::create_dir(project.out()).unwrap();
        for file in files {
            let path = project.path().join("proto").join(&file.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.text).unwrap();
        }
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    /// Compiles all files with these settings, and gives what was written into the directory.
    pub(crate) fn run(
        &self,
        set: impl FnOnce(Builder) -> Builder,
    ) -> Result<BTreeMap<String, String>, Error> {
        self.run_bare(|builder| set(builder.include_file("mod.rs").out_dir(self.out())))
    }

    /// The same with no settings but these.
    pub(crate) fn run_bare(
        &self,
        set: impl FnOnce(Builder) -> Builder,
    ) -> Result<BTreeMap<String, String>, Error> {
        let protos = self.path().join("proto");
        let names: Vec<String> = texts(&protos).into_keys().collect();
        set(protoc_gen_meshauth::configure()).compile_protos(&names, &[protos])?;
        Ok(texts(&self.out()))
    }
}
