//! A large API as text: services, messages and comments as teams write them.

use std::fmt::Write;

use super::common::{Proto, proto};

const METHODS: usize = 10;

/// One service of ten methods in each file, ten files in each package.
pub(crate) fn services(count: usize) -> Vec<Proto> {
    (0..count).map(|number| service(number / 10, number % 10)).collect()
}

fn service(package: usize, file: usize) -> Proto {
    let resource = format!("Product{file}");
    let mut messages = String::new();
    let mut methods = String::new();
    for number in 0..METHODS {
        method(&mut methods, &mut messages, &resource, number);
    }
    let text = format!(
        "// The products of kind {file} in area {package}, as they are kept and traded.\n\
         syntax = \"proto3\";\n\n\
         package bench.area{package}.v1;\n\n\
         import \"meshtrade/option/method_options/v1/method_options.proto\";\n\n\
         // A product of kind {file}. It says which group owns it.\n\
         message {resource} {{\n\
         \x20 // The name of the product: `products/{{ULID}}`.\n\
         \x20 string name = 1;\n\n\
         \x20 // The group that owns it directly.\n\
         \x20 string owner = 2;\n\n\
         \x20 // The path from the root to that group.\n\
         \x20 repeated string owners = 3;\n\n\
         \x20 // Shown to people.\n\
         \x20 string display_name = 4;\n\n\
         \x20 // How many there are.\n\
         \x20 int64 quantity = 5;\n\
         }}\n\
         {messages}\n\
         // Keeps the products of kind {file}.\n\
         //\n\
         // They are made by their owners, and seen by the groups above.\n\
         service {resource}Service {{{methods}}}\n"
    );
    proto(&format!("bench/area{package}/v1/product{file}.proto"), &text)
}

/// Reads and writes in turns, one method of each service a stream, one PUBLIC.
fn method(methods: &mut String, messages: &mut String, resource: &str, number: usize) {
    let (verb, access) = if number.is_multiple_of(2) {
        ("Get", "METHOD_TYPE_READ")
    } else {
        ("Update", "METHOD_TYPE_WRITE")
    };
    let (access, name) = match number {
        8 => (
            String::from(
                "      type: METHOD_TYPE_READ\n\
                 \x20     access_level: METHOD_ACCESS_LEVEL_PUBLIC\n",
            ),
            format!("Get{resource}Catalogue"),
        ),
        _ => (
            format!(
                "      type: {access}\n\
                 \x20     access_level: METHOD_ACCESS_LEVEL_AUTHORISED\n\
                 \x20     roles: [ROLE_WALLET_ADMIN, ROLE_WALLET_VIEWER]\n"
            ),
            format!("{verb}{resource}Aspect{number}"),
        ),
    };
    // Half of the methods answer with the resource itself.
    let (answers, stream) = match number {
        0..5 => (resource.to_owned(), ""),
        5 => (format!("{name}Response"), "stream "),
        _ => (format!("{name}Response"), ""),
    };
    write!(
        messages,
        "\n// What `{name}` is asked.\n\
         message {name}Request {{\n\
         \x20 // Which product.\n\
         \x20 string name = 1;\n\n\
         \x20 // No more than this many at once.\n\
         \x20 int32 limit = 2;\n\n\
         \x20 // What it shall be.\n\
         \x20 {resource} product = 3;\n\
         }}\n"
    )
    .unwrap();
    if answers != resource {
        write!(
            messages,
            "\n// What `{name}` answers.\n\
             message {name}Response {{\n\
             \x20 // Those that were found.\n\
             \x20 repeated {resource} products = 1;\n\
             }}\n"
        )
        .unwrap();
    }
    write!(
        methods,
        "\n\x20 // Aspect {number} of a product.\n\
         \x20 //\n\
         \x20 // It is an error if there is no such product.\n\
         \x20 rpc {name}({name}Request) returns ({stream}{answers}) {{\n\
         \x20   option ($) = {{\n{access}\x20   }};\n\
         \x20 }}\n"
    )
    .unwrap();
}
