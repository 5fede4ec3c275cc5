//! Harm done to encoded requests: to their bytes, and to their structure without losing what no
//! library knows, such as extensions.

use crate::{
    common::Random,
    wire::{Field, Value, decode, encode},
};

/// Changes a request, a little or a lot.
pub(crate) fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut request = corpus[random.below(corpus.len())].clone();
    let bytes_only = random.below(4) == 0;
    for _ in 0..=random.below(3) {
        if bytes_only {
            mutate_bytes(random, &mut request);
            continue;
        }
        let Some(mut fields) = decode(&request) else { break };
        match random.below(8) {
            0 => parameter(random, &mut fields),
            1 | 2 => rename(random, &mut fields),
            3 => files(random, &mut fields, corpus),
            _ => structure(random, Kind::Request, &mut fields),
        }
        request = encode(&fields);
    }
    // The two kinds of harm together, now and then.
    if !bytes_only && random.below(8) == 0 {
        mutate_bytes(random, &mut request);
    }
    request
}

/// Changes, inserts, removes or repeats some bytes.
fn mutate_bytes(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    let byte = u8::try_from(random.below(256)).unwrap();
    match random.below(6) {
        0 => bytes[at] = byte,
        1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = bytes[at].wrapping_add(1),
        3 => bytes.insert(at, byte),
        4 => drop(bytes.remove(at)),
        _ => {
            let end = (at + random.below(32)).min(bytes.len());
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
    }
}

/// The messages of a request, as far as they are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    File,
    Message,
    Field,
    Enum,
    EnumValue,
    Service,
    Method,
    Options,
    Annotation,
    SourceInfo,
    Location,
    Range,
    /// A message of which only the names matter.
    Named,
}

/// What is in a field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Message(Kind),
    Text,
    Other,
}

fn content(kind: Kind, number: u64) -> Content {
    use Content::{Message, Other, Text};
    match (kind, number) {
        (Kind::Request, 15) => Message(Kind::File),
        (Kind::File | Kind::Message, 4) | (Kind::Message, 3) => Message(Kind::Message),
        (Kind::File, 5) => Message(Kind::Enum),
        (Kind::File, 6) => Message(Kind::Service),
        (Kind::File, 7) | (Kind::Message, 2 | 6) => Message(Kind::Field),
        (Kind::File, 9) => Message(Kind::SourceInfo),
        (Kind::Message, 5 | 9) => Message(Kind::Range),
        (Kind::Message, 8) => Message(Kind::Named),
        (Kind::Message, 7) | (Kind::File | Kind::Field, 8) => Message(Kind::Options),
        (Kind::Enum | Kind::Service, 2) => {
            Message(if kind == Kind::Enum { Kind::EnumValue } else { Kind::Method })
        }
        (Kind::Enum | Kind::Service | Kind::EnumValue, 3) | (Kind::Method, 4) => {
            Message(Kind::Options)
        }
        (Kind::Options, 50006) => Message(Kind::Annotation),
        (Kind::SourceInfo, 1) => Message(Kind::Location),
        (Kind::Request, 1 | 2)
        | (Kind::File, 1..=3 | 12)
        | (
            Kind::Message
            | Kind::Enum
            | Kind::EnumValue
            | Kind::Service
            | Kind::Method
            | Kind::Field
            | Kind::Named,
            1,
        )
        | (Kind::Method, 2 | 3)
        | (Kind::Field, 2 | 6 | 7 | 10)
        | (Kind::Location, 3 | 4 | 6) => Text,
        _ => Other,
    }
}

/// Walks down to some message and changes its fields, or one of them.
fn structure(random: &mut Random, kind: Kind, fields: &mut Vec<Field>) {
    if fields.is_empty() {
        return fields.push(unknown(random));
    }
    let at = random.below(fields.len());
    if let Content::Message(inner) = content(kind, fields[at].number)
        && random.below(5) != 0
        && let Value::Bytes(bytes) = &mut fields[at].value
        && let Some(mut within) = decode(bytes)
    {
        structure(random, inner, &mut within);
        *bytes = encode(&within);
        return;
    }
    match random.below(8) {
        0 => drop(fields.remove(at)),
        1 => fields.insert(at, fields[at].clone()),
        2 => fields.swap(at, 0),
        3 => fields.push(unknown(random)),
        4 => fields[at].number = u64::try_from(1 + random.below(15)).unwrap(),
        _ => value(random, content(kind, fields[at].number), &mut fields[at].value),
    }
}

