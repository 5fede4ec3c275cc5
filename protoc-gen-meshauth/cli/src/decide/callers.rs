//! Callers by name. A service knows a caller by a credential, and so does the decision: each entity is
//! given one that is made up for this run, stands for no key, and is never written anywhere.

use std::{collections::HashMap, error::Error};

use meshauth_runtime::{
    Authoriser, Check, Decision, EntityFinding, EntityName, GroupName, Header, KeyDigest,
    MemoryDirectory, MethodFinding, Miss, Presented, World,
};

use super::policies::Policies;

/// Who is said to call.
pub(super) enum Caller {
    /// Nobody: no credential is sent.
    Nobody,
    Entity(EntityName),
    /// A key that was presented; none if it is not in its canonical form.
    Key(Option<KeyDigest>),
}

/// A directory, whose entities can be named as callers.
pub(super) struct Callers {
    authoriser: Authoriser,
    digests: HashMap<EntityName, KeyDigest>,
    /// That of nobody.
    unknown: KeyDigest,
}

impl Callers {
    /// # Errors
    /// A world that contradicts itself; a system without random numbers.
    pub(super) fn of(mut world: World) -> Result<Self, Box<dyn Error>> {
        let mut digests = HashMap::with_capacity(world.entities().len());
        for entity in world.entities_mut() {
            let digest = made_up()?;
            *entity = entity.clone().with_credential(digest);
            digests.insert(entity.name(), digest);
        }
        let authoriser = Authoriser::new(MemoryDirectory::new(world)?);
        Ok(Self { authoriser, digests, unknown: made_up()? })
    }

    /// Decides a call, with the text of its `x-group` if there is one.
    pub(super) async fn decide<'p>(
        &self,
        policies: &'p Policies,
        method: &str,
        caller: &Caller,
        group: Option<&str>,
    ) -> Decided<'p> {
        let credential = match caller {
            Caller::Nobody => Header::Missing,
            Caller::Key(None) => Header::Malformed,
            Caller::Key(Some(digest)) => Header::Value((*digest).into()),
            Caller::Entity(name) => {
                Header::Value(self.digests.get(name).copied().unwrap_or(self.unknown).into())
            }
        };
        let group = group.map_or(Header::Missing, |text| {
            GroupName::parse(text.as_bytes()).map_or(Header::Malformed, Header::Value)
        });
        let presented = Presented::new(credential, group);
        let decision = self.authoriser.decide(policies.method(method), &presented).await;
        let named = match caller {
            Caller::Entity(name) => Some(*name),
            Caller::Nobody | Caller::Key(_) => None,
        };
        Decided { decision, named }
    }
}

/// Random, as the SHA-256 of a key is: it is that of no key that anybody has.
fn made_up() -> Result<KeyDigest, Box<dyn Error>> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| "the system gives no random numbers")?;
    Ok(KeyDigest::from_bytes(bytes))
}

/// A decision on a caller who may have been named.
pub(super) struct Decided<'p> {
    pub(super) decision: Decision<'p>,
    named: Option<EntityName>,
}

impl Decided<'_> {
    /// What a check saw: in words of what was given, which are no headers.
    pub(super) fn saw(&self, check: Check) -> String {
        let trace = self.decision.trace();
        match (check, trace.entity(), self.named) {
            (Check::Method, ..) if trace.method() == MethodFinding::Unknown => {
                "the descriptors have no method of this path".to_owned()
            }
            (Check::Entity, EntityFinding::Missed(Miss::Unknown), Some(name)) => {
                format!("{name} is not in the directory")
            }
            _ => self.decision.explanation(check).to_string(),
        }
    }

    /// Why it was decided so, in a line.
    pub(super) fn why(&self) -> String {
        match self.decision.refused_by() {
            Some(check) => self.saw(check),
            None if self.decision.granted().is_some() => self.saw(Check::Role),
            None => "the method is PUBLIC".to_owned(),
        }
    }
}
