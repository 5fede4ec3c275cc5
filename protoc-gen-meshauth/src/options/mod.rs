//! The options of a run, for the plugin and for build scripts alike. They are read strictly: what is
//! not understood is an error that lists what is.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::{
    diagnostic::escaped,
    error::{Error, ErrorKind},
    format::{Format, Style},
    lint::{Level, Levels, Lint},
    policy::Depth,
    protos::ANNOTATION,
    report::Report,
    words::similar,
};

/// The options: how each is written, and what it does.
///
/// The plugin takes them separated by commas, a build script one by one
/// (`Builder::option`). The first seven are those of prost's and tonic's plugins, which write into
/// the same files and must be given them alike.
pub const OPTIONS: [(&str, &str); 16] = [
    ("compile_well_known_types", "google.protobuf's own types are generated, not prost-types'"),
    ("default_package_filename=NAME", "the file of protos without a package"),
    ("extern_path=.PROTO=::RUST", "the messages of a package, or one, are found there"),
    ("flat_output_dir", "all files are in one directory, as a build script has them anyway"),
    ("no_client", "tonic generates no clients: their names are free"),
    ("no_include", "the guards are not included in prost's files"),
    ("no_transport", "tonic's clients have no `connect`: the name is free"),
    ("annotation=NAME", "the full name of the annotation, if it is an organisation's own"),
    ("depth=direct|nested", "where resources are looked for: in direct fields, or in all below"),
    ("diagnostics=text|json|github", "output format of the report"),
    ("lint=NAME:allow|warn|deny", "level of a lint"),
    (
        "proto_root=DIR",
        "put before the names of files in reports; a build script knows their paths",
    ),
    (
        "report_limit=NUMBER|all",
        "how many findings a report for people shows in full: 100 at first",
    ),
    ("resources=true|false", "whether messages with owners get `Resource`"),
    ("runtime=::RUST", "where the runtime is, if not at `::meshauth_runtime`"),
    ("tonic=true|false", "whether there are guards for tonic, or the tables and types alone"),
];

/// How many findings are shown in full, if nothing else is asked for.
const REPORT_LIMIT: usize = 100;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that users give")]
pub(crate) struct Options {
    pub(crate) extern_paths: Vec<(String, String)>,
    pub(crate) compile_well_known_types: bool,
    pub(crate) default_package_filename: Option<String>,
    pub(crate) flat_output_dir: bool,
    pub(crate) no_client: bool,
    pub(crate) no_include: bool,
    pub(crate) no_transport: bool,
    pub(crate) annotation: String,
    pub(crate) depth: Depth,
    pub(crate) levels: Levels,
    pub(crate) proto_root: Option<String>,
    /// None if there is no limit.
    pub(crate) report_limit: Option<usize>,
    pub(crate) resources: bool,
    pub(crate) runtime: String,
    pub(crate) tonic: bool,
    pub(crate) diagnostics: Format,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extern_paths: Vec::new(),
            compile_well_known_types: false,
            default_package_filename: None,
            flat_output_dir: false,
            no_client: false,
            no_include: false,
            no_transport: false,
            annotation: ANNOTATION.to_owned(),
            depth: Depth::Direct,
            levels: Levels::default(),
            proto_root: None,
            report_limit: Some(REPORT_LIMIT),
            resources: true,
            runtime: String::from("::meshauth_runtime"),
            tonic: true,
            diagnostics: Format::Text,
        }
    }
}

impl Options {
    /// Reads options that are separated by commas.
    pub(crate) fn parse(parameter: &str) -> Result<Self, Error> {
        Self::read(parameter.split(',').filter(|option| !option.is_empty()))
    }

