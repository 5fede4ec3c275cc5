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
    snippets(Path::new(&out))?;
    Ok(())
}

/// The code of the README that is shown in part, to be compiled where the rest is.
fn snippets(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../README.md");
    let readme = fs::read_to_string("../README.md")?;
    for (name, file) in [
        ("rust http", "readme_http.rs"),
        ("rust shadow", "readme_shadow.rs"),
        ("rust testing", "readme_testing.rs"),
        ("text access.txt", "access.txt"),
    ] {
        let start = format!("```{name}\n");
        let block = readme.split(&start).nth(1).and_then(|rest| rest.split("```").next());
        let block = block.ok_or(format!("the README has no block `{name}`"))?;
        let is_code = Path::new(file).extension().is_some_and(|extension| extension == "rs");
        let text = if is_code { format!("{{\n{block}}}\n") } else { block.to_owned() };
        fs::write(out.join(file), text)?;
    }
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
