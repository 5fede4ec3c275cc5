//! The largest requests: a file with 100,000 methods stays within 1 GiB of memory, and the answer
//! is the same whatever the order of the files.
//!
//! It needs `protoc` and a release build, so it runs when it is asked for:
//! `MESHAUTH_SIZE=100000 cargo test --release -p protoc-gen-meshauth --test size`. It has a `main` of
//! its own because a process of its own measures the program.

#![cfg_attr(not(all(unix, feature = "build-script")), allow(unused))]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault in a test fails it"
)]

#[cfg(all(unix, feature = "build-script"))]
mod common;
#[cfg(all(unix, feature = "build-script"))]
#[path = "common/process.rs"]
mod process;

fn main() {
    #[cfg(all(unix, feature = "build-script"))]
    largest::main();
}

#[cfg(all(unix, feature = "build-script"))]
mod largest {
    use std::{env, fmt::Write, fs, path::Path, process::Command};

    use prost::Message;
    use prost_types::compiler::CodeGeneratorResponse;
    use tempfile::TempDir;

    use super::{
        common::{Proto, Request, good_method, name_of, service_file},
        process::{Cost, measure, measured},
    };

    const LIMIT_KIB: u64 = 1024 * 1024;

    pub(crate) fn main() {
        if measured() {
            return;
        }
        let Ok(methods) = env::var("MESHAUTH_SIZE") else {
            println!("the largest requests are not tried: MESHAUTH_SIZE=100000 asks for them");
            return;
        };
        let methods: usize = methods.parse().expect("MESHAUTH_SIZE is a number of methods");
        let shapes = [
            ("services of 100 methods", services(methods.div_ceil(100), 100)),
            ("one service", services(1, methods)),
        ];
        let costs = shapes.map(|(shape, file)| (shape, run(shape, file)));
        for (shape, cost) in costs {
            assert!(cost.peak_kib <= LIMIT_KIB, "{shape}: {} KiB", cost.peak_kib);
        }
    }

    /// What one run costs, after two that must answer alike.
    fn run(shape: &str, file: Proto) -> Cost {
        let others = ["before.proto", "behind.proto"].map(|name| {
            let methods = good_method("GetAccount");
            let package = name.split('.').next().unwrap();
            service_file(name, &format!("acme.{package}.v1"), &methods)
        });
        // In the package of the large file.
        let neighbour = Proto {
            name: String::from("neighbour.proto"),
            text: others[0].text.replace("acme.before.v1", "acme.large.v1"),
        };
        let [before, behind] = others;
        let request = Request::by_protoc(&[before, file, neighbour, behind]);
        let mut reversed = request.clone();
        // What they import comes first, as from any compiler.
        let is_ours = |file: &Vec<u8>| !name_of(file).contains('/');
        reversed.proto_file.sort_by_key(is_ours);
        let first = reversed.proto_file.iter().position(is_ours).unwrap();
        reversed.proto_file[first..].reverse();
        reversed.file_to_generate.reverse();
        assert_ne!(request, reversed);

        let directory = TempDir::new().unwrap();
        let (one, answer) = plugin(directory.path(), &request);
        println!(
            "{shape}: {:.1?}, CPU {:.1?}, peak {} MiB",
            one.wall,
            one.cpu,
            one.peak_kib / 1024
        );
        let (other, same) = plugin(directory.path(), &reversed);
        assert!(answer == same, "{shape}: the order of the files shows in the answer");
        if other.peak_kib > one.peak_kib { other } else { one }
    }

    fn plugin(directory: &Path, request: &Request) -> (Cost, Vec<u8>) {
        let (input, output) = (directory.join("request"), directory.join("response"));
        fs::write(&input, request.encode_to_vec()).unwrap();
        let program = &mut Command::new(env!("CARGO_BIN_EXE_protoc-gen-meshauth"));
        let cost = measure(program, &input, &output);
        let answer = fs::read(output).unwrap();
        let response = CodeGeneratorResponse::decode(answer.as_slice()).unwrap();
        assert_eq!(response.error, None);
        (cost, answer)
    }

    /// One file with so many services, on the message `M`.
    fn services(count: usize, methods: usize) -> Proto {
        let Proto { name, mut text } = service_file("large.proto", "acme.large.v1", "");
        text = text.replace("message M {}\nservice Wallet {\n}\n", "message N {}\n");
        for service in 0..count {
            write!(text, "// Service {service}.\nservice Large{service} {{").unwrap();
            for method in 0..methods {
                let method = good_method(&format!("GetAccount{method}"));
                // The neighbour has the message `M`.
                text.push_str("\n  // Returns an account.");
                text.push_str(&method.replace("(M)", "(N)").replace("($)", ANNOTATION));
            }
            text.push_str("\n}\n");
        }
        Proto { name, text }
    }

    const ANNOTATION: &str = "(meshtrade.option.method_options.v1.method_options)";
}
