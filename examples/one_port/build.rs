//! Generates the messages, tonic's client and server, and the guard. It needs no protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    protoc_gen_meshauth::configure()
        .include_file("mod.rs")
        .compile_protos(&["one_port/v1/account.proto"], &["proto"])?;
    Ok(())
}
