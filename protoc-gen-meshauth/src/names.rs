//! Names in Rust, by the rules of prost and tonic: the tests hold them against prost's.

use std::borrow::Cow;

use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_build::Module;

/// The keywords of all editions, reserved ones too, in order.
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

const LONGEST_KEYWORD: usize = 8;

/// Whether a name is an identifier in every edition as it is.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
        && (name.len() > LONGEST_KEYWORD || KEYWORDS.binary_search(&name).is_err())
}

/// A name as prost writes functions, fields and modules.
pub(crate) fn snake(name: &str) -> Cow<'_, str> {
    if is_plain(name) {
        // Most names of methods have a capital for each word.
        let camel = is_upper_camel(name);
        let snake = if camel { Cow::Owned(tonic_snake(name)) } else { field_snake(name) };
        if is_plain(&snake) {
            return snake;
        }
    }
    // The one public way to prost's own rule.
    Cow::Owned(Module::from_protobuf_package_name(name).parts().collect())
}

/// A name as prost writes fields of messages, before keywords are escaped.
pub(crate) fn field_snake(name: &str) -> Cow<'_, str> {
    // Most names are written so already.
    let is_snake = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !name.starts_with('_')
        && !name.ends_with('_')
        && !name.contains("__");
    if is_snake { Cow::Borrowed(name) } else { Cow::Owned(name.to_snake_case()) }
}

/// A name as prost writes types, by its own rule.
pub(crate) fn upper_camel(name: &str) -> Cow<'_, str> {
    if is_upper_camel(name) {
        return Cow::Borrowed(name);
    }
    let camel = name.to_upper_camel_case();
    Cow::Owned(match camel.as_str() {
        "Self" => String::from("Self_"),
        digit if digit.starts_with(|c: char| c.is_numeric()) => format!("_{camel}"),
        _ => camel,
    })
}

/// Whether a name is certain to stay as it is, as most names of types do: every capital starts a
/// word.
fn is_upper_camel(name: &str) -> bool {
    let bytes = name.as_bytes();
    let starts_a_word = |pair: &[u8]| !pair[0].is_ascii_uppercase() || pair[1].is_ascii_lowercase();
    bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.first().is_some_and(u8::is_ascii_uppercase)
        && bytes.last().is_some_and(|last| !last.is_ascii_uppercase())
        && bytes.windows(2).all(starts_a_word)
        && name != "Self"
}

/// The module of a service's guard: the case rule of tonic's server modules, which is not prost's.
pub(crate) fn guard_module(rust_name: &str) -> String {
    format!("{}_guard", tonic_snake(rust_name))
}

/// The module of tonic's server for a service.
pub(crate) fn server_module(rust_name: &str) -> String {
    format!("{}_server", tonic_snake(rust_name))
}

/// The module of tonic's client for a service.
pub(crate) fn client_module(rust_name: &str) -> String {
    format!("{}_client", tonic_snake(rust_name))
}

fn tonic_snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        snake.push(character.to_ascii_lowercase());
        if characters.peek().is_some_and(|next| next.is_uppercase()) {
            snake.push('_');
        }
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_follow_the_rule_of_tonic() {
        assert_eq!(guard_module("AccountService"), "account_service_guard");
        assert_eq!(guard_module("ABService"), "a_b_service_guard");
        assert_eq!(server_module("OAuth2Http"), "o_auth2_http_server");
    }

    #[test]
    fn functions_and_types_follow_the_rule_of_prost() {
        assert_eq!(snake("GetAPIUser"), "get_api_user");
        assert_eq!(snake("Match"), "r#match");
        assert_eq!(snake("Self"), "self_");
        assert_eq!(upper_camel("list_2fa_THINGS"), "List2faThings");
        assert_eq!(upper_camel("self"), "Self_");
        assert_eq!(upper_camel("APIUserService"), "ApiUserService");
    }

    #[test]
    fn keywords_are_in_order_and_no_keyword_is_plain() {
        assert!(KEYWORDS.is_sorted());
        assert_eq!(KEYWORDS.map(str::len).into_iter().max(), Some(LONGEST_KEYWORD));
        for keyword in KEYWORDS {
            assert!(!is_plain(keyword));
            let by_prost: String = Module::from_protobuf_package_name(keyword).parts().collect();
            assert_eq!(snake(keyword), by_prost);
        }
        for name in ["account", "Account", "a1", "as_", "a__b"] {
            assert!(is_plain(name) && syn::parse_str::<syn::Ident>(name).is_ok(), "{name}");
        }
        assert!(["", "_", "_a", "1a", "a-b", "r#as", "ä"].iter().all(|name| !is_plain(name)));
    }

    /// What is not sent through heck comes out as heck would write it.
    #[test]
    fn names_that_stay_are_those_that_heck_leaves() {
        let letters = ["A", "B", "a", "b", "1", "2", "_", "Self", "Get"];
        let mut state = 5_u64;
        let mut random = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % limit
        };
        let (mut camels, mut snakes) = (0, 0);
        for _ in 0..200_000 {
            let name: String = (0..=random(7)).map(|_| letters[random(letters.len())]).collect();
            if is_upper_camel(&name) {
                assert_eq!(name.to_upper_camel_case(), name);
                camels += 1;
            }
            let snake = field_snake(&name);
            assert_eq!(snake, name.to_snake_case());
            let by_prost: String = Module::from_protobuf_package_name(&name).parts().collect();
            assert_eq!(super::snake(&name), by_prost);
            snakes += usize::from(matches!(snake, Cow::Borrowed(_)));
        }
        assert!(camels > 1_000 && snakes > 1_000, "{camels} {snakes}");
    }
}
