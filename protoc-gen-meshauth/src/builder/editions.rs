//! Files that use editions. protox does not read them, and says so in its own words.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::uncompiled::find;
use crate::{
    check,
    diagnostic::{Diagnostic, Place},
};

/// E12 for what did not compile, and for what was asked for, where it uses editions.
pub(super) fn breaches(
    error: &protox::Error,
    protos: &[impl AsRef<Path>],
    includes: &[&Path],
) -> Vec<Diagnostic> {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for name in error.file().map(Path::new).into_iter().chain(protos.iter().map(AsRef::as_ref)) {
        files.extend(find(name, includes));
    }
    let breach = |(name, path): (String, PathBuf)| {
        let (line, column) = edition(&fs::read_to_string(&path).ok()?)?;
        let place = Place { file: path.display().to_string(), line, column };
        Some(check::uses_editions(place, &name))
    };
    files.into_iter().filter_map(breach).collect()
}

/// Where a file states an edition, which is the first thing that it does. From 1.
fn edition(text: &str) -> Option<(u32, u32)> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let comment_ends = if rest.starts_with("//") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            break;
        };
        rest = rest.get(comment_ends?..)?.trim_start();
    }
    let value = rest.strip_prefix("edition")?.trim_start().strip_prefix('=')?.trim_start();
    if !value.starts_with(['"', '\'']) {
        return None;
    }
    let before = text.get(..text.len() - rest.len())?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, str::len) + 1;
    u32::try_from(line).ok().zip(u32::try_from(column).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_stated_first() {
        for (text, place) in [
            ("edition = \"2023\";", Some((1, 1))),
            ("// edition = 1\n/* a\n */ edition='2024';", Some((3, 5))),
            ("\n\n  edition\n = \"2023\";", Some((3, 3))),
            ("syntax = \"proto3\"; edition = \"2023\";", None),
            ("edition = 2023;", None),
            ("editions = \"2023\";", None),
            ("// edition = \"2023\";", None),
            ("/* edition", None),
            ("", None),
        ] {
            assert_eq!(edition(text), place, "{text}");
        }
    }
}
