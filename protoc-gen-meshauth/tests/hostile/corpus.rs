//! Valid requests to begin with. They are small, because most of a request would otherwise be
//! `descriptor.proto`: it is cut to what the annotation needs.

use prost::Message;

use crate::common::{self, PROTO2, Proto, Request, declarations, good_method, proto, wallet};

/// As much of `descriptor.proto` as an extension of methods needs.
const DESCRIPTOR: &str = "
syntax = \"proto2\";
package google.protobuf;
message MethodOptions {
  enum IdempotencyLevel { IDEMPOTENCY_UNKNOWN = 0; NO_SIDE_EFFECTS = 1; IDEMPOTENT = 2; }
  optional bool deprecated = 33;
  optional IdempotencyLevel idempotency_level = 34;
  extensions 1000 to max;
}
";

/// As many roles as the corpus needs.
const ROLES: &str = "
syntax = \"proto3\";
package meshtrade.iam.role.v1;
enum Role {
  ROLE_UNSPECIFIED = 0;
  ROLE_WALLET_ADMIN = 1000000;
  ROLE_WALLET_VIEWER = 1000001;
}
";

const ANNOTATION: &str = "
    option ($) = {
      type: METHOD_TYPE_WRITE
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]
      verification_status: VERIFICATION_STATUS_VERIFIED
    };";

const PUBLIC: &str = "
    option ($) = { type: METHOD_TYPE_READ access_level: METHOD_ACCESS_LEVEL_PUBLIC };";

const STREAMS: &str = "
syntax = \"proto3\";
package acme.streams.v1;
import \"meshtrade/option/method_options/v1/method_options.proto\";
// What is sent.
message Note { string text = 1; optional int32 size = 2; }
// Sends notes.
service Notes {
  // One for one.
  rpc Unary(Note) returns (Note) {@}
  rpc Up(stream Note) returns (Note) {@}
  rpc Down(Note) returns (stream Note) {@}
  rpc Both(stream Note) returns (stream Note) {#}
}
";

const RESOURCES: &str = "
syntax = \"proto2\";
package acme.resources.v1;
import \"meshtrade/option/method_options/v1/method_options.proto\";
import \"acme/shared/v1/shared.proto\";
message Account {
  optional string name = 1;
  required string owner = 2;
  repeated string owners = 3;
  optional Account parent = 4;
  extensions 100 to 200;
}
message Request {
  map<string, Account> by_name = 1;
  repeated Account all = 2;
  required Account one = 3;
  oneof choice { Account chosen = 4; string named = 5; acme.shared.v1.Outer.Inner.Core core = 6; }
  optional group Extra = 7 { optional int32 size = 1; }
}
service Accounts {
  rpc Change(Request) returns (Account) {@}
  rpc Share(acme.shared.v1.Outer.Inner.Core) returns (acme.shared.v1.Outer.Inner) {@}
}
";

const SHARED: &str = "
syntax = \"proto3\";
package acme.shared.v1;
message Outer {
  message Inner {
    message Core { string owner = 1; repeated string owners = 2; }
    Core core = 1;
    repeated Outer around = 2;
  }
  enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; }
  Colour colour = 1;
}
";

const KEYWORDS: &str = "
syntax = \"proto3\";
package type.crate.self;
import \"meshtrade/option/method_options/v1/method_options.proto\";
message match { string owner = 1; repeated string owners = 2; }
message Self { match match = 1; oneof type { match impl = 2; string fn = 3; } }
service super {
  rpc async(match) returns (Self) {@}
  rpc r(Self) returns (stream match) {@}
  rpc self(Self) returns (match) {#}
}
service abstract { rpc try(match) returns (match) {#} }
";

const NO_PACKAGE: &str = "
syntax = \"proto3\";
message Account { string owner = 1; repeated string owners = 2; }
";

/// Valid requests, encoded, with a name each; in the last one no annotation is found.
pub(crate) fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let shared = filled("acme/shared/v1/shared.proto", SHARED);
    let resources = filled("resources.proto", RESOURCES);
    let (streams, keywords) =
        (filled("streams.proto", STREAMS), filled("keywords.proto", KEYWORDS));
    let no_package = filled("no_package.proto", NO_PACKAGE);
    let wallet = wallet(&good_method("GetAccount"));
    let options = "flat_output_dir,extern_path=.acme.shared=::shared,no_include=false";
    let several = [wallet.clone(), shared.clone(), streams.clone(), keywords.clone()];
    let elsewhere = [("meshtrade.option.method_options.v1", "meshtrade.option.v2")];
    let unannotated = common::wallet("rpc GetAccount(M) returns (M);");
    let all = [
        ("wallet", of(&[], std::slice::from_ref(&wallet))),
        ("streams", of(&[], &[streams])),
        ("resources", of(&[], &[shared, resources])),
        ("keywords", of(&[], &[keywords])),
        ("several", of(&[], &several).with(options)),
        ("no_package", of(&[], &[no_package]).with("default_package_filename=root")),
        ("proto2", of(PROTO2, &[wallet]).with("no_include")),
        ("elsewhere", of(&elsewhere, &[unannotated])),
    ];
    all.map(|(name, request)| (name, request.encode_to_vec())).into()
}

fn filled(name: &str, text: &str) -> Proto {
    proto(name, &text.replace('@', ANNOTATION).replace('#', PUBLIC))
}

/// A request for these files, with something replaced in the annotation's protos.
fn of(replacements: &[(&str, &str)], files: &[Proto]) -> Request {
    let mut all = declarations(replacements);
    all.retain(|file| !file.name.contains("/role/"));
    all.push(proto("meshtrade/iam/role/v1/role.proto", ROLES));
    all.extend_from_slice(files);
    // Compiling takes the whole `descriptor.proto`.
    let name = "google/protobuf/descriptor.proto";
    let mut request = Request::of(&all).swap(name, &Request::of(&[proto(name, DESCRIPTOR)]));
    request.file_to_generate.retain(|name| files.iter().any(|file| file.name == *name));
    request
}
