//! Generates the whole API of the tests.

#[path = "build/everything.rs"]
mod everything;

use std::{env, error::Error, fs, io, path::Path};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=build");
    let mut protos = Vec::new();
    collect(Path::new("proto"), &mut protos)?;
    let out = env::var("OUT_DIR")?;
    let descriptors = Path::new(&out).join("descriptors.bin");
    // Settings of prost and tonic that change what the guards meet: they are kept.
    let mut prost = prost_build::Config::new();
    prost.btree_map(["."]).boxed(".meshauth.testing.desk.v1.Floor.maybe");
    let tonic = tonic_prost_build::configure()
        .message_attribute(".meshauth.testing.desk.v1.Note", "#[derive(PartialOrd)]");
    protoc_gen_meshauth::configure()
        .prost(prost)
        .tonic(tonic)
        .include_file("mod.rs")
        .file_descriptor_set_path(&descriptors)
        .compile_protos(&protos, &["proto".to_owned()])?;
    let descriptors = prost_types::FileDescriptorSet::decode(&*fs::read(descriptors)?)?;
    fs::write(Path::new(&out).join("everything.rs"), everything::code(&descriptors))?;
    Ok(())
}

fn collect(directory: &Path, protos: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, protos)?;
        } else {
            protos.push(path.display().to_string());
        }
    }
    protos.sort();
    Ok(())
}
