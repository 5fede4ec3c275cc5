//! One type for each method.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Rpc, bug, doc::from_proto, template::Template};
use crate::{
    error::Error,
    policy::{Access, Operation, Role, Safeguards},
};

/// The types of methods.
pub(super) struct MethodTemplates {
    public: Template,
    /// One for each of what may be asked for beside the roles.
    authorised: Vec<(Extras, Template)>,
    role: Template,
}

/// What a method asks for beside the roles: its client verified, a second factor, an age.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Extras {
    verified: bool,
    second_factor: bool,
    max_age: bool,
}

impl Extras {
    fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|bits| Self {
            verified: bits & 1 != 0,
            second_factor: bits & 2 != 0,
            max_age: bits & 4 != 0,
        })
    }

    /// The policy that asks for them, too.
    fn added_to(self, policy: &TokenStream) -> TokenStream {
        let verified = self.verified.then(|| quote!(.verified()));
        let second_factor = self.second_factor.then(|| quote!(.second_factor()));
        let max_age = self.max_age.then(|| quote!(.max_age(__max_age)));
        quote!(#policy #verified #second_factor #max_age)
    }
}

impl MethodTemplates {
    pub(super) fn new(runtime: &TokenStream) -> Result<Self, Error> {
        let public = quote!(#runtime::MethodPolicy::public(__path, #runtime::Operation::__kind));
        let authorised = quote! {
            #runtime::MethodPolicy::authorised(
                __path,
                #runtime::Operation::__kind,
                &[__roles],
            )
        };
        let with = |extras: Extras| {
            let policy = extras.added_to(&authorised);
            Ok((extras, method(runtime, &policy, &quote!(#runtime::Authorised))?))
        };
        Ok(Self {
            public: method(runtime, &public, &quote!(#runtime::Public))?,
            authorised: Extras::all().map(with).collect::<Result<_, Error>>()?,
            role: Template::expression(&quote!(#runtime::Role::new(__number, __name)))?,
        })
    }

    pub(super) fn of(&self, rpc: &Rpc<'_>, code: &mut String) -> Result<(), Error> {
        let doc = annotation_in_words(rpc);
        let kind = match rpc.method.operation {
            Operation::Read => "Read",
            Operation::Write => "Write",
        };
        let common = [
            ("doc", &*doc),
            ("type_name", &rpc.type_name),
            ("path", &rpc.path_literal),
            ("kind", kind),
        ];
        match &rpc.method.access {
            Access::Public => self.public.fill_into(code, &common),
            Access::Authorised { roles, verified } => {
                let mut listed = String::with_capacity(256);
                listed.push('\n');
                for role in roles {
                    listed.push_str("    ");
                    self.role(role, &mut listed)?;
                    listed.push_str(",\n");
                }
                let Safeguards { second_factor, max_age } = rpc.method.safeguards;
                let extras =
                    Extras { verified: *verified, second_factor, max_age: max_age.is_some() };
                let template = self.authorised.iter().find(|(of, _)| *of == extras);
                let (_, template) = template.ok_or_else(|| bug(&"no template for the policy"))?;
                let max_age = max_age.map(duration).unwrap_or_default();
                let values = [("roles", &*listed), ("max_age", &max_age)];
                template.fill_into(code, &[&common[..], &values].concat())
            }
        }
    }

    fn role(&self, role: &Role, code: &mut String) -> Result<(), Error> {
        let (number, name) = (role.number.to_string(), format!("{:?}", role.name));
        self.role.fill_into(code, &role_values(&number, &name))
    }
}

/// A duration, as an expression.
fn duration(of: Duration) -> String {
    match (of.as_secs(), of.subsec_nanos()) {
        (seconds, 0) => format!("::core::time::Duration::from_secs({seconds})"),
        (seconds, nanos) => format!("::core::time::Duration::new({seconds}, {nanos})"),
    }
}

pub(super) fn role_values<'a>(number: &'a str, name: &'a str) -> [(&'a str, &'a str); 2] {
    [("number", number), ("name", name)]
}

fn method(
    runtime: &TokenStream,
    policy: &TokenStream,
    access: &TokenStream,
) -> Result<Template, Error> {
    Template::items(
        2,
        quote! {
            #[doc = " __doc"]
            #[derive(Debug)]
            pub enum __type_name {}

            #[diagnostic::do_not_recommend]
            impl #runtime::Method for __type_name {
                const POLICY: &'static #runtime::MethodPolicy = {
                    static POLICY: #runtime::MethodPolicy = #policy;
                    &POLICY
                };
                const SERVICE: &'static #runtime::ServicePolicy = &super::POLICY;
                type Kind = #runtime::__kind;
                type Access = #access<Self>;
            }
        },
    )
}

fn annotation_in_words(rpc: &Rpc<'_>) -> String {
    let (word, touches) = match rpc.method.operation {
        Operation::Read => ("READ", "it sees what the executing group and its descendants own."),
        Operation::Write => ("WRITE", "it touches only what the executing group owns itself."),
    };
    let mut words = format!("`{}`\n\n", rpc.path);
    if let Some(why) = &rpc.method.unguarded {
        let why = from_proto(&format!("The guard does not look at its messages: {why}"));
        words.extend(why.iter().flat_map(|line| [line, "\n"]));
        words.push('\n');
    }
    match &rpc.method.access {
        Access::Public => {
            words.extend([word, ", PUBLIC: anyone may call it, and it has no scope.\n"]);
        }
        Access::Authorised { roles, verified } => {
            words.extend([word, ": ", touches, "\n\n"]);
            words.push_str("AUTHORISED for a caller with one of these roles:\n");
            words.extend(roles.iter().flat_map(|role| ["- `", &role.name, "`\n"]));
            if *verified {
                words.push_str("\nVERIFIED: the caller's client must be verified.\n");
            }
            words.push_str(&safeguards_in_words(rpc.method.safeguards));
        }
    }
    words
}

fn safeguards_in_words(safeguards: Safeguards) -> String {
    let Safeguards { second_factor, max_age } = safeguards;
    let mut words = String::new();
    if second_factor {
        words.push_str("\nSECOND FACTOR: the caller must have proved itself by a second factor.\n");
    }
    if let Some(age) = max_age {
        let age = format!("within the last {age:?}");
        words.extend(["\nMAX AGE: the caller must have proved itself ", &age, ".\n"]);
    }
    words
}
