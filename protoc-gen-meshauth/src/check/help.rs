//! The lines that would put a breach right.

use prost_reflect::MethodDescriptor;
use prost_types::FileDescriptorProto;

use crate::annotation::{DEFAULT_NAME, Shape};

/// For E11.
pub(super) const SHAPE: &str = "declare it as meshauth does:\n\
    message MethodOptions {\n\
    \u{20} MethodType type = 1;\n\
    \u{20} MethodAccessLevel access_level = 2;\n\
    \u{20} repeated Role roles = 3;\n\
    \u{20} VerificationStatus verification_status = 4;\n\
    }\n\
    extend google.protobuf.MethodOptions { MethodOptions method_options = 50006; }";

/// The import that declares the annotation, where no file of the run shows another.
const DEFAULT_FILE: &str = "meshtrade/option/method_options/v1/method_options.proto";

/// The first words of methods that read.
const READING: [&str; 4] = ["Get", "List", "Search", "Monitor"];

/// A whole annotation, prefilled from the method's name.
pub(super) fn annotation(
    proto: &FileDescriptorProto,
    shape: Option<&Shape>,
    method: &MethodDescriptor,
) -> String {
    let import = shape.map_or_else(|| DEFAULT_FILE.to_owned(), Shape::file);
    let mut lines = vec![String::from("say in the body of the method who may call it:")];
    lines.push(format!("option ({DEFAULT_NAME}) = {{"));
    lines.push(format!("  type: {}", type_value(shape, method.name())));
    lines.push(String::from("  access_level: METHOD_ACCESS_LEVEL_AUTHORISED"));
    lines.push(format!("  roles: [{}]", roles(proto, shape, method)));
    lines.push(String::from("};"));
    if !proto.dependency.contains(&import) {
        lines.push(String::from("and import it at the top of the file:"));
        lines.push(format!("import \"{import}\";"));
    }
    lines.join("\n")
}

/// The value of `type` that the method's name suggests.
pub(super) fn type_value(shape: Option<&Shape>, name: &str) -> String {
    // The whole word: `Getaway` and `Listen` do not read.
    let is_word = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_lowercase());
    let reads = READING.iter().any(|verb| name.strip_prefix(verb).is_some_and(is_word));
    let (word, fallback) =
        if reads { ("READ", "METHOD_TYPE_READ") } else { ("WRITE", "METHOD_TYPE_WRITE") };
    shape
        .and_then(|shape| shape.operation.name_of(shape.operation.meaning(word)))
        .unwrap_or_else(|| fallback.to_owned())
}

/// Roles whose domain is that of the package: who administers it, and for a READ who views it.
pub(super) fn roles(
    proto: &FileDescriptorProto,
    shape: Option<&Shape>,
    method: &MethodDescriptor,
) -> String {
    let reads = type_value(shape, method.name()).ends_with("_READ");
    let levels: &[&str] = if reads { &["ADMIN", "VIEWER"] } else { &["ADMIN"] };
    let segments: Vec<String> = proto.package().split('.').map(str::to_uppercase).collect();
    let names = shape.into_iter().flat_map(|shape| {
        shape.roles.values.values().map(|value| value.name().to_owned()).collect::<Vec<_>>()
    });
    let fits = |name: &String| {
        segments
            .iter()
            .any(|domain| levels.iter().any(|level| *name == format!("ROLE_{domain}_{level}")))
    };
    let fitting: Vec<String> = names.filter(fits).collect();
    if fitting.is_empty() { String::from("ROLE_..") } else { fitting.join(", ") }
}
