//! Rust names and paths, by prost's rules.
//!
//! prost resolves the types of services: package, nesting, `extern_path` and well-known types
//! included. So it is asked for the paths of messages through a service that is only there to be
//! resolved. Names without a path follow a rule of their own.

use std::{borrow::Cow, cell::RefCell, collections::HashMap, rc::Rc};

use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_build::{Module, ServiceGenerator};
use prost_types::{FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

use crate::{
    descriptor::full_name,
    error::{Error, ErrorKind},
    options::Options,
    policy::Package,
};

/// A name that no proto can have: identifiers do not hold a hyphen.
const MESSAGES: &str = "meshauth-messages";

/// The paths of messages in the module of a package, from prost.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By package, then by full name.
    messages: HashMap<String, HashMap<String, String>>,
}

impl Names {
    /// The path of a message in the module of the package.
    pub(crate) fn message(&self, package: &str, full_name: &str) -> Option<&str> {
        self.messages.get(package)?.get(full_name).map(String::as_str)
    }

    fn record(&mut self, question: prost_build::Service) {
        let paths = self.messages.entry(question.package).or_default();
        for method in question.methods {
            for (reference, path) in [
                (method.input_proto_type, method.input_type),
                (method.output_proto_type, method.output_type),
            ] {
                paths.insert(full_name(&reference).to_owned(), path);
            }
        }
    }
}

/// Asks prost for the paths of the packages' messages, under the options of this run.
pub(crate) fn resolve(packages: &[Package], options: &Options) -> Result<Names, Error> {
    let mut questions = Vec::new();
    ask_for_messages(&mut questions, packages);

    let (recorder, names) = Recorder::new(None);
    let mut config = prost_build::Config::new();
    options.configure(&mut config);
    config.service_generator(Box::new(recorder));
    let module = |file: &FileDescriptorProto| Module::from_protobuf_package_name(file.package());
    let requests = questions.into_iter().map(|file| (module(&file), file)).collect();
    config.generate(requests).map_err(|error| ErrorKind::Option(error.to_string()))?;
    drop(config);
    Ok(names.take())
}

/// Adds the services through which prost is asked for the paths of messages: in files of their own,
/// because prost looks for the place of every service in a file that has source information.
pub(crate) fn ask_for_messages(files: &mut Vec<FileDescriptorProto>, packages: &[Package]) {
    for package in packages {
        let messages: Vec<&str> = package.messages().into_iter().collect();
        // A method has two types.
        let method = messages.chunks(2).map(|pair| MethodDescriptorProto {
            name: Some(String::from("ask")),
            input_type: pair.first().map(|message| format!(".{message}")),
            output_type: pair.last().map(|message| format!(".{message}")),
            ..MethodDescriptorProto::default()
        });
        let question = ServiceDescriptorProto {
            name: Some(MESSAGES.to_owned()),
            method: method.collect(),
            ..ServiceDescriptorProto::default()
        };
        if !question.method.is_empty() {
            files.push(FileDescriptorProto {
                name: Some(format!("{MESSAGES}.proto")),
                package: Some(package.name.clone()),
                service: vec![question],
                ..FileDescriptorProto::default()
            });
        }
    }
}

/// Writes down what prost resolves, and leaves the generating to another.
pub(crate) struct Recorder {
    names: Rc<RefCell<Names>>,
    inner: Option<Box<dyn ServiceGenerator>>,
}

impl Recorder {
    /// A recorder, and where to find what it wrote down. `inner` sees the services of the proto
    /// only.
    pub(crate) fn new(inner: Option<Box<dyn ServiceGenerator>>) -> (Self, Rc<RefCell<Names>>) {
        let names = Rc::default();
        (Self { names: Rc::clone(&names), inner }, names)
    }
}

impl ServiceGenerator for Recorder {
    fn generate(&mut self, service: prost_build::Service, buf: &mut String) {
        if service.proto_name == MESSAGES {
            self.names.borrow_mut().record(service);
        } else if let Some(inner) = &mut self.inner {
            inner.generate(with_primitives(service), buf);
        }
        // prost-build panics when a module with a service stays empty.
        if buf.is_empty() {
            buf.push_str("//\n");
        }
    }

    fn finalize(&mut self, buf: &mut String) {
        if let Some(inner) = &mut self.inner {
            inner.finalize(buf);
        }
    }

    fn finalize_package(&mut self, package: &str, buf: &mut String) {
        if let Some(inner) = &mut self.inner {
            inner.finalize_package(package, buf);
        }
    }
}

/// The service with primitive types by paths. tonic's own pass knows them by their names; called from
/// here, it would look for `super::bool`.
fn with_primitives(mut service: prost_build::Service) -> prost_build::Service {
    for method in &mut service.methods {
        for path in [&mut method.input_type, &mut method.output_type] {
            if matches!(&**path, "bool" | "i32" | "i64" | "u32" | "u64" | "f32" | "f64") {
                path.insert_str(0, "::core::primitive::");
            }
        }
    }
    service
}

/// The keywords of all editions, reserved ones too, in order.
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Whether a name is an identifier in every edition as it is.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
        && KEYWORDS.binary_search(&name).is_err()
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
