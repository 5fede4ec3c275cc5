//! What other runs wrote: those of this program before, which must not be lost, and those of the
//! build before, which must not be taken for this one's.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use crate::error::{Error, ErrorKind};

/// The list of what a build wrote below cargo's `OUT_DIR`: a line for each file.
const LIST: &str = "meshauth-written.txt";

/// The digests of what this program wrote, by path; none before its first run.
static WRITTEN: Mutex<Option<BTreeMap<PathBuf, [u8; 32]>>> = Mutex::new(None);

/// Removes what the build before wrote below `OUT_DIR`, before the first run of this program: a
/// build script that goes on after an error, or compiles fewer files, must not leave guards there that
/// nobody checked.
///
/// # Errors
/// A file that cannot be removed.
pub(super) fn forget() -> Result<(), Error> {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if written.is_some() {
        return Ok(());
    }
    if let Some(out_dir) = env::var_os("OUT_DIR").map(PathBuf::from) {
        remove_listed(&out_dir)?;
    }
    *written = Some(BTreeMap::new());
    Ok(())
}

fn remove_listed(out_dir: &Path) -> Result<(), Error> {
    let list = out_dir.join(LIST);
    let Some(listed) = modified(&list) else { return Ok(()) };
    let is_below = |path: &&Path| path.components().all(|c| matches!(c, Component::Normal(_)));
    let names = fs::read_to_string(&list).map_err(|error| ErrorKind::File(list, error))?;
    for path in names.lines().map(Path::new).filter(is_below).map(|path| out_dir.join(path)) {
        // What is newer than the list was written by another generator since.
        if modified(&path).is_some_and(|written| written <= listed) {
            fs::remove_file(&path).map_err(|error| ErrorKind::File(path, error))?;
        }
    }
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// Notes that these files are written now.
///
/// # Errors
/// An earlier run wrote other things into one of them.
pub(super) fn claim(files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), Error> {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let written = written.get_or_insert_default();
    let claimed: BTreeMap<_, _> =
        files.iter().map(|(path, content)| (real(path), digest(content))).collect();
    let differs = |(path, digest): &(&PathBuf, &[u8; 32])| {
        written.get(*path).is_some_and(|earlier| earlier != *digest)
    };
    let lost: Vec<_> =
        claimed.iter().filter(differs).map(|(path, _)| format!("\n  {}", path.display())).collect();
    if !lost.is_empty() {
        return Err(ErrorKind::Option(format!(
            "an earlier run of this build script wrote these files, and this one would overwrite \
             them:{}\n\
             give all .proto files to one call of `compile_protos`, or set another `out_dir` (and \
             `file_descriptor_set_path`) for each",
            lost.concat()
        ))
        .into());
    }
    written.extend(claimed);
    Ok(())
}

/// Writes the list for the build that comes next: it is newer than the files in it.
pub(super) fn list() -> Result<(), Error> {
    let out_dir = env::var_os("OUT_DIR").and_then(|path| fs::canonicalize(path).ok());
    let Some(out_dir) = out_dir else { return Ok(()) };
    let written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let written = written.iter().flatten().map(|(path, _)| path);
    let names = written.filter_map(|path| path.strip_prefix(&out_dir).ok()?.to_str());
    let names: String = names.flat_map(|name| [name, "\n"]).collect();
    let path = out_dir.join(LIST);
    fs::write(&path, names).map_err(|error| ErrorKind::File(path, error).into())
}

/// One path for a file, however its directory is written, and whether it is there or not.
fn real(path: &Path) -> PathBuf {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    match (fs::canonicalize(directory.unwrap_or(Path::new("."))), path.file_name()) {
        (Ok(directory), Some(name)) => directory.join(name),
        _ => path.to_owned(),
    }
}

fn digest(content: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(content).into()
}
