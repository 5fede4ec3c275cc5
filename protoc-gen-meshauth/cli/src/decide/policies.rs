//! The policies of a descriptor set.

use std::{collections::HashMap, error::Error};

use meshauth_runtime::{MethodPolicy, Operation, PolicyError, Role};
use protoc_gen_meshauth::{MethodAccess, MethodTable, policies};

/// The policy of each method, by its path on the wire.
pub(super) struct Policies(HashMap<String, MethodPolicy>);

impl Policies {
    /// Reads them as generation does.
    ///
    /// # Errors
    /// All breaches of the annotations, each with its place.
    pub(super) fn read(
        set: &[u8],
        named: &[&str],
        annotation: Option<&str>,
    ) -> Result<Self, Box<dyn Error>> {
        let methods = policies(set, named, annotation).map_err(|error| error.text_for_people())?;
        if methods.is_empty() {
            return Err(
                "there is no method in it: make it of the files that declare services".into()
            );
        }
        let policies = methods.into_iter().map(|method| Ok((method.path.clone(), policy(method)?)));
        Ok(Self(policies.collect::<Result<_, PolicyError>>()?))
    }

    /// That of exactly this path (check 1).
    pub(super) fn method(&self, path: &str) -> Option<&MethodPolicy> {
        self.0.get(path)
    }
}

fn policy(method: MethodTable) -> Result<MethodPolicy, PolicyError> {
    let operation = match method.operation {
        protoc_gen_meshauth::Operation::Read => Operation::Read,
        protoc_gen_meshauth::Operation::Write => Operation::Write,
    };
    match method.access {
        MethodAccess::Public => MethodPolicy::try_public(method.path, operation),
        MethodAccess::Authorised { roles, verified } => {
            let roles = roles.iter().map(|(number, name)| Role::try_new(*number, name));
            let roles = roles.collect::<Result<Vec<_>, _>>()?;
            let policy = MethodPolicy::try_authorised(method.path, operation, &roles)?;
            Ok(if verified { policy.verified() } else { policy })
        }
    }
}