fn value(random: &mut Random, content: Content, value: &mut Value) {
    match value {
        Value::Varint(number) => *number = self::number(random),
        Value::Fixed(bytes) => bytes.fill(0xFF),
        Value::Bytes(bytes) if content == Content::Text => *bytes = name(random).into_bytes(),
        Value::Bytes(bytes) => mutate_bytes(random, bytes),
    }
}

fn number(random: &mut Random) -> u64 {
    const NUMBERS: &[u64] =
        &[0, 1, 2, 3, 4, 11, 18, 50_006, 1 << 29, (1 << 31) - 1, 1 << 31, u64::MAX];
    NUMBERS[random.below(NUMBERS.len())]
}

fn unknown(random: &mut Random) -> Field {
    let value = match random.below(2) {
        0 => Value::Varint(number(random)),
        _ => Value::Bytes(name(random).into_bytes()),
    };
    Field { number: 1 + number(random) % 51_000, value }
}

/// Options of the plugin, in parts and out of order.
fn parameter(random: &mut Random, fields: &mut Vec<Field>) {
    const PARTS: &[&str] = &[
        "extern_path=",
        "default_package_filename=",
        "flat_output_dir",
        "no_include",
        "compile_well_known_types",
        ".acme.wallet.v1",
        ".acme",
        ".",
        "=",
        "=::acme",
        "=crate::a",
        "::",
        ",",
        ",",
        "true",
        "false",
    ];
    let mut text = String::new();
    for _ in 0..random.below(8) {
        match random.below(8) {
            0 => text.push_str(&name(random)),
            _ => text.push_str(PARTS[random.below(PARTS.len())]),
        }
    }
    fields.retain(|field| field.number != 2);
    fields.push(Field { number: 2, value: Value::Bytes(text.into_bytes()) });
}

/// Gives something another name wherever it is named: it stays consistent, and comes further.
fn rename(random: &mut Random, fields: &mut [Field]) {
    let mut texts = Vec::new();
    for_each_text(Kind::Request, fields, &mut |text| texts.push(text.clone()));
    if texts.is_empty() {
        return;
    }
    let from = texts.swap_remove(random.below(texts.len()));
    // The whole, or one part of a path.
    let from = String::from_utf8_lossy(&from).into_owned();
    let parts: Vec<&str> = from.split(['.', '/']).filter(|part| !part.is_empty()).collect();
    let from = match random.below(3) {
        0 if !parts.is_empty() => parts[random.below(parts.len())],
        _ => from.trim_start_matches('.'),
    };
    if from.is_empty() {
        return;
    }
    let to = name(random);
    for_each_text(Kind::Request, fields, &mut |text| {
        if let Ok(valid) = str::from_utf8(text) {
            *text = valid.replace(from, &to).into_bytes();
        }
    });
}

fn for_each_text(kind: Kind, fields: &mut [Field], visit: &mut dyn FnMut(&mut Vec<u8>)) {
    for field in fields {
        let Value::Bytes(bytes) = &mut field.value else { continue };
        match content(kind, field.number) {
            Content::Text => visit(bytes),
            Content::Message(inner) => {
                if let Some(mut within) = decode(bytes) {
                    for_each_text(inner, &mut within, visit);
                    *bytes = encode(&within);
                }
            }
            Content::Other => {}
        }
    }
}

