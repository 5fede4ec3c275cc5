//! Notes that teams own, behind an annotation and roles of their own: the example to read first.
//!
//! `cargo run --bin notes` starts the server, calls it and prints what each caller got. It ends with
//! exit code 1 if an answer is not the expected one. To copy from here, read `serve` below,
//! `notes.rs`, and the annotations in `proto/notes/v1/notes.proto`.

mod client;
mod notes;

use std::{error::Error, fmt::Write, net::SocketAddr, process::ExitCode, sync::Mutex};

use meshauth_runtime::{Authoriser, MemoryDirectory, Presented, tonic::GuardedRoutes};
use tonic::transport::{Server, server::TcpIncoming};

use crate::{
    api::notes::v1::{
        Note,
        note_service_guard::{Guard, POLICY},
    },
    client::{Call, Client, headers},
    notes::Notes,
};

/// What the build script generates: messages, client, server and guard. Not all of it is used.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod api {
    include!(concat!(env!("OUT_DIR"), "/mod.rs"));
}

/// Serves on a free port.
fn serve(authoriser: Authoriser, notes: Notes) -> Result<SocketAddr, Box<dyn Error>> {
    let routes = GuardedRoutes::new(authoriser).add(Guard::new(notes)).into_routes()?;
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = incoming.local_addr()?;
    tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(incoming));
    Ok(address)
}

// Example keys, good for nothing else. The directory holds their SHA-256 only.
const FOUNDER: Caller = ("founder", Some("EXAMPLE-not-a-secret-founder_______________"));
const DESIGNER: Caller = ("designer", Some("EXAMPLE-not-a-secret-designer______________"));
const STRANGER: Caller = ("stranger", None);

type Caller = (&'static str, Option<&'static str>);

/// A caller, the team it acts in, its call, the expected answer, and why.
type Step = (Caller, &'static str, Call, &'static str, &'static str);

const STEPS: &[Step] = &[
    (STRANGER, "Design", Call::Get("logo"), "CREDENTIALS_MISSING", "no API key"),
    (DESIGNER, "Design", Call::Get("logo"), "logo", "viewer in Design, which owns the note"),
    (DESIGNER, "Design", Call::List, "logo", "the scope: notes of Design"),
    (DESIGNER, "Design", Call::Get("prices"), "RESOURCE_NOT_FOUND", "owned by Sales"),
    (DESIGNER, "Design", Call::Update("logo"), "ROLE_REQUIRED", "only an admin may write"),
    (DESIGNER, "Sales", Call::List, "ROLE_REQUIRED", "no role in Sales"),
    (FOUNDER, "Acme", Call::List, "plan logo prices", "a READ sees the teams below, too"),
    (FOUNDER, "Acme", Call::Update("logo"), "RESOURCE_NOT_OWNED", "a WRITE does not reach below"),
    (FOUNDER, "Design", Call::Update("logo"), "logo", "admin in Acme, so in Design, too"),
    (FOUNDER, "Design", Call::Create("font"), "font", "the new note is owned by Design"),
    (
        FOUNDER,
        "Design",
        Call::CreateFor("ad", "Sales"),
        "RESOURCE_NOT_OWNED",
        "another owner, stopped on the way in",
    ),
    (FOUNDER, "Acme", Call::Search(""), "plan logo prices font", "all notes are in scope"),
    (
        DESIGNER,
        "Design",
        Call::Search(""),
        "INTERNAL",
        "a bug in the handler, stopped on the way out",
    ),
];

/// The name of a team's group. Real ones hold a random ULID.
fn team(name: &str) -> String {
    format!(
        "groups/{}",
        match name {
            "Acme" => "00000000000000000000000001",
            "Design" => "00000000000000000000000002",
            _ => "00000000000000000000000003",
        }
    )
}

fn note(name: &str, owners: &[&str]) -> Note {
    let owners: Vec<_> = owners.iter().map(|owner| team(owner)).collect();
    let owner = owners.last().cloned().unwrap_or_default();
    Note { name: name.to_owned(), owner, owners, text: format!("the text of {name}") }
}

/// The table, and how many answers were not the expected ones.
async fn run() -> Result<(String, usize), Box<dyn Error>> {
    let directory = MemoryDirectory::from_json(include_str!("../directory.json"))?;
    let authoriser = Authoriser::new(directory);
    let notes = vec![
        note("plan", &["Acme"]),
        note("logo", &["Acme", "Design"]),
        note("prices", &["Acme", "Sales"]),
    ];
    let address = serve(authoriser.clone(), Notes(Mutex::new(notes)))?;
    let mut client = Client::connect(address).await?;

    let mut text = String::from(
        "Acme has two teams, Design and Sales. Each of the three owns a note: plan, logo, prices.\n\
         The founder is an admin in Acme, the designer a viewer in Design.\n\n",
    );
    text += &line("", ["CALLER", "ACTS IN", "CALL", "ANSWER", "WHY"]);
    let mut wrong = 0;
    for &((caller, key), acting_in, call, expected, why) in STEPS {
        let answer = client.call(&headers(key, acting_in)?, call).await?;
        let mark = if answer == expected { "" } else { "!" };
        wrong += mark.len();
        text += &line(mark, [caller, acting_in, &call.to_string(), &answer, why]);
    }

    // The caller is told ROLE_REQUIRED. Operators see each check, in the log or like this:
    let policy = POLICY.method("/notes.v1.NoteService/ListNotes");
    let presented = Presented::read(&headers(DESIGNER.1, "Sales")?);
    let decision = authoriser.decide(policy, &presented).await;
    writeln!(text, "\nThe designer's ListNotes in Sales, as operators see it:\n{decision}")?;
    Ok((text, wrong))
}

fn line(mark: &str, [caller, acting_in, call, answer, why]: [&str; 5]) -> String {
    format!("{mark:<2}{caller:<10} {acting_in:<8} {call:<24} {answer:<22} {why}\n")
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (text, wrong) = run().await?;
    let calls = STEPS.len();
    match wrong {
        0 => println!("{text}\n{calls} calls, all answered as expected."),
        _ => println!("{text}\n{calls} calls, {wrong} not answered as expected (marked with !)."),
    }
    Ok(ExitCode::from(u8::from(wrong > 0)))
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_call_is_answered_as_expected() -> Result<(), Box<dyn std::error::Error>> {
        let (text, wrong) = super::run().await?;
        assert_eq!(wrong, 0, "\n{text}");
        assert!(text.lines().all(|line| line.len() <= 120 && !line.contains("EXAMPLE")), "{text}");
        Ok(())
    }
}