    /// Reads options: `name`, `name=value` or `name=key=value`.
    ///
    /// # Errors
    /// All that is wrong with them at once.
    pub(crate) fn read<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut options = Self::default();
        let mut seen = BTreeSet::new();
        let mut faults: Vec<String> = Vec::new();
        for option in given {
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (option, None),
            };
            // One path or one lint may be given once, others of them beside it.
            let key = match (name, value) {
                ("extern_path", Some(path)) => format!("{name}={}", before(path, '=')),
                ("lint", Some(lint)) => format!("{name}={}", before(lint, ':')),
                _ => name.to_owned(),
            };
            let set = options.set(name, value);
            faults.extend(set.err());
            if !seen.insert(key.clone()) {
                faults.push(format!("the option `{key}` is given twice"));
            }
        }
        if faults.is_empty() {
            return Ok(options);
        }
        let mut what: Vec<_> = faults.into_iter().map(|fault| escaped(fault, &[])).collect();
        if what.iter().any(|fault| fault.starts_with(UNKNOWN)) {
            what.push(format!("there are:\n{}", known()));
        }
        Err(ErrorKind::Option(what.join("\n")).into())
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let text = || value.filter(|value| !value.is_empty());
        match name {
            "compile_well_known_types" => self.compile_well_known_types = flag(name, value)?,
            "default_package_filename" => {
                let is_name = text().filter(|value| is_file_name(value));
                self.default_package_filename = Some(needed(name, is_name)?);
            }
            "extern_path" => self.extern_paths.push(extern_path(value.unwrap_or_default())?),
            "flat_output_dir" => self.flat_output_dir = flag(name, value)?,
            "no_client" => self.no_client = flag(name, value)?,
            "no_include" => self.no_include = flag(name, value)?,
            "no_transport" => self.no_transport = flag(name, value)?,
            "annotation" => {
                let full_name = text().map(|name| name.strip_prefix('.').unwrap_or(name));
                self.annotation = needed(name, full_name)?;
            }
            "depth" => {
                let names = [("direct", Depth::Direct), ("nested", Depth::Nested)];
                self.depth = one_of(name, value, &names)?;
            }
            "diagnostics" => self.diagnostics = one_of(name, value, &Format::NAMES)?,
            "lint" => {
                let (lint, level) = lint(value.unwrap_or_default())?;
                self.levels.set(lint, level);
            }
            "proto_root" => self.proto_root = Some(needed(name, text())?),
            "report_limit" => {
                let number = || text()?.parse().ok().filter(|number| *number > 0).map(Some);
                let limit = if value == Some("all") { Some(None) } else { number() };
                self.report_limit = limit.ok_or_else(|| misused(name))?;
            }
            "resources" => self.resources = flag(name, value)?,
            "runtime" => self.runtime = needed(name, text().filter(|path| is_path(path)))?,
            "tonic" => self.tonic = flag(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// Whether tonic generates clients.
    pub(crate) fn has_clients(&self) -> bool {
        self.tonic && !self.no_client
    }

    /// Tells prost.
    pub(crate) fn configure(&self, config: &mut prost_build::Config) {
        for (proto, rust) in &self.extern_paths {
            config.extern_path(proto, rust);
        }
        if self.compile_well_known_types {
            config.compile_well_known_types();
        }
        if let Some(name) = &self.default_package_filename {
            config.default_package_filename(name);
        }
    }

    /// The name of a file as it is shown in reports.
    pub(crate) fn shown(&self, file: &str) -> Option<String> {
        let root = self.proto_root.as_deref()?;
        Some(format!("{}/{file}", root.trim_end_matches('/')))
    }

    /// How reports are to be shown.
    pub(crate) fn style(&self) -> Style {
        Style { format: self.diagnostics, limit: self.report_limit }
    }

    /// The error for a report with breaches.
    pub(crate) fn refusal(&self, report: Report) -> Error {
        ErrorKind::Breaches(report, self.style()).into()
    }
}

fn before(text: &str, end: char) -> &str {
    text.split_once(end).map_or(text, |(before, _)| before)
}

fn extern_path(value: &str) -> Result<(String, String), String> {
    let path = value.split_once('=');
    let path = path.filter(|(proto, rust)| proto.starts_with('.') && is_path(rust));
    let (proto, rust) = path.ok_or_else(|| misused("extern_path"))?;
    Ok((proto.to_owned(), rust.to_owned()))
}

/// Whether it is the name of a file, on every system and in `include!("..")`.
fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.starts_with('.') && name.chars().all(is_plain)
}

/// Whether it is a path in Rust, from a crate: the generated code is in modules of its own.
fn is_path(path: &str) -> bool {
    (path.starts_with("::") || path.starts_with("crate::"))
        && syn::parse_str::<syn::Path>(path)
            .is_ok_and(|path| path.segments.iter().all(|segment| segment.arguments.is_none()))
}

fn lint(value: &str) -> Result<(Lint, Level), String> {
    let (name, level) = value.split_once(':').ok_or_else(|| misused("lint"))?;
    let lint = Lint::named(name).ok_or_else(|| Lint::unknown(name))?;
    Ok((lint, one_of("lint", Some(level), &Level::NAMES)?))
}

fn flag(name: &str, value: Option<&str>) -> Result<bool, String> {
    match value {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(format!("`{name}` takes true, false or nothing")),
    }
}

fn one_of<T: Copy>(name: &str, value: Option<&str>, names: &[(&str, T)]) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| value == Some(*name));
    found.map(|(_, value)| *value).ok_or_else(|| misused(name))
}

fn needed(name: &str, value: Option<&str>) -> Result<String, String> {
    value.map(str::to_owned).ok_or_else(|| misused(name))
}

fn misused(name: &str) -> String {
    let is_it = |(form, _): &&(&str, &str)| before(form, '=') == name;
    let form = OPTIONS.iter().find(is_it).map_or(name, |(form, _)| form);
    format!("`{name}` is written {form}")
}

const UNKNOWN: &str = "unknown option";

fn unknown(name: &str) -> String {
    let names = OPTIONS.iter().map(|(form, _)| before(form, '='));
    let meant = similar(name, names).map(|meant| format!(", did you mean `{meant}`?"));
    format!("{UNKNOWN} `{name}`{}", meant.unwrap_or_default())
}

/// All options, a line each.
fn known() -> String {
    OPTIONS.map(|(form, what)| format!("  {form}: {what}")).join("\n")
}
