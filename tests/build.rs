//! Generates the whole API of the tests.

#[path = "build/everything.rs"]
mod everything;

use std::{collections::BTreeMap, env, error::Error, fs, io, path::Path};

use prost::Message;

const GUIDE: &str = "../meshauth-runtime/src/guide";

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
        .full_file_descriptor_set_path(&descriptors)
        .compile_protos(&protos, &["proto".to_owned()])?;
    let descriptors = prost_types::FileDescriptorSet::decode(&*fs::read(descriptors)?)?;
    fs::write(Path::new(&out).join("everything.rs"), everything::code(&descriptors))?;
    snippets(Path::new(&out))?;
    Ok(())
}

/// The code that the guide shows in part, to be compiled where the rest is.
fn snippets(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={GUIDE}");
    let mut blocks = BTreeMap::new();
    for page in fs::read_dir(GUIDE)? {
        let path = page?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let page = fs::read_to_string(&path)?;
        for fenced in page.split("\n```").skip(1).step_by(2) {
            let (info, text) = fenced.split_once('\n').ok_or("a block that does not end")?;
            if let Some((_, name)) = info.split_once(' ')
                && blocks.insert(name.to_owned(), (info.to_owned(), text.to_owned())).is_some()
            {
                return Err(format!("the guide has two blocks `{name}`").into());
            }
        }
    }
    for (name, (info, text)) in blocks {
        // Code is a file that `snippets.rs` includes; one that is not included is an error there.
        if info.starts_with("rust") {
            fs::write(out.join(format!("guide_{name}.rs")), format!("{{\n{text}\n}}\n"))?;
        } else if name == "access.txt" {
            fs::write(out.join(name), text + "\n")?;
        }
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
