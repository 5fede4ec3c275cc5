//! What is wrong inside of annotations that do not compile: protox says only that something is, and
//! only of the first.

use prost_reflect::{DynamicMessage, Kind, MessageDescriptor};
use prost_types::{FileDescriptorProto, MethodDescriptorProto};
use protox::{
    Compiler,
    file::{File, FileResolver},
};

use crate::words::similar;

/// What is wrong with the annotations of the file in which the error is, a line each.
///
/// The `resolver` is asked for the files anew. What cannot be found out is left out: the error itself
/// is shown in any case.
pub(super) fn explain(
    error: &protox::Error,
    annotation: &str,
    resolver: impl Fn() -> Box<dyn FileResolver>,
) -> Vec<String> {
    let file = error.file().and_then(|name| resolver().open_file(name).ok());
    let Some(source) = file else {
        return Vec::new();
    };
    let file = source.file_descriptor_proto();
    let Some(message) = declared(file, annotation, resolver()) else {
        return import(file, annotation, resolver).into_iter().collect();
    };
    let methods = (0..).zip(&file.service).flat_map(|(nth, service)| {
        (0..).zip(&service.method).map(move |(mth, method)| ([6, nth, 2, mth], service, method))
    });
    methods
        .filter_map(|(path, service, method)| {
            let wrong = wrong(&message, &written(method, annotation)?)?;
            let place = place(&source, path, unknown(&wrong));
            let name = format!("{}.{}.{}", file.package(), service.name(), method.name());
            Some(format!("{place}the annotation of `{name}`: {wrong}"))
        })
        .collect()
}

/// Where this word stands in the element of a path in source information: protox gives the place of
/// the option in which it is.
fn place(file: &File, path: [i32; 4], word: Option<&str>) -> String {
    let info = file.file_descriptor_proto().source_code_info.iter();
    let element = info.flat_map(|info| &info.location).find(|location| location.path == path);
    let place = || {
        let from = usize::try_from(*element?.span.first()?).ok()?;
        let (word, text) = (word?, file.source()?);
        let (line, column) = text
            .lines()
            .enumerate()
            .skip(from)
            .find_map(|(nth, line)| Some((nth, whole_word(line, word)?)))?;
        Some(format!("{}:{}:{}: ", file.name(), line + 1, column + 1))
    };
    place().unwrap_or_default()
}

/// Where the word begins in the line, and is not a part of another one.
fn whole_word(line: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = line.match_indices(word).map(|(at, _)| at);
    found.find(|at| {
        let (before, after) = (&line[..*at], &line[at + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// The name that is not there: the first one in quotes.
fn unknown(wrong: &str) -> Option<&str> {
    wrong.split('\'').nth(1)
}

/// The import that a file lacks whose annotations are not defined, if the file that declares the
/// annotation is where its package says.
fn import(
    file: &FileDescriptorProto,
    annotation: &str,
    resolver: impl Fn() -> Box<dyn FileResolver>,
) -> Option<String> {
    let mut methods = file.service.iter().flat_map(|service| &service.method);
    methods.find_map(|method| written(method, annotation))?;
    let (package, name) = annotation.rsplit_once('.')?;
    let declaring = format!("{}/{name}.proto", package.replace('.', "/"));
    let imported = FileDescriptorProto { dependency: vec![declaring.clone()], ..file.clone() };
    declared(&imported, annotation, resolver())?;
    Some(format!("import the file that declares it: import \"{declaring}\";"))
}

/// The message of the annotation, from the files that the file imports.
fn declared(
    file: &FileDescriptorProto,
    annotation: &str,
    resolver: Box<dyn FileResolver>,
) -> Option<MessageDescriptor> {
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_files(&file.dependency).ok()?;
    match compiler.descriptor_pool().get_extension_by_name(annotation)?.kind() {
        Kind::Message(message) => Some(message),
        _ => None,
    }
}

/// The text of a method's annotation, as a block or as a statement for each field.
fn written(method: &MethodDescriptorProto, annotation: &str) -> Option<String> {
    let is_it = |name: &str| {
        let rest = annotation.strip_suffix(name.trim_start_matches('.'));
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let options = method.options.as_ref()?.uninterpreted_option.iter();
    let texts = options.filter_map(|option| match option.name.as_slice() {
        [part] if part.is_extension && is_it(&part.name_part) => option.aggregate_value.clone(),
        [part, field] if part.is_extension && is_it(&part.name_part) => {
            Some(format!("{}: {}", field.name_part, option.identifier_value.as_ref()?))
        }
        _ => None,
    });
    let texts: Vec<_> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// What is wrong with the text of an annotation.
fn wrong(message: &MessageDescriptor, text: &str) -> Option<String> {
    let wrong = DynamicMessage::parse_text_format(message.clone(), text).err()?.to_string();
    let enums = message.fields().filter_map(|field| match field.kind() {
        Kind::Enum(values) => Some(values),
        _ => None,
    });
    let values = enums.flat_map(|values| {
        values.values().map(|value| value.name().to_owned()).collect::<Vec<_>>()
    });
    let fields = message.fields().map(|field| field.name().to_owned());
    let names: Vec<_> = values.chain(fields).collect();
    let meant = unknown(&wrong).and_then(|name| similar(name, names.iter().map(|n| &**n)));
    Some(match meant {
        Some(meant) => format!("{wrong}, did you mean `{meant}`?"),
        None => wrong,
    })
}
