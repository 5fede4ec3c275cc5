//! The protos that the program writes for people.

mod new_annotation;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use protoc_gen_meshauth::PROTOS;

pub(crate) use self::new_annotation::NewAnnotation;

/// Writes the annotation's protos. What is there and differs is somebody's work.
pub(crate) fn write_protos(directory: &Path) -> io::Result<()> {
    let targets = PROTOS.map(|(path, text)| (directory.join(path), text));
    for (path, text) in &targets {
        let differs = fs::read(path).is_ok_and(|there| there != text.as_bytes());
        if differs {
            return Err(io::Error::other(format!(
                "{} is there and differs from this version's; remove it to have it written. Roles of \
                 your own are for an annotation of your own: see --new-annotation in --help",
                path.display()
            )));
        }
    }
    for (path, text) in targets {
        write(&path, text, OpenOptions::new().create(true).truncate(true))?;
    }
    Ok(())
}

/// Writes a file and says so.
fn write(path: &Path, text: &str, how: &mut OpenOptions) -> io::Result<()> {
    let at =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(at)?;
    }
    let mut file = how.write(true).open(path).map_err(at)?;
    file.write_all(text.as_bytes()).map_err(at)?;
    writeln!(io::stdout(), "{}", path.display())
}