/// Files twice, out of order, from another request, importing each other or themselves, asked for
/// or not.
fn files(random: &mut Random, fields: &mut Vec<Field>, corpus: &[Vec<u8>]) {
    let places: Vec<usize> = (0..fields.len()).filter(|&at| fields[at].number == 15).collect();
    let names: Vec<Vec<u8>> = places.iter().filter_map(|&at| file_name(&fields[at])).collect();
    if names.is_empty() {
        return;
    }
    let at = places[random.below(places.len())];
    let other = places[random.below(places.len())];
    let some_name = names[random.below(names.len())].clone();
    match random.below(8) {
        0 => fields.swap(at, other),
        1 => fields.insert(other, fields[at].clone()),
        2 => drop(fields.remove(at)),
        3 => {
            let from = decode(&corpus[random.below(corpus.len())]).unwrap();
            fields.extend(from.into_iter().filter(|field| field.number == 15));
        }
        4 => {
            let asked = [name(random).into_bytes(), some_name];
            let asked = asked[random.below(2)].clone();
            fields.push(Field { number: 1, value: Value::Bytes(asked) });
        }
        5 => fields.retain(|field| field.number != 1),
        6 => nest(random, &mut fields[at]),
        _ => import(&mut fields[at], some_name),
    }
}

/// Imports a file, which may be itself or one that imports it.
fn import(file: &mut Field, name: Vec<u8>) {
    if let Value::Bytes(bytes) = &mut file.value {
        bytes.extend(encode(&[Field { number: 3, value: Value::Bytes(name) }]));
    }
}

/// Adds a message within a message within a message.
fn nest(random: &mut Random, file: &mut Field) {
    let mut message = encode(&[text(1, "Deep")]);
    for _ in 0..random.below(120) {
        let inner = Field { number: 3, value: Value::Bytes(message) };
        message = encode(&[text(1, "Deep"), inner]);
    }
    if let Value::Bytes(bytes) = &mut file.value {
        bytes.extend(encode(&[Field { number: 4, value: Value::Bytes(message) }]));
    }
}

fn text(number: u64, text: &str) -> Field {
    Field { number, value: Value::Bytes(text.as_bytes().to_vec()) }
}

fn file_name(file: &Field) -> Option<Vec<u8>> {
    let Value::Bytes(bytes) = &file.value else { return None };
    let name = decode(bytes)?.into_iter().find(|field| field.number == 1)?;
    match name.value {
        Value::Bytes(name) => Some(name),
        _ => None,
    }
}

/// A name that somebody might hope to get out with.
fn name(random: &mut Random) -> String {
    const NAMES: &[&str] = &[
        "",
        ".",
        "..",
        "../x",
        "../../x",
        "/etc/x",
        "a/b",
        "a//b",
        "a\\b",
        "..\\x",
        "C:x",
        "a..b",
        ".a",
        "a.",
        "_",
        "__",
        "r#type",
        "r#",
        "#",
        "type",
        "Self",
        "self",
        "super",
        "crate",
        "match",
        "async",
        "gen",
        "dyn",
        "union",
        "1",
        "1a",
        "a\0b",
        "\0",
        "a b",
        "a\nb",
        "\n\nfn evil() {}\n//",
        "M{} mod evil {} struct N",
        "x\"); evil!(\"",
        "*/ evil /*",
        "\u{1b}[31m",
        "\u{202e}x",
        "ü",
        "Ключ",
        "名前",
        "🦀",
        "\u{0}\u{feff}",
        "a-b",
        "a\"b",
        "a'b",
        "{}",
        "$x",
        "meshauth-messages",
        "Guard",
        "Server",
        "method",
        "POLICY",
        "proto2",
        "proto3",
        "editions",
        "google.protobuf",
        "google.protobuf.Empty",
        ".google.protobuf.Any",
        "meshtrade.option.method_options.v1",
        "acme.wallet.v1",
        "acme.wallet.v1.M",
        ".acme.wallet.v1.Wallet",
        "acme.streams.v1",
        "std",
        "core",
        "tonic",
        "meshauth_runtime",
        "Result",
        "Vec",
        "owner",
        "owners",
    ];
    match random.below(24) {
        0 => "a".repeat(1 << random.below(13)),
        1 => "a.".repeat(1 << random.below(10)),
        2 => {
            let (one, two) = (random.below(NAMES.len()), random.below(NAMES.len()));
            format!("{}{}", NAMES[one], NAMES[two])
        }
        3 => {
            let scalar = u32::try_from(random.below(0x11_0000)).unwrap();
            char::from_u32(scalar).unwrap_or('x').to_string()
        }
        _ => NAMES[random.below(NAMES.len())].to_owned(),
    }
}
