//! The lines that would put a breach right.

use super::{shapes::import, verb};
use crate::{annotation::Shape, descriptor::File, protos::ANNOTATION, words::similar};

/// Stands for roles that are not known.
const UNNAMED: &str = "ROLE_..";

/// A whole annotation, prefilled from the method's name.
pub(super) fn annotation(
    file: &File,
    shape: Option<&Shape>,
    method: &str,
    with_import: bool,
) -> String {
    let import = import(shape);
    let name = shape.map_or(ANNOTATION, Shape::name);
    let mut lines = vec![
        String::from("say in the body of the method who may call it:"),
        format!("option ({name}) = {{"),
        format!("  type: {}", type_value(shape, method)),
        format!("  access_level: {}", authorised(shape)),
        format!("  roles: [{}]", roles(file, shape, method)),
        String::from("};"),
    ];
    if let Some(shape) = shape.filter(|_| lines[4].contains(UNNAMED)) {
        let (name, file) = shape.roles.declared();
        lines.push(format!("with roles of `{name}`, which are in {file}"));
    }
    if with_import && !file.dependency.contains(&import) {
        lines.push(String::from("and import it at the top of the file:"));
        lines.push(format!("import \"{import}\";"));
    }
    lines.join("\n")
}

/// What there is to do about a method with another annotation than the one that is read.
pub(super) fn other_annotation(name: &str) -> String {
    format!("to have `{name}` read, which it has, give the option\nannotation={name}")
}

/// What to do when the annotation that is asked for is nowhere.
pub(super) fn no_annotation(name: &str, others: &[Shape]) -> String {
    let meant = similar(name, others.iter().map(Shape::name));
    let meant = meant.map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
    format!(
        "the option annotation={name} asks for an extension that none of the files declares{meant}: \
         write its full name, and import the file that declares it"
    )
}

/// The value of `type` that the method's name suggests.
pub(super) fn type_value(shape: Option<&Shape>, method: &str) -> String {
    let word = if verb::reads(method) { "READ" } else { "WRITE" };
    let known = shape.and_then(|shape| shape.operation.name_meaning(word));
    known.map_or_else(|| format!("METHOD_TYPE_{word}"), str::to_owned)
}

/// The value of `access_level` that lets in callers with a role.
pub(super) fn authorised(shape: Option<&Shape>) -> String {
    let known = shape.and_then(|shape| shape.access_level.name_meaning("AUTHORISED"));
    known.unwrap_or("METHOD_ACCESS_LEVEL_AUTHORISED").to_owned()
}

/// So many roles can be chosen from at a glance.
const FEW: usize = 6;

/// Roles whose domain is that of the package: who administers it, and for a READ who views it. If
/// there are none, all that fit the method, where these are few.
pub(super) fn roles(file: &File, shape: Option<&Shape>, method: &str) -> String {
    let levels: &[&str] = if verb::reads(method) { &["_ADMIN", "_VIEWER"] } else { &["_ADMIN"] };
    let segments: Vec<String> = file.package.split('.').map(str::to_uppercase).collect();
    let names = || shape.into_iter().flat_map(|shape| shape.roles.names()).map(|name| &**name);
    let is_own = |name: &&str| {
        segments
            .iter()
            .any(|domain| levels.iter().any(|level| *name == format!("ROLE_{domain}{level}")))
    };
    let own: Vec<&str> = names().filter(is_own).collect();
    let fitting = || names().filter(|name| levels.iter().any(|level| name.ends_with(level)));
    let chosen = match fitting().count() {
        _ if !own.is_empty() => own,
        1..=FEW => fitting().collect(),
        _ => vec![UNNAMED],
    };
    chosen.join(", ")
}
