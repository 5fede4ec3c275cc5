//! What is said of files that do not compile: where they are on disk, and what else is known.

use std::path::{Path, PathBuf};

use protox::file::FileResolver;

use super::{editions, misspelt};
use crate::{
    error::{Error, ErrorKind},
    options::Options,
};

/// The error of a compilation, in the words that people need.
///
/// The `resolver` is asked for the files anew.
pub(super) fn error(
    error: protox::Error,
    protos: &[impl AsRef<Path>],
    includes: &[&Path],
    options: &Options,
    resolver: impl Fn() -> Box<dyn FileResolver>,
) -> Error {
    let breaches = editions::breaches(&error, protos, includes);
    if !breaches.is_empty() {
        return options.refusal(breaches.into_iter().collect());
    }
    let hints = misspelt::explain(&error, &options.annotation, resolver);
    let found = error.file().and_then(|file| Some((file, find(Path::new(file), includes)?.1)));
    let place = |line: &str| on_disk(line, found.as_ref().map(|(file, path)| (*file, &**path)));
    // With the file, the line and the column, which protox shows in its `Debug` only.
    let text = format!("{error:?}");
    let hints = hints.iter().map(|hint| format!("    help: {}", place(hint)));
    let lines: Vec<_> = text.lines().map(place).chain(hints).collect();
    let text = lines.join("\n");
    ErrorKind::Compile(error, text).into()
}

/// A line that begins with a file, by where the file is: editors and people open it from there.
fn on_disk(line: &str, found: Option<(&str, &Path)>) -> String {
    let place = found.and_then(|(file, path)| {
        let place = line.strip_prefix(file).filter(|place| place.starts_with(':'))?;
        Some(format!("{}{place}", path.display()))
    });
    place.unwrap_or_else(|| line.to_owned())
}

/// A file by its path or by the name under which it is imported: the name, and where it is.
pub(super) fn find(file: &Path, includes: &[&Path]) -> Option<(String, PathBuf)> {
    let imported = includes.iter().find_map(|include| {
        let path = include.join(file);
        // An absolute path, and one that begins with the directory, are already there.
        file.is_relative().then_some(path).filter(|path| path.is_file())
    });
    let given = || file.is_file().then(|| file.to_owned());
    let path = imported.or_else(given)?;
    let below = includes.iter().find_map(|include| path.strip_prefix(include).ok());
    let name = below.unwrap_or(file).to_string_lossy().replace('\\', "/");
    Some((name, path))
}
