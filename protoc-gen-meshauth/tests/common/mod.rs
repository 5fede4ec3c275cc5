//! What the tests share: protos in, through the build script and through the plugin, breaches or
//! files out.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each test file uses its own part")]

mod request;
mod run;

use std::{collections::BTreeMap, fs, path::Path};

use protoc_gen_meshauth::{Code, Error, PROTOS, Severity};
use tempfile::TempDir;

pub use self::{
    request::{Request, name_of},
    run::{Finding, Run, built_guards, findings, guards, run, run_as_given, warnings},
};

/// Stands for the name of the annotation in the protos of the tests: `option ($) = { .. }`.
const ANNOTATION: &str = "($)";

/// A `.proto` file: the path by which it is imported, and its text.
#[derive(Debug, Clone)]
pub struct Proto {
    pub name: String,
    pub text: String,
}

/// A file as it is.
pub fn proto(name: &str, text: &str) -> Proto {
    let annotation = "(meshtrade.option.method_options.v1.method_options)";
    Proto { name: name.to_owned(), text: text.replace(ANNOTATION, annotation) }
}

/// `wallet.proto`: a service with these methods, in the package `acme.wallet.v1`, on the message
/// `M`.
pub fn wallet(methods: &str) -> Proto {
    service_file("wallet.proto", "acme.wallet.v1", methods)
}

/// A file with one service, `Wallet`, and a message `M`.
pub fn service_file(name: &str, package: &str, methods: &str) -> Proto {
    let text = format!(
        "syntax = \"proto3\";\n\
         package {package};\n\
         import \"meshtrade/option/method_options/v1/method_options.proto\";\n\
         message M {{}}\n\
         service Wallet {{{methods}\n}}\n"
    );
    proto(name, &text)
}

/// The same with `M` as a resource, so that no lint has anything to say of who owns it.
pub fn owned(file: Proto) -> Proto {
    let resource = "message M { string owner = 1; repeated string owners = 2; }";
    Proto { text: file.text.replace("message M {}", resource), ..file }
}

/// The annotation's protos, with something replaced in them.
pub fn declarations(replacements: &[(&str, &str)]) -> Vec<Proto> {
    let changed = |text: &str| {
        replacements.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    PROTOS.iter().map(|(name, text)| proto(name, &changed(text))).collect()
}

/// What puts the annotation's protos into proto2.
pub const PROTO2: &[(&str, &str)] = &[
    ("syntax = \"proto3\";", "syntax = \"proto2\";"),
    ("  MethodOptions method_options", "  optional MethodOptions method_options"),
    ("  MethodType type", "  optional MethodType type"),
    ("  MethodAccessLevel access_level", "  optional MethodAccessLevel access_level"),
    ("  VerificationStatus verification", "  optional VerificationStatus verification"),
];

/// A method that breaks no rule.
pub fn good_method(name: &str) -> String {
    format!(
        "\n  rpc {name}(M) returns (M) {{
    option ($) = {{
      type: METHOD_TYPE_READ
      access_level: METHOD_ACCESS_LEVEL_AUTHORISED
      roles: [ROLE_WALLET_ADMIN]
    }};
  }}"
    )
}

impl Proto {
    /// Where this is written first, as a report shows it.
    #[track_caller]
    pub fn place(&self, what: &str) -> String {
        self.nth_place(what, 0)
    }

    /// Where this is written for the `n`th time, from 0.
    #[track_caller]
    pub fn nth_place(&self, what: &str, n: usize) -> String {
        let (offset, _) = self.text.match_indices(what).nth(n).expect("the text is in the proto");
        let line = self.text[..offset].matches('\n').count() + 1;
        let column = offset - self.text[..offset].rfind('\n').map_or(0, |end| end + 1) + 1;
        format!("{}:{line}:{column}", self.name)
    }
}

/// A breach as the tests look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub place: String,
    pub code: Code,
    pub message: String,
    pub help: String,
}

impl Breach {
    /// Compares all of it; of the message and the help, that they say this.
    #[track_caller]
    pub fn is(&self, code: Code, place: &str, message: &str, help: &str) {
        assert_eq!((self.code, self.place.as_str()), (code, place), "{self:#?}");
        assert!(self.message.contains(message), "the message should say {message}: {self:#?}");
        assert!(self.help.contains(help), "the help should say {help}: {self:#?}");
    }
}

