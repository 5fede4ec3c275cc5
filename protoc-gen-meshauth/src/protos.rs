//! The protos that come with the crate, and what they declare.

/// The full name of the annotation.
pub(crate) const ANNOTATION: &str = "meshtrade.option.method_options.v1.method_options";

/// The full name of the safeguards.
pub(crate) const SAFEGUARDS: &str = "meshauth.option.v1.safeguards";

/// The file that declares the safeguards.
pub(crate) const SAFEGUARDS_FILE: &str = PROTOS[2].0;

/// The number of the safeguards, where no file of a run declares them: it stands in their proto alone.
pub(crate) const SAFEGUARDS_NUMBER: u32 = number_of("Safeguards safeguards = ", PROTOS[2].1);

/// The protos that declare the annotation, the roles and the safeguards: the path by which they are
/// imported, and the text.
pub const PROTOS: [(&str, &str); 3] = [
    (
        "meshtrade/option/method_options/v1/method_options.proto",
        include_str!("../proto/meshtrade/option/method_options/v1/method_options.proto"),
    ),
    ("meshtrade/iam/role/v1/role.proto", include_str!("../proto/meshtrade/iam/role/v1/role.proto")),
    (
        "meshauth/option/v1/safeguards.proto",
        include_str!("../proto/meshauth/option/v1/safeguards.proto"),
    ),
];

/// The number behind the declaration in the text, which has it once.
const fn number_of(declaration: &str, text: &str) -> u32 {
    let (declaration, text) = (declaration.as_bytes(), text.as_bytes());
    let mut start = 0;
    while !is_at(declaration, text, start) {
        start += 1;
    }
    let mut at = start + declaration.len();
    let mut number = 0;
    while text[at].is_ascii_digit() {
        number = number * 10 + (text[at] - b'0') as u32;
        at += 1;
    }
    number
}

const fn is_at(wanted: &[u8], text: &[u8], start: usize) -> bool {
    let mut at = 0;
    while at < wanted.len() {
        if text[start + at] != wanted[at] {
            return false;
        }
        at += 1;
    }
    true
}
