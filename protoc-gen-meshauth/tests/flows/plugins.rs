//! protoc and buf with the plugins of prost, of tonic, and this one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::{
    case::{Case, Outcome},
    common::texts,
};

const PLUGIN: &str = env!("CARGO_BIN_EXE_protoc-gen-meshauth");

/// Where they write, below the directory of the case.
pub(crate) const OUT: &str = "gen";

/// Whether what the plugins of prost and tonic give for the case compiles by itself.
pub(crate) fn can_compile(case: &Case) -> bool {
    case.has_only_packages()
}

/// The options that a plugin knows. Those that are about common files must be given alike.
fn options<'a>(case: &'a Case, plugin: &str) -> Vec<&'a str> {
    let knows = |option: &&str| {
        let name = option.split('=').next().unwrap_or_default();
        let of_modules = matches!(name, "flat_output_dir" | "default_package_filename");
        let of_tonic = matches!(name, "no_client" | "no_include" | "no_transport");
        let of_names = matches!(name, "extern_path" | "compile_well_known_types");
        match plugin {
            "prost" => of_modules || of_names,
            "prost-crate" => of_modules,
            "tonic" => of_modules || of_names || of_tonic,
            _ => true,
        }
    };
    case.options.iter().map(String::as_str).filter(knows).collect()
}

/// protoc with all plugins in one call into one directory, for the files of the case, and for the
/// well-known types if they are to be compiled: it generates what it is given, and no imports.
pub(crate) fn protoc(case: &Case, directory: &Path) -> Result<Outcome, String> {
    let out = directory.join(OUT);
    fs::create_dir(&out).unwrap();
    let mut command = Command::new("protoc");
    command.arg(format!("--plugin=protoc-gen-meshauth={PLUGIN}"));
    let mut plugin = |name: &str, more: &[&str]| {
        command.arg(format!("--{name}_out={}", out.display()));
        // In a parameter of its own: paths hold colons.
        let options = [&options(case, name), more].concat();
        command.args(options.iter().map(|option| format!("--{name}_opt={option}")));
    };
    plugin("prost", &[]);
    plugin("tonic", &[]);
    plugin("meshauth", &[]);
    if case.has_only_packages() {
        plugin("prost-crate", &["include_file=mod.rs", "no_features"]);
    }
    command.arg("-I").arg(directory.join("proto"));
    command.args(case.files.iter().map(|file| &file.name));
    if case.has_option("compile_well_known_types") {
        command.args(well_known(case));
    }
    outcome(case, &command.output().expect("protoc is in the PATH"), &out)
}

/// protoc as the README has it for files of another directory that are imported: they are named, too.
pub(crate) fn protoc_with_imports(directory: &Path, names: &[&str]) {
    let out = directory.join(OUT);
    fs::create_dir(&out).unwrap();
    let mut command = Command::new("protoc");
    command.arg(format!("--plugin=protoc-gen-meshauth={PLUGIN}"));
    for plugin in ["prost", "tonic", "meshauth", "prost-crate"] {
        command.arg(format!("--{plugin}_out={}", out.display()));
    }
    command.arg("--prost-crate_opt=include_file=mod.rs,no_features");
    for root in ["proto", "vendor"] {
        command.arg("-I").arg(directory.join(root));
    }
    let output = command.args(names).output().expect("protoc is in the PATH");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The files of the well-known types that the case imports.
fn well_known(case: &Case) -> BTreeSet<&str> {
    let imports = case.files.iter().flat_map(|file| file.text.split("import \"").skip(1));
    let names = imports.filter_map(|import| import.split('"').next());
    names.filter(|name| name.starts_with("google/protobuf/")).collect()
}

/// buf with all plugins, and the one that makes the module tree; for all files, the annotation's
/// too.
pub(crate) fn buf(case: &Case, directory: &Path) -> Result<Outcome, String> {
    fs::write(directory.join("buf.yaml"), "version: v2\nmodules: [{ path: proto }]\n").unwrap();
    // Compiled, the well-known types are a package like any other, which buf leaves out otherwise.
    let imports = case.has_option("compile_well_known_types");
    let mut plugins = String::from("version: v2\nplugins:\n");
    let mut plugin = |name: &str, local: &str, more: &[&str]| {
        let options = [&options(case, name), more].concat();
        write!(
            plugins,
            "  - local: {local:?}
    out: {OUT}
    strategy: all
    opt: {options:?}
    include_imports: {imports}
    include_wkt: {imports}
"
        )
        .unwrap();
    };
    plugin("prost", "protoc-gen-prost", &[]);
    plugin("tonic", "protoc-gen-tonic", &[]);
    plugin("meshauth", PLUGIN, &[]);
    if case.has_only_packages() {
        plugin("prost-crate", "protoc-gen-prost-crate", &["include_file=mod.rs", "no_features"]);
    }
    fs::write(directory.join("buf.gen.yaml"), plugins).unwrap();
    let mut command = Command::new("buf");
    let output = command.arg("generate").current_dir(directory).output();
    outcome(case, &output.expect("buf is in the PATH"), &directory.join(OUT))
}

fn outcome(case: &Case, output: &Output, out: &Path) -> Result<Outcome, String> {
    let written = if out.exists() { texts(out) } else { BTreeMap::new() };
    if output.status.success() {
        includes(case, &written)?;
        return Ok(Outcome::of_files(&written));
    }
    if !written.is_empty() {
        return Err(String::from("something was written although a plugin refused"));
    }
    Ok(Outcome::of_report(&String::from_utf8_lossy(&output.stderr)))
}

/// That prost's file includes the guards once, and tonic's before them.
fn includes(case: &Case, written: &BTreeMap<String, String>) -> Result<(), String> {
    for path in written.keys() {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(package) = name.strip_suffix(".meshauth.rs") else { continue };
        let beside = |name: &str| format!("{directory}/{name}").trim_start_matches('/').to_owned();
        let by_prost = [format!("{package}.rs"), package.to_owned()];
        let by_prost = by_prost.iter().find_map(|name| written.get(&beside(name)));
        let by_prost = by_prost.ok_or_else(|| format!("{path} is beside no file of prost"))?;
        let places = |name: &str| {
            let include = format!("include!(\"{name}\");");
            by_prost.match_indices(&include).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let tonic = format!("{package}.tonic.rs");
        let has_server = written.contains_key(&beside(&tonic));
        let is_right = match (places(&tonic).as_slice(), places(name).as_slice()) {
            ([], []) => case.has_option("no_include"),
            ([], [_]) => !has_server,
            ([tonic], [guards]) => tonic < guards,
            _ => false,
        };
        if !is_right {
            return Err(format!("{path} is not included as it should be:\n{by_prost}"));
        }
    }
    Ok(())
}
