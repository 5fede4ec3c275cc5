//! Generates the messages, tonic's server, and the guard. It needs no protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    protoc_gen_meshauth::configure()
        .include_file("mod.rs")
        .compile_protos(&["browser/v1/account.proto"], &["proto"])?;
    Ok(())
}
