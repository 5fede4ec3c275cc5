//! The annotation's own protos, which come with the crate.

/// The full name of the annotation.
pub(crate) const ANNOTATION: &str = "meshtrade.option.method_options.v1.method_options";

/// The protos that declare the annotation and the roles: the path by which they are imported, and
/// the text.
pub const PROTOS: [(&str, &str); 2] = [
    (
        "meshtrade/option/method_options/v1/method_options.proto",
        include_str!("../proto/meshtrade/option/method_options/v1/method_options.proto"),
    ),
    ("meshtrade/iam/role/v1/role.proto", include_str!("../proto/meshtrade/iam/role/v1/role.proto")),
];
