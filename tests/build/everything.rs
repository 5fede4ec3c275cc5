//! Handlers for every method of the API, which all do the same: what they do is written once, in
//! `suite/http/everything.rs`, which includes this. Here is only what has to be spelled out for each.

use std::fmt::Write;

use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_types::{FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto};

/// The code: a service trait implemented for `Everything`, for each service; `mount`, which adds all
/// of them; and `each_method`, which shows every method to a visitor.
pub(crate) fn code(descriptors: &FileDescriptorSet) -> String {
    let (mut code, mut mount, mut visits) = (String::new(), String::new(), String::new());
    for file in &descriptors.file {
        for service in &file.service {
            let guard = guard_path(file.package(), service.name());
            implement(&mut code, &guard, service);
            let _ = writeln!(mount, "        .add({guard}::Guard::new(everything.clone()))");
            for method in &service.method {
                let _ = writeln!(
                    visits,
                    "    visitor.visit::<{guard}::method::{}>();",
                    method.name().to_upper_camel_case()
                );
            }
        }
    }
    let _ = writeln!(
        code,
        "/// Mounts all services.\n\
         pub(crate) fn mount(guarded: GuardedRoutes, everything: &Everything) -> GuardedRoutes {{\n    \
         guarded\n{mount}}}\n\n\
         /// Shows every method.\n\
         pub(crate) fn each_method(visitor: &mut impl Visitor) {{\n{visits}}}"
    );
    code
}

fn guard_path(package: &str, service: &str) -> String {
    let package = package.replace('.', "::");
    format!("meshauth_tests::api::{package}::{}_guard", service.to_snake_case())
}

fn implement(code: &mut String, guard: &str, service: &ServiceDescriptorProto) {
    let _ =
        writeln!(code, "impl {guard}::{} for Everything {{", service.name().to_upper_camel_case());
    for method in &service.method {
        let of = format!("{guard}::method::{}", method.name().to_upper_camel_case());
        handle(code, &of, method);
    }
    code.push_str("}\n\n");
}

fn handle(code: &mut String, of: &str, method: &MethodDescriptorProto) {
    let request = if method.client_streaming() { "Incoming" } else { "Sent" };
    let mut answer = format!("Answer<{of}>");
    if method.server_streaming() {
        answer = format!("Self::{}Stream", method.name().to_upper_camel_case());
        let _ = writeln!(
            code,
            "    type {}Stream = Answers<{of}>;",
            method.name().to_upper_camel_case()
        );
    }
    let kind = match (method.client_streaming(), method.server_streaming()) {
        (false, false) => "unary",
        (false, true) => "server_stream",
        (true, false) => "client_stream",
        (true, true) => "bidirectional",
    };
    let _ = writeln!(
        code,
        "    async fn r#{}(&self, access: Access<{of}>, request: Request<{request}<{of}>>)\n        \
         -> Result<Response<{answer}>, Status> {{\n        \
         self.{kind}::<{of}>(access, request).await\n    }}",
        method.name().to_snake_case()
    );
}
