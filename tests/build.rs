//! Generates the whole API of the tests.

use std::{env, error::Error, fs, io, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let mut protos = Vec::new();
    collect(Path::new("proto"), &mut protos)?;
    let descriptors = Path::new(&env::var("OUT_DIR")?).join("descriptors.bin");
    protoc_gen_meshauth::configure()
        .include_file("mod.rs")
        .file_descriptor_set_path(descriptors)
        .compile_protos(&protos, &["proto".to_owned()])?;
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
