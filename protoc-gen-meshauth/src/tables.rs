//! The policies as data, for programs that decide by them and generate nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use prost::Message as _;

use crate::{
    check,
    descriptor::{self, Descriptors, FileDescriptorSet, unreadable},
    error::Error,
    options::Options,
    policy::{Access, Method, Operation, Service},
};

/// What the annotation of one method says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MethodTable {
    /// The full name of its service: `{package}.{Service}`.
    pub service: String,
    /// Its path on the wire: `/{package}.{Service}/{Method}`.
    pub path: String,
    /// Whether it reads or writes.
    pub operation: Operation,
    /// Who may call it.
    pub access: MethodAccess,
}

/// Who may call a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MethodAccess {
    /// Anyone.
    Public,
    /// Whoever holds one of these roles.
    Authorised {
        /// The roles by number and name; at least one.
        roles: Vec<(u32, String)>,
        /// Whether the client of the caller must be verified.
        verified: bool,
    },
}

/// Reads the policies of all methods from an encoded `FileDescriptorSet`, which holds what its files
/// import (`protoc --descriptor_set_out --include_imports`, `buf build -o`). The checks are those of
/// generation, with lints at their default levels.
///
/// Of the set, the files that are `named` are read, with the other files of their packages; all, if
/// none is. The `annotation` is the full name of an organisation's own.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let set = std::fs::read("api.binpb")?;
/// for method in protoc_gen_meshauth::policies(&set, &[], None)? {
///     println!("{} {:?}", method.path, method.access);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// All breaches of all annotations at once, each with its place; bytes that are no such set, and names
/// that it does not hold. It does not panic.
pub fn policies(
    descriptor_set: &[u8],
    named: &[&str],
    annotation: Option<&str>,
) -> Result<Vec<MethodTable>, Error> {
    // The libraries below panic on descriptors that no compiler makes.
    catch_unwind(AssertUnwindSafe(|| read(descriptor_set, named, annotation)))
        .unwrap_or_else(|_| Err(unreadable("one of the libraries that read them panicked")))
}

fn read(set: &[u8], named: &[&str], annotation: Option<&str>) -> Result<Vec<MethodTable>, Error> {
    let option = annotation.map(|name| format!("annotation={name}"));
    let options = Options::read(option.as_deref())?;
    let files = FileDescriptorSet::decode(set).map_err(unreadable)?.file;
    let requested = descriptor::requested(&files, named)?;
    let descriptors = Descriptors::read(files, &options.annotation)?;
    let packages = check::packages(&descriptors, &requested, &options)?.packages;
    let services = packages.iter().flat_map(|package| &package.services);
    Ok(services
        .flat_map(|service| service.methods.iter().map(|method| table(service, method)))
        .collect())
}

fn table(service: &Service, method: &Method) -> MethodTable {
    let access = match &method.access {
        Access::Public => MethodAccess::Public,
        Access::Authorised { roles, verified } => MethodAccess::Authorised {
            roles: roles.iter().map(|role| (role.number, role.name.as_ref().to_owned())).collect(),
            verified: *verified,
        },
    };
    MethodTable {
        service: service.full_name.clone(),
        path: service.path(method),
        operation: method.operation,
        access,
    }
}
