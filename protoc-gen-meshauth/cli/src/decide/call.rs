//! One call, explained to a person.

use std::{
    error::Error,
    io::{Read as _, Write},
    path::Path,
    process::ExitCode,
};

use meshauth_runtime::{ApiKey, Check, EntityName, Outcome};
use zeroize::Zeroizing;

use super::{
    callers::{Caller, Callers},
    open,
    policies::Policies,
};

/// A key has 43 characters: of what is longer, so many are enough to see that it is none.
const LONGEST: u64 = 64;

/// One call.
pub(super) struct Call {
    method: String,
    caller: Caller,
    group: Option<String>,
}

impl Call {
    /// # Errors
    /// A file of a key that cannot be read.
    pub(super) fn read(
        method: String,
        entity: Option<EntityName>,
        key_file: Option<&Path>,
        group: Option<String>,
    ) -> Result<Self, Box<dyn Error>> {
        let caller = match (entity, key_file) {
            (Some(entity), _) => Caller::Entity(entity),
            (None, Some(file)) => key(file)?,
            (None, None) => Caller::Nobody,
        };
        Ok(Self { method, caller, group })
    }

    /// Decides it, and says why.
    pub(super) async fn decide(
        self,
        policies: &Policies,
        callers: &Callers,
        out: &mut impl Write,
    ) -> Result<ExitCode, Box<dyn Error>> {
        let Self { method, caller, group } = self;
        let decided = callers.decide(policies, &method, &caller, group.as_deref()).await;
        let decision = &decided.decision;
        let by = decision.refused_by().map(|check| format!("check {} ({check}): ", check.number()));
        let verdict = by.as_ref().map_or("allow", |_| "deny");
        writeln!(out, "{verdict}: {}{}", by.unwrap_or_default(), decided.why())?;
        if let Some(denial) = decision.denial() {
            writeln!(out, "The caller is told {}: {denial}", denial.reason())?;
        }
        writeln!(out)?;
        for check in Check::ALL.iter().copied() {
            let outcome = match decision.trace().outcome(check) {
                Outcome::Pass => "pass",
                Outcome::Fail => "FAIL",
                Outcome::Skip => "-",
            };
            writeln!(out, "  {} {check:<12} {outcome:<4} {}", check.number(), decided.saw(check))?;
        }
        out.flush()?;
        Ok(if decision.refused_by().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The key in a file, whose last line may have an end.
fn key(file: &Path) -> Result<Caller, Box<dyn Error>> {
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    let read = open(file)?.take(LONGEST).read_to_end(&mut text);
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    let key = text.strip_suffix(b"\n").unwrap_or(&text);
    let key = key.strip_suffix(b"\r").unwrap_or(key);
    Ok(Caller::Key(ApiKey::parse(key).ok().map(ApiKey::digest)))
}
