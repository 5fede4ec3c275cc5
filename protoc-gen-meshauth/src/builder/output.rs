//! The files of a run. They are held until all of them are there, so that a run writes all or nothing,
//! and none that another run wrote.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::earlier;
use crate::error::{Error, ErrorKind};

/// What is to be written, by path.
#[derive(Default)]
pub(super) struct Output(BTreeMap<PathBuf, Vec<u8>>);

impl Output {
    /// Adds a file.
    ///
    /// # Errors
    /// It was added before: by its settings, the run would write two things into it.
    pub(super) fn add(&mut self, path: PathBuf, content: Vec<u8>) -> Result<(), Error> {
        match self.0.entry(path) {
            Entry::Vacant(entry) => {
                entry.insert(content);
                Ok(())
            }
            Entry::Occupied(entry) => Err(ErrorKind::Option(format!(
                "{} would be written twice: give `include_file`, `file_descriptor_set_path` and \
                 `default_package_filename` names that no package has",
                entry.key().display()
            ))
            .into()),
        }
    }

    /// The content of a file that was added.
    pub(super) fn content(&mut self, path: &Path) -> Option<&mut Vec<u8>> {
        self.0.get_mut(path)
    }

    /// Writes what differs from what is there.
    ///
    /// # Errors
    /// An earlier run of this program wrote one of the files, and other things into it. Then nothing
    /// is written.
    pub(super) fn write(self) -> Result<(), Error> {
        earlier::claim(&self.0)?;
        // Before, so that no file is forgotten if one cannot be written; and after, as the newest.
        earlier::list()?;
        for (path, content) in self.0 {
            if fs::read(&path).is_ok_and(|there| there == content) {
                continue;
            }
            fs::write(&path, content).map_err(|error| ErrorKind::File(path, error))?;
        }
        earlier::list()
    }
}

/// An empty directory for prost and tonic to write into, in the one that is meant. It is removed when
/// this is dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new(out_dir: &Path) -> Result<Self, Error> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = out_dir.join(format!("meshauth-{}-{number}", process::id()));
        // What a process of the same number left behind is not of this run.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).map_err(|error| ErrorKind::File(out_dir.to_owned(), error))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Empties it.
    pub(super) fn clear(&self) -> Result<(), Error> {
        let failed = |error| ErrorKind::File(self.0.clone(), error);
        fs::remove_dir_all(&self.0).and_then(|()| fs::create_dir(&self.0)).map_err(failed)?;
        Ok(())
    }

    /// What is in it, by name.
    pub(super) fn files(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let failed = |error| ErrorKind::File(self.0.clone(), error);
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.0).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.insert(name, fs::read(entry.path()).map_err(failed)?);
        }
        Ok(files)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
