//! What other runs wrote: those of this program before, which must not be lost, and those of the
//! build before, which must not be taken for this one's.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::error::{Error, ErrorKind};

/// The list of what a build wrote below cargo's `OUT_DIR`: a line for each file.
const LIST: &str = "meshauth-written.txt";

/// The digests of what this program wrote, by path; none before its first run.
static WRITTEN: Mutex<Option<BTreeMap<PathBuf, [u8; 32]>>> = Mutex::new(None);

/// Removes what the build before wrote below `OUT_DIR`, before the first run of this program: a
/// build script that goes on after an error, or compiles fewer files, must not leave guards there that
/// nobody checked.
pub(super) fn forget() {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if written.is_some() {
        return;
    }
    *written = Some(BTreeMap::new());
    let Some(out_dir) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let list = fs::read_to_string(out_dir.join(LIST)).unwrap_or_default();
    let is_below = |path: &&Path| path.components().all(|c| matches!(c, Component::Normal(_)));
    for path in list.lines().map(Path::new).filter(is_below) {
        let _ = fs::remove_file(out_dir.join(path));
    }
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
    list(written)
}

/// Writes the list for the build that comes next.
fn list(written: &BTreeMap<PathBuf, [u8; 32]>) -> Result<(), Error> {
    let Some(out_dir) = env::var_os("OUT_DIR").map(|path| real(Path::new(&path))) else {
        return Ok(());
    };
    let names = written.keys().filter_map(|path| path.strip_prefix(&out_dir).ok()?.to_str());
    let names: String = names.flat_map(|name| [name, "\n"]).collect();
    let path = out_dir.join(LIST);
    fs::write(&path, names).map_err(|error| ErrorKind::File(path, error).into())
}

/// One path for a file, however its directory is written.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .ok()
        .or_else(|| {
            let directory = fs::canonicalize(path.parent()?).ok()?;
            Some(directory.join(path.file_name()?))
        })
        .unwrap_or_else(|| path.to_owned())
}

fn digest(content: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(content).into()
}
