//! Any bytes as a `CodeGeneratorRequest`: whatever the plugin is sent, its answer does no harm.
//!
//! ```sh
//! cargo install --locked cargo-fuzz
//! mkdir -p tests/fuzz/corpus/request
//! RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none request \
//!   tests/fuzz/corpus/request tests/fuzz/seeds/request -- \
//!   -dict=tests/fuzz/request.dict -timeout=10 -rss_limit_mb=1024 -max_len=16384
//! ```
//!
//! What does harm becomes a seed: the test `hostile` of `protoc-gen-meshauth` sends all seeds.

#![no_main]

#[path = "../../../protoc-gen-meshauth/tests/hostile/oracle.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        // The plugin answers a panic within as an error; libFuzzer's own hook would end it there.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |request: &[u8]| {
        if let Err(harm) = oracle::harmless(request) {
            eprintln!("{harm}");
            std::process::abort();
        }
    }
);
