//! The digest of a service's annotations.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Rpc;
use crate::policy::{Access, Depth, Method, Operation};

/// The SHA-256, in hexadecimal, of everything that loosens or tightens what the service's methods
/// enforce, and of nothing else: the order of methods and roles, comments and the names of roles
/// change nothing.
///
/// What is hashed is a line of text for each method, sorted, with a line feed between them. A line
/// has the same six words for every method, with a space between them, so two policies never have
/// the same text:
///
/// 1. its path on the wire, in which the names of protos allow neither space nor line feed,
/// 2. `READ` or `WRITE`,
/// 3. `PUBLIC` or `AUTHORISED`,
/// 4. the numbers of its roles in ascending order, with commas between them, or `-`,
/// 5. `VERIFIED` or `-`,
/// 6. how deep the guard looks for resources in its messages, by the method's directive or else by
///    the run's option: `direct`, `nested`, or `none` where it is told not to look.
pub(super) fn digest(rpcs: &[Rpc<'_>]) -> String {
    let mut lines: Vec<String> = rpcs.iter().map(|rpc| line(&rpc.path, rpc.method)).collect();
    lines.sort_unstable();
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn line(path: &str, method: &Method) -> String {
    let operation = match method.operation {
        Operation::Read => "READ",
        Operation::Write => "WRITE",
    };
    let (level, roles, verified) = match &method.access {
        Access::Public => ("PUBLIC", Vec::new(), false),
        Access::Authorised { roles, verified } => {
            ("AUTHORISED", roles.iter().map(|role| role.number).collect(), *verified)
        }
    };
    let verified = if verified { "VERIFIED" } else { "-" };
    let look = match (&method.unguarded, method.depth) {
        (Some(_), _) => "none",
        (None, Depth::Direct) => "direct",
        (None, Depth::Nested) => "nested",
    };
    format!("{path} {operation} {level} {} {verified} {look}", numbers(roles))
}

fn numbers(mut numbers: Vec<u32>) -> String {
    if numbers.is_empty() {
        return String::from("-");
    }
    numbers.sort_unstable();
    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::policy::{Contents, Role};

    fn method(access: Access) -> Method {
        let empty =
            || Rc::new(Contents { message: String::new(), itself: None, fields: Vec::new() });
        Method {
            name: String::from("Get"),
            comment: String::new(),
            operation: Operation::Read,
            access,
            depth: Depth::Direct,
            unguarded: None,
            client_streaming: false,
            server_streaming: false,
            request: empty(),
            response: empty(),
        }
    }

    #[test]
    fn a_line_has_six_words_whatever_the_method() {
        let role = |number| Role { number, name: "ROLE_X".into() };
        let public = method(Access::Public);
        assert_eq!(line("/p.S/Get", &public), "/p.S/Get READ PUBLIC - - direct");
        let access = Access::Authorised { roles: vec![role(12), role(2)], verified: true };
        let nested = Method { depth: Depth::Nested, ..method(access) };
        assert_eq!(line("/p.S/Get", &nested), "/p.S/Get READ AUTHORISED 2,12 VERIFIED nested");
        let access = Access::Authorised { roles: vec![role(3)], verified: false };
        let unguarded = Method { unguarded: Some(String::from("why")), ..method(access) };
        assert_eq!(line("/p.S/Get", &unguarded), "/p.S/Get READ AUTHORISED 3 - none");
    }
}