/// The breaches of an error, and what the report's text says of each of them.
#[track_caller]
pub fn breaches_of(error: &Error) -> Vec<Breach> {
    let text = error.to_string();
    let found: Vec<Breach> = error
        .diagnostics()
        .filter(|diagnostic| diagnostic.severity() == Severity::Error)
        .map(|diagnostic| Breach {
            place: diagnostic.place().to_string(),
            code: diagnostic.code(),
            message: diagnostic.message().to_owned(),
            help: diagnostic.help().to_owned(),
        })
        .collect();
    assert!(!found.is_empty(), "the error is about something else: {text}");
    for Breach { place, code, message, .. } in &found {
        let line = format!("{place}: error[{code}]: {message}\n");
        assert!(text.contains(&line), "{line} is missing in:\n{text}");
    }
    found
}

/// The breaches of the files, which the build script and the plugin must find alike.
#[track_caller]
pub fn breaches(files: &[Proto]) -> Vec<Breach> {
    let built = build(files);
    assert_eq!(built.written(), BTreeMap::new(), "something was written before the rules held");
    let error = built.result.as_ref().expect_err("the protos break a rule");
    let found: Vec<Breach> = breaches_of(error)
        .into_iter()
        .map(|breach| Breach { place: built.as_imported(&breach.place), ..breach })
        .collect();
    let under_protoc = Request::of(files).execute().expect_err("the protos break a rule");
    assert_eq!(found, breaches_of(&under_protoc), "the build script and the plugin differ");
    found
}

/// The only breach of a file.
#[track_caller]
pub fn breach(file: &Proto) -> Breach {
    let mut found = breaches(std::slice::from_ref(file));
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

/// That the files break no rule.
#[track_caller]
pub fn accepts(files: &[Proto]) {
    build(files).result.expect("the protos break no rule");
    Request::of(files).execute().expect("the protos break no rule");
}

/// What `configure()` made of files on disk.
pub struct Built {
    pub result: Result<(), Error>,
    directory: TempDir,
}

/// Compiles all files with `configure()`.
pub fn build(files: &[Proto]) -> Built {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    build_some(files, &names)
}

/// Compiles the `requested` of the files with `configure()`.
pub fn build_some(files: &[Proto], requested: &[&str]) -> Built {
    build_with(files, requested, &[])
}

/// Compiles the `requested` of the files with `configure()` and these options.
pub fn build_with(files: &[Proto], requested: &[&str], options: &[&str]) -> Built {
    let directory = TempDir::new().unwrap();
    let (protos, out) = (directory.path().join("proto"), directory.path().join("out"));
    fs::create_dir(&out).unwrap();
    for file in files {
        let path = protos.join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    let requested: Vec<_> = requested.iter().map(|name| protos.join(name)).collect();
    let builder = protoc_gen_meshauth::configure().include_file("mod.rs").out_dir(out);
    let builder = options.iter().fold(builder, |builder, option| builder.option(*option));
    Built { result: builder.compile_protos(&requested, &[protos]), directory }
}

impl Built {
    /// The files in the output directory: name and text.
    pub fn written(&self) -> BTreeMap<String, String> {
        texts(&self.directory.path().join("out"))
    }

    /// What does not compile, with files as they are imported.
    pub fn compiler_error(&self) -> String {
        let error = self.result.as_ref().expect_err("the protos do not compile").to_string();
        let prefix = format!("{}/", self.directory.path().join("proto").display());
        assert!(
            error.starts_with(&prefix),
            "a build script names files as they are on disk: {error}"
        );
        error.replace(&prefix, "")
    }

    /// A place on disk as the plugin names it.
    fn as_imported(&self, place: &str) -> String {
        let prefix = format!("{}/", self.directory.path().join("proto").display());
        place.strip_prefix(&prefix).expect("a build script names files as they are on disk").into()
    }
}

/// The API of the tests and the annotation's protos.
pub fn api() -> Vec<Proto> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = texts(&root.join("tests/proto"));
    files.extend(texts(&root.join("proto")));
    files.into_iter().map(|(name, text)| Proto { name, text }).collect()
}

/// A small generator of random numbers (splitmix64): the same numbers for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let limit = u64::try_from(limit).unwrap();
        usize::try_from((z ^ (z >> 31)) % limit).unwrap()
    }
}

/// The files of a directory and below: relative path and text.
pub fn texts(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// Whether a test was asked for that takes minutes, or needs more than Rust. What is left out is said,
/// past what cargo holds back of tests that pass.
#[allow(dead_code, reason = "each test uses its own part")]
pub(crate) fn asked_for(variable: &str, needs: &str) -> bool {
    let asked = std::env::var_os(variable).is_some_and(|value| value == "1");
    if !asked {
        let mut shown = std::io::stderr();
        let said = format!("left out: set {variable}=1 to run it; it needs {needs}\n");
        let _ = std::io::Write::write_all(&mut shown, said.as_bytes());
    }
    asked
}
