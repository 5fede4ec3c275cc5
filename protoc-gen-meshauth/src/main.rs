//! The plugin `protoc-gen-meshauth`: a `CodeGeneratorRequest` on standard input, the response on
//! standard output. Run by a person, it writes protos.

mod cli;

use std::{
    env,
    io::{self, IsTerminal, Read, Write},
    path::Path,
    process::ExitCode,
};

use prost::Message;
use prost_types::compiler::{CodeGeneratorResponse, code_generator_response::Feature};
use protoc_gen_meshauth::{Lint, OPTIONS};

use self::cli::{NewAnnotation, write_protos};

const HELP: &str = concat!(
    "protoc-gen-meshauth ",
    env!("CARGO_PKG_VERSION"),
    "\n\
     Turns the access annotations in .proto files into typed Rust guards.\n\
     \n\
     It is a plugin, run by protoc or buf after the plugins of prost and tonic:\n\
     \n\
     \u{20} protoc --prost_out=gen --tonic_out=gen --meshauth_out=gen --prost-crate_out=gen \\\n\
     \u{20}   --prost-crate_opt=include_file=mod.rs,no_features -I proto FILE..\n\
     \n\
     \u{20} # buf.gen.yaml\n\
     \u{20} - { local: protoc-gen-meshauth, out: gen, strategy: all }\n\
     \n\
     Usage:\n\
     \u{20} protoc-gen-meshauth --protos DIR   write the protos that declare the annotation below DIR\n\
     \u{20} protoc-gen-meshauth --new-annotation PACKAGE [--roles ROLE,..] [DIR]\n\
     \u{20}                                    write an annotation of your own, to start from\n\
     \u{20} protoc-gen-meshauth --help\n\
     \u{20} protoc-gen-meshauth --version\n\
     \n\
     Options of the plugin, as `--meshauth_opt=OPTION` or `opt: [OPTION]`:\n"
);

/// The whole help: with the options, and the lints that one of them names.
fn help() -> String {
    let options = OPTIONS.map(|(form, what)| format!("  {form:30} {what}\n"));
    let lints = Lint::ALL.map(|lint| format!("  {:30} {}\n", lint.name(), lint.default_level()));
    let (options, lints) = (options.concat(), lints.concat());
    format!("{HELP}{options}\nLints, with their default level:\n{lints}")
}

fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [] if io::stdin().is_terminal() => return stray("it is run by protoc or buf"),
        [] => run(),
        ["--help" | "-h"] => io::stdout().write_all(help().as_bytes()),
        ["--version" | "-V"] => {
            writeln!(io::stdout(), "protoc-gen-meshauth {}", env!("CARGO_PKG_VERSION"))
        }
        ["--protos", directory] if !directory.is_empty() => write_protos(Path::new(directory)),
        ["--protos"] | ["--protos", ""] => return stray("--protos needs a directory"),
        ["--new-annotation", arguments @ ..] => match NewAnnotation::parse(arguments) {
            Ok(annotation) => annotation.write(),
            Err(what) => return stray(&what),
        },
        _ => return stray("it does not take these arguments"),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("protoc-gen-meshauth: {error}");
            ExitCode::FAILURE
        }
    }
}

fn stray(what: &str) -> ExitCode {
    eprintln!("protoc-gen-meshauth: {what}, see --help");
    ExitCode::from(2)
}

fn run() -> io::Result<()> {
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    // A panic is answered as an error; its message belongs to nobody else's output.
    std::panic::set_hook(Box::new(|_| {}));
    let done = protoc_gen_meshauth::execute(&request);
    drop(request);

    let mut response = CodeGeneratorResponse {
        supported_features: Some(Feature::Proto3Optional as u64),
        ..CodeGeneratorResponse::default()
    };
    // protoc and buf pass it on as it is; what is in the response gets their own words around it.
    let (shown, files) = match done {
        Ok(generated) => (generated.shown, generated.files),
        Err(error) => {
            response.error = Some(error.text_for_people());
            (error.lines_for_programs(), Vec::new())
        }
    };
    io::stderr().write_all(shown.as_bytes())?;
    let mut output = io::stdout().lock();
    output.write_all(&response.encode_to_vec())?;
    // Encoded messages that follow each other are one message: no more than a file is held twice.
    for file in files {
        let part = CodeGeneratorResponse { file: vec![file], ..CodeGeneratorResponse::default() };
        output.write_all(&part.encode_to_vec())?;
    }
    output.flush()
}
