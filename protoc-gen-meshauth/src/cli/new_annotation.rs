//! An organisation's own annotation to start from.

use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io::{self, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use heck::{ToShoutySnakeCase, ToSnakeCase};
use sha2::{Digest, Sha256};

use super::write;

const TEMPLATE: &str = include_str!("new_annotation.proto");

/// Numbers of options that are for use inside an organisation.
const NUMBERS: Range<u32> = 50_000..100_000;

/// The number of meshauth's own annotation, which may be imported beside.
const TAKEN: u32 = 50_006;

/// A `.proto` file that declares an annotation and its roles.
#[derive(Debug)]
pub(crate) struct NewAnnotation {
    /// The directory below which it is written.
    directory: PathBuf,
    /// The path by which it is imported.
    path: String,
    text: String,
    /// The option that makes it the annotation of a run.
    option: String,
}

impl NewAnnotation {
    /// Reads the arguments: `PACKAGE [--roles ROLE,..] [DIR]`.
    ///
    /// # Errors
    /// What is wrong with them, and what to write instead.
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self, String> {
        let (mut places, mut roles) = (Vec::new(), None);
        let mut arguments = arguments.iter().copied();
        while let Some(argument) = arguments.next() {
            if argument == "--roles" {
                let list = arguments.next().filter(|_| roles.is_none());
                roles = Some(list.ok_or("--roles needs one list, such as ADMIN,VIEWER")?);
            } else if argument.starts_with('-') {
                return Err(format!("--new-annotation does not take `{argument}`"));
            } else {
                places.push(argument);
            }
        }
        match *places {
            [package] => Self::new(Path::new(""), package, roles),
            [package, directory] => Self::new(Path::new(directory), package, roles),
            _ => Err(String::from(
                "--new-annotation needs the name of a package, such as acme.access.v1, and takes a \
                 directory behind it",
            )),
        }
    }

    /// Writes the file, unless it is there already.
    pub(crate) fn write(self) -> io::Result<()> {
        let path = self.directory.join(self.path);
        write(&path, &self.text, OpenOptions::new().create_new(true)).map_err(|error| {
            if error.kind() != io::ErrorKind::AlreadyExists {
                return error;
            }
            io::Error::other(format!(
                "{} is there already; remove it to have it written, or name another package",
                path.display()
            ))
        })?;
        writeln!(
            io::stdout(),
            "Its roles are yours to change. Pass this option to the plugin and to build scripts:\n  {}",
            self.option
        )
    }

    /// The annotation of a package with these roles, or with two for its domain if none are given.
    ///
    /// # Errors
    /// What is wrong with the name or the roles, and what to write instead.
    fn new(directory: &Path, package: &str, roles: Option<&str>) -> Result<Self, String> {
        let segments = segments(package)?;
        // Below the organisation or the area there is what the package is about.
        let named: Vec<_> = segments.iter().filter(|segment| !is_version(segment)).collect();
        let (name, domain) = match named.as_slice() {
            [] => return Err(not_a_package(package)),
            [only] => (only, only),
            [.., domain, name] => (name, domain),
        };
        let roles = self::roles(roles.unwrap_or("ADMIN,VIEWER"), &domain.to_shouty_snake_case())?;
        let numbered =
            roles.iter().zip(1..).map(|(role, number)| format!("  {role} = {number};\n"));
        let text = TEMPLATE
            .replace("{package}", package)
            .replace("{name}", name)
            .replace("{number}", &number(package).to_string())
            .replace("{role}", &roles[0])
            .replace("  {roles}\n", &numbered.collect::<String>());
        Ok(Self {
            directory: directory.to_owned(),
            path: format!("{}/{name}.proto", segments.join("/")),
            text,
            option: format!("annotation={package}.{name}"),
        })
    }
}

/// The names in the name of a package, which are directories, too.
fn segments(package: &str) -> Result<Vec<&str>, String> {
    let segments: Vec<_> = package.split('.').collect();
    let is_segment = |segment: &&str| {
        segment.starts_with(|c: char| c.is_ascii_lowercase())
            && segment.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'))
            // The directory is named as the package, and prost names a module after it.
            && segment.to_snake_case() == **segment
    };
    if segments.iter().all(is_segment) { Ok(segments) } else { Err(not_a_package(package)) }
}

fn not_a_package(package: &str) -> String {
    format!(
        "`{package}` is no name for the package of an annotation: write words in lower case with \
         dots between them, and the version last, such as acme.access.v1"
    )
}

/// `v1`, `v2beta1`
fn is_version(segment: &str) -> bool {
    let rest = segment.strip_prefix('v');
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The full names of roles.
fn roles(given: &str, domain: &str) -> Result<Vec<String>, String> {
    let mut seen = BTreeSet::new();
    given
        .split(',')
        .map(|role| {
            let name = full_name(role, domain).ok_or_else(|| {
                format!(
                    "`{role}` is no name for a role: write ADMIN or VIEWER, perhaps with what it is \
                     for before it, such as WALLET_ADMIN or ROLE_WALLET_ACCOUNT_VIEWER"
                )
            })?;
            if !seen.insert(name.clone()) {
                return Err(format!("the role {name} is given twice: leave one of them out"));
            }
            Ok(name)
        })
        .collect()
}

/// `ROLE_{DOMAIN}_{SCOPE}_{LEVEL}` of a role that may lack what comes before the level.
fn full_name(role: &str, domain: &str) -> Option<String> {
    let words = role.strip_prefix("ROLE_").unwrap_or(role);
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let (before, level) = words.rsplit_once('_').unwrap_or((domain, words));
    let is_name = before.split('_').all(is_word) && matches!(level, "ADMIN" | "VIEWER");
    is_name.then(|| format!("ROLE_{before}_{level}"))
}

/// A number for the extension: two organisations' are seldom the same.
fn number(package: &str) -> u32 {
    let digest = Sha256::digest(package.as_bytes());
    let random = digest.iter().take(4).fold(0, |number, byte| (number << 8) | u32::from(*byte));
    match NUMBERS.start + random % (NUMBERS.end - NUMBERS.start) {
        TAKEN => TAKEN + 1,
        number => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn declared(package: &str, roles: Option<&str>) -> NewAnnotation {
        NewAnnotation::new(Path::new(""), package, roles).unwrap()
    }

    #[test]
    fn the_file_is_where_it_is_imported_from() {
        for (package, path, option) in [
            ("acme.access.v1", "acme/access/v1/access.proto", "annotation=acme.access.v1.access"),
            ("acme.access", "acme/access/access.proto", "annotation=acme.access.access"),
            ("access.v1", "access/v1/access.proto", "annotation=access.v1.access"),
            ("access", "access/access.proto", "annotation=access.access"),
        ] {
            let annotation = declared(package, None);
            assert_eq!((&*annotation.path, &*annotation.option), (path, option));
        }
    }

    #[test]
    fn roles_are_of_the_domain_unless_they_name_one() {
        for (package, roles, expected) in [
            ("acme.access.v1", None, &["ROLE_ACME_ADMIN", "ROLE_ACME_VIEWER"][..]),
            ("com.acme.access.v1", None, &["ROLE_ACME_ADMIN", "ROLE_ACME_VIEWER"]),
            ("access.v1", Some("VIEWER"), &["ROLE_ACCESS_VIEWER"]),
            (
                "acme.access.v1",
                Some("WALLET_ADMIN,ROLE_WALLET_ACCOUNT_VIEWER"),
                &["ROLE_WALLET_ADMIN", "ROLE_WALLET_ACCOUNT_VIEWER"],
            ),
        ] {
            let text = declared(package, roles).text;
            for (role, number) in expected.iter().zip(1..) {
                assert!(text.contains(&format!("\n  {role} = {number};\n")), "{role}: {text}");
            }
            assert_eq!(text.matches("\n  ROLE_").count(), 1 + expected.len(), "{text}");
        }
    }

    #[test]
    fn what_is_no_package_is_refused() {
        for package in ["", ".", "acme.", ".acme", "v1", "Acme.access", "acme/access", "a-b", "1a"]
        {
            let error = NewAnnotation::new(Path::new(""), package, None).unwrap_err();
            assert!(error.ends_with("such as acme.access.v1"), "{package}: {error}");
        }
    }

    #[test]
    fn what_is_no_role_is_refused() {
        for (roles, says) in [
            ("", "`` is no name for a role: write ADMIN or VIEWER"),
            ("ADMIN,", "`` is no name"),
            ("admin", "`admin` is no name"),
            ("EDITOR", "`EDITOR` is no name"),
            ("ROLE__ADMIN", "`ROLE__ADMIN` is no name"),
            ("A = 1; ADMIN", "is no name"),
            ("ADMIN,ROLE_ACME_ADMIN", "the role ROLE_ACME_ADMIN is given twice"),
        ] {
            let error =
                NewAnnotation::new(Path::new(""), "acme.access.v1", Some(roles)).unwrap_err();
            assert!(error.contains(says), "{roles}: {error}");
        }
    }

    #[test]
    fn numbers_are_of_the_range_for_organisations() {
        for index in 0..1_000 {
            let number = number(&format!("acme{index}.access.v1"));
            assert!(NUMBERS.contains(&number) && number != TAKEN, "{number}");
        }
    }
}
