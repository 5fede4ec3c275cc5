//! Many calls: JSON lines in, a JSON line out for each.

use std::{
    error::Error,
    io::{self, BufRead, BufReader, Read, Write},
};

use meshauth_runtime::EntityName;
use serde::{Deserialize, Serialize};
use serde_json::{Value, error::Category};

use super::{
    callers::{Caller, Callers, Decided},
    policies::Policies,
};

/// In bytes. Of a longer line no more than that is kept.
const LONGEST: u64 = 64 * 1024;
/// So many faults are told one by one beside the answers.
const FAULTS_SHOWN: u64 = 10;
const HELP: &str = "write {\"method\": \"/package.Service/Method\", \"entity\": \"api_users/..\", \
    \"group\": \"groups/..\", \"id\": ..}, where entity, group and id may be missing";

/// A call, as a line has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    method: String,
    entity: Option<String>,
    group: Option<String>,
    id: Option<Value>,
}

#[derive(Serialize)]
struct Answer<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    decision: &'static str,
    /// That which refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

#[derive(Serialize)]
struct Unread<'a> {
    line: u64,
    error: &'a str,
}

/// Decides each line, and gives how many could not be read.
///
/// # Errors
/// Input that breaks off, and output that nobody takes.
pub(super) async fn decide(
    mut lines: BufReader<impl Read>,
    policies: &Policies,
    callers: &Callers,
    out: &mut impl Write,
) -> Result<u64, Box<dyn Error>> {
    let (mut text, mut number, mut faults) = (Vec::new(), 0, 0);
    while next(&mut lines, &mut text)? {
        number += 1;
        if text.trim_ascii().is_empty() {
            continue;
        }
        match question(&text) {
            Ok((question, caller)) => {
                let group = question.group.as_deref();
                let decided = callers.decide(policies, &question.method, &caller, group).await;
                write(out, &answer(number, question.id, &decided))?;
            }
            Err(error) => {
                faults += 1;
                if faults <= FAULTS_SHOWN {
                    let _ = writeln!(io::stderr(), "meshauth: line {number}: {error}");
                }
                write(out, &Unread { line: number, error: &error })?;
            }
        }
        // Whoever writes the next line may wait for this answer.
        if lines.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    if faults > 0 {
        let of = format!("{faults} of {number} lines could not be read, and were not decided");
        let _ = writeln!(io::stderr(), "meshauth: {of}");
    }
    Ok(faults)
}

fn write(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// The next line, with its end if it has one. False if there is none.
fn next(lines: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    text.clear();
    if lines.by_ref().take(LONGEST + 1).read_until(b'\n', text)? == 0 {
        return Ok(false);
    }
    if text.last() != Some(&b'\n') {
        lines.skip_until(b'\n')?;
    }
    Ok(true)
}

/// What is wrong with a line is told without its text, in which anything may be.
fn question(text: &[u8]) -> Result<(Question, Caller), String> {
    if text.len() as u64 > LONGEST {
        return Err(format!("longer than {LONGEST} bytes: {HELP}"));
    }
    let question: Question = serde_json::from_slice(text).map_err(|error| {
        let what = match error.classify() {
            Category::Data => "JSON of another form",
            Category::Io | Category::Syntax | Category::Eof => "not JSON",
        };
        format!("{what}, at column {}: {HELP}", error.column())
    })?;
    let caller = match &question.entity {
        None => Caller::Nobody,
        Some(name) => {
            let name: Result<EntityName, _> = name.parse();
            Caller::Entity(name.map_err(|error| format!("entity: {error}"))?)
        }
    };
    Ok((question, caller))
}

fn answer<'a>(line: u64, id: Option<Value>, decided: &'a Decided<'_>) -> Answer<'a> {
    let decision = &decided.decision;
    let granted = decision.granted().filter(|_| decision.denial().is_none());
    Answer {
        line,
        id,
        decision: decision.denial().map_or("allow", |_| "deny"),
        check: decision.refused_by().map(|check| check.to_string()),
        reason: decision.denial().map(meshauth_runtime::Denial::reason),
        why: decided.why(),
        grant: granted.map(|(role, group)| format!("{group}/roles/{}", role.number())),
        role: granted.map(|(role, _)| role.name()),
    }
}
