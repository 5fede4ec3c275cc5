//! What must hold of the answer to any request. The test and the fuzz target share it.

use std::{collections::BTreeSet, path::Path};

use prost_types::compiler::code_generator_response::File;

/// What became of a request that did no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is code for services.
    Generated,
    /// There was nothing to generate.
    Nothing,
    /// It was answered with an error.
    Refused,
}

/// Whether the answer to a request does no harm; what harm it does otherwise.
pub fn harmless(request: &[u8]) -> Result<Outcome, String> {
    match protoc_gen_meshauth::execute(request) {
        Ok(generated) => {
            text(&generated.shown)?;
            answer(&generated.files)?;
            let is_empty = generated.files.is_empty();
            Ok(if is_empty { Outcome::Nothing } else { Outcome::Generated })
        }
        Err(error) => text(&error.to_string()).map(|()| Outcome::Refused),
    }
}

/// The files of an answer.
pub fn answer(files: &[File]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for file in files {
        stays_inside(file.name())?;
        match &file.insertion_point {
            // Between other plugins' code: one line, and nothing but it.
            Some(point) => included(file, point, &names)?,
            None if names.insert(file.name()) => code(file)?,
            None => return Err(format!("{:?} is written twice", file.name())),
        }
    }
    Ok(())
}

/// Whether a file is in the output directory, wherever that is and whatever system reads the name.
fn stays_inside(name: &str) -> Result<(), String> {
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part.contains(['\\', ':'])
            && !part.contains(char::is_control)
    };
    if name.split('/').all(is_plain) {
        Ok(())
    } else {
        Err(format!("the file {name:?} may be outside of the output directory"))
    }
}

/// What is written into prost's file: an `include!` of a file that is in this answer, beside it.
fn included(file: &File, point: &str, names: &BTreeSet<&str>) -> Result<(), String> {
    let name = file.content().strip_prefix("include!(\"").and_then(|rest| rest.split_once("\");"));
    match name {
        Some((name, "" | "\n")) if point == "module" => {
            let path = Path::new(file.name()).with_file_name(name);
            if !name.contains(['"', '/']) && path.to_str().is_some_and(|path| names.contains(path))
            {
                return Ok(());
            }
        }
        _ => {}
    }
    Err(format!("{:?} is inserted at {point:?} of {:?}", file.content(), file.name()))
}

/// The code is Rust, and holds nothing else than guards at its top level: no name got out of where
/// names belong.
fn code(file: &File) -> Result<(), String> {
    let parsed = syn::parse_file(file.content())
        .map_err(|error| format!("{:?} is no Rust: {error}\n{}", file.name(), file.content()))?;
    for item in &parsed.items {
        let is_ours = match item {
            syn::Item::Mod(module) => module.ident.to_string().ends_with("_guard"),
            syn::Item::Impl(item) => item.trait_.as_ref().is_some_and(|(_, path, _)| {
                path.segments.first().is_some_and(|first| first.ident == "meshauth_runtime")
            }),
            // The check of the runtime's version.
            syn::Item::Const(item) => item.ident == "_",
            _ => false,
        };
        if !is_ours {
            return Err(format!("more than guards in {:?}:\n{}", file.name(), file.content()));
        }
    }
    Ok(())
}

/// The text of a report. It is shown in a terminal: no name in it moves the cursor or changes colours.
pub fn text(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        Some(control) => Err(format!("the report holds {control:?}: {text:?}")),
        None => Ok(()),
    }
}
