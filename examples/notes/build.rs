//! Generates the messages, tonic's client and server, and the guard. It needs no protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    protoc_gen_meshauth::configure()
        .option("annotation=acme.access.v1.access")
        .include_file("mod.rs")
        .compile_protos(&["notes/v1/notes.proto"], &["proto"])?;
    Ok(())
}
