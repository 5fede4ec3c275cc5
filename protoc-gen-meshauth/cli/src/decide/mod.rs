//! `meshauth decide`: calls that nobody makes, decided as a service would.

mod call;
mod callers;
mod directory;
mod lines;
mod policies;

use std::{
    error::Error,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{ArgGroup, Args};
use meshauth_runtime::{EntityName, ParseNameError};
use tokio::runtime::Builder;

use self::{call::Call, callers::Callers, policies::Policies};

/// Something that was given cannot be used.
const BAD_INPUT: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  protoc -I proto --include_imports --descriptor_set_out=api.binpb proto/wallet/v1/account.proto
  meshauth decide --database mesh.db --descriptors api.binpb \\
      --method /wallet.v1.AccountService/GetAccount \\
      --entity api_users/01JD8Q5V9W0000000000BR0KER --group groups/01JD8Q5V9W0000000000BR0KER
  meshauth decide --directory directory.json --descriptors api.binpb \\
      --method /wallet.v1.AccountService/GetAccount --key-file key.txt --group groups/..
  meshauth decide --database mesh.db --descriptors api.binpb --lines calls.jsonl

A line is {\"method\": \"/wallet.v1.AccountService/GetAccount\", \"entity\": \"api_users/..\", \"group\": \
\"groups/..\", \"id\": 1}, where entity, group and id may be missing. Each has one line of the answer, in \
the same order, with its number.

A caller that is named by --entity is taken to have proved itself: its keys and their validity are not \
looked at. What a call may touch is shown, and no resource is looked at.

Exit codes: 0 allow, 1 deny, 2 bad input. With --lines: 0, or 2 if a line could not be read.";

/// What is given on the command line.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
#[command(group = ArgGroup::new("calls").args(["method", "lines"]).required(true))]
pub(crate) struct Arguments {
    /// The directory: a file of SQLite, or an address of PostgreSQL (postgres://user@host/database);
    /// otherwise that of the variable MESHAUTH_DATABASE, which may hold a password
    #[arg(long, value_name = "FILE|ADDRESS", conflicts_with = "directory")]
    database: Option<String>,
    /// The directory: a JSON file, as export writes it
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,
    /// The annotations: a descriptor set with imports, of protoc --descriptor_set_out or buf build -o
    #[arg(long, value_name = "FILE")]
    descriptors: PathBuf,
    /// Read the annotations of this file of the set alone, and of the others in its package; may be
    /// given again
    #[arg(long, value_name = "PROTO")]
    proto: Vec<String>,
    /// The full name of the annotation, if it is an organisation's own
    #[arg(long, value_name = "NAME")]
    annotation: Option<String>,
    /// One call: its path on the wire, /package.Service/Method
    #[arg(long, value_name = "PATH")]
    method: Option<String>,
    /// Who calls, by name
    #[arg(long, value_name = "ENTITY", value_parser = entity, requires = "method")]
    entity: Option<EntityName>,
    /// Who calls, by the API key in this file, or in standard input (-)
    #[arg(long, value_name = "FILE|-", conflicts_with = "entity", requires = "method")]
    key_file: Option<PathBuf>,
    /// The executing group, as it would be sent
    #[arg(long, value_name = "GROUP", requires = "method")]
    group: Option<String>,
    /// Many calls: JSON lines in this file, or in standard input (-)
    #[arg(long, value_name = "FILE|-")]
    lines: Option<PathBuf>,
}

fn entity(text: &str) -> Result<EntityName, String> {
    text.parse().map_err(|error: ParseNameError| error.to_string())
}

/// Decides, and writes to standard output.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match execute(arguments, BufWriter::new(io::stdout().lock())) {
        Ok(code) => code,
        Err(error) => {
            let gone = error.downcast_ref::<io::Error>().map(io::Error::kind);
            // A reader that has enough is no fault.
            if gone == Some(io::ErrorKind::BrokenPipe) {
                return ExitCode::SUCCESS;
            }
            let _ = writeln!(io::stderr(), "meshauth: {error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn execute(arguments: Arguments, mut out: impl Write) -> Result<ExitCode, Box<dyn Error>> {
    let named: Vec<_> = arguments.proto.iter().map(String::as_str).collect();
    let set = read(&arguments.descriptors)?;
    let policies = Policies::read(&set, &named, arguments.annotation.as_deref())
        .map_err(|error| format!("{}: {error}", arguments.descriptors.display()))?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let world = directory::read(arguments.database, arguments.directory.as_deref()).await?;
        let callers = Callers::of(world)?;
        let Some(path) = arguments.lines else {
            let method = arguments.method.unwrap_or_default();
            let (entity, key_file) = (arguments.entity, arguments.key_file.as_deref());
            let call = Call::read(method, entity, key_file, arguments.group)?;
            return call.decide(&policies, &callers, &mut out).await;
        };
        let lines = BufReader::new(open(&path)?);
        let faults = lines::decide(lines, &policies, &callers, &mut out).await?;
        Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(BAD_INPUT) })
    })
}

/// A file, or standard input.
fn open(path: &Path) -> Result<Box<dyn Read>, String> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Box::new(file))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = open(path)?.read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| format!("{}: {error}", path.display()))
}
