//! A directory that follows a JSON file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use sha2::{Digest, Sha256};

use super::{LoadError, read, world_from_json};
use crate::{
    audit,
    credential::Credential,
    directory::{Directory, LiveView, Lookup, Update, View, ViewWriter, World},
    metrics,
    names::{Collections, GroupName},
    records::{Client, Entity, Group},
};

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// A file that was written so short a time before it was read may have been written once more
/// without a sign of it: clocks of file systems are coarse.
const SETTLED: Duration = Duration::from_secs(2);

/// A directory in memory that follows a JSON file, in the form of
/// [`MemoryDirectory::from_json`](crate::MemoryDirectory::from_json).
///
/// The file is looked at each second, on a thread of its own. It may be written in place, replaced,
/// or reached by a symbolic link that is switched, as mounted volumes do. A changed file is taken in as a
/// whole, and the open calls that the change concerns are decided again. One that is refused changes
/// nothing: the log says where it is broken, and `meshauth_directory_broken` is 1 until it is mended.
///
/// ```no_run
/// use meshauth_runtime::{Authoriser, directory::JsonDirectory};
///
/// let authoriser = Authoriser::new(JsonDirectory::open("directory.json")?);
/// # Ok::<(), meshauth_runtime::directory::LoadError>(())
/// ```
#[derive(Debug)]
pub struct JsonDirectory {
    view: LiveView,
    /// The thread ends when this is dropped.
    _following: Sender<()>,
}

impl JsonDirectory {
    /// Reads the file, and follows it from then on.
    ///
    /// # Errors
    /// As [`MemoryDirectory::load`](crate::MemoryDirectory::load); and a thread that cannot be
    /// started.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::open_in(Collections::new(), path)
    }

    /// The same with names of entities and clients in a service's own collections.
    ///
    /// # Errors
    /// As [`JsonDirectory::open`].
    pub fn open_in(collections: Collections, path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let followed = Followed::open(collections, path.as_ref())?;
        let view = followed.writer.view();
        let (following, ended) = mpsc::channel();
        thread::Builder::new()
            .name(String::from("meshauth-directory"))
            .spawn(move || followed.follow(&ended))
            .map_err(|error| LoadError::of_file(path.as_ref(), super::Fault::Follow(error)))?;
        Ok(Self { view, _following: following })
    }
}

impl Directory for JsonDirectory {
    /// The record has the one credential that was asked for.
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        self.view.entity(credential)
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        self.view.group(name)
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        self.view.client(home)
    }

    fn view(&self) -> Option<&LiveView> {
        Some(&self.view)
    }
}

/// The file, and what was taken of it.
struct Followed {
    path: PathBuf,
    collections: Collections,
    writer: ViewWriter,
    world: World,
    read: Reading,
}

/// What was seen when the file was read last, whether or not it was taken.
struct Reading {
    stamp: Option<Stamp>,
    /// Of the whole text.
    digest: [u8; 32],
    /// Why it was not taken.
    refused: Option<String>,
}

/// By what a file is told from another one, without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    /// Behind all symbolic links.
    path: PathBuf,
    inode: u64,
    length: u64,
    modified: SystemTime,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        let metadata = fs::metadata(&path)?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let inode = 0;
        let (length, modified) = (metadata.len(), metadata.modified()?);
        Ok(Self { path, inode, length, modified })
    }

    /// Whether a later change of the file shows in its stamp. A time in the future says nothing.
    fn is_settled(&self) -> bool {
        self.modified.elapsed().is_ok_and(|age| age >= SETTLED)
    }
}

impl Followed {
    fn open(collections: Collections, path: &Path) -> Result<Self, LoadError> {
        let known = Instant::now();
        // Before the text: what changes meanwhile is seen the next time.
        let stamp = Stamp::of(path).ok().filter(Stamp::is_settled);
        let text = read(path)?;
        let world = world_from_json(collections, &text).map_err(|error| error.in_file(path))?;
        let mut writer = ViewWriter::new();
        writer.replace(view_of(path, &world)?, known);
        let read = Reading { stamp, digest: Sha256::digest(&text).into(), refused: None };
        Ok(Self { path: path.to_owned(), collections, writer, world, read })
    }

    /// Looks at the file again and again, until the directory is gone.
    fn follow(mut self, ended: &Receiver<()>) {
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(INTERVAL) {
            self.look();
        }
    }

    fn look(&mut self) {
        let known = Instant::now();
        match self.take_changes(known) {
            Ok(()) => {
                if self.read.refused.take().is_some() {
                    audit::directory_mended(&self.path);
                }
                metrics::directory_broken(false);
            }
            Err(error) => {
                let error = error.to_string();
                if self.read.refused.as_ref() != Some(&error) {
                    audit::directory_refused(&error);
                }
                self.read.refused = Some(error);
                metrics::directory_broken(true);
            }
        }
        // What cannot be read says nothing new: what was taken last counts.
        let _ = self.writer.update(&Update::new(), known);
    }

    /// Takes what is new in the file.
    fn take_changes(&mut self, known: Instant) -> Result<(), LoadError> {
        let stamp = Stamp::of(&self.path).ok();
        if stamp.is_some() && stamp == self.read.stamp && self.read.refused.is_none() {
            return Ok(());
        }
        let text = read(&self.path)?;
        let digest = Sha256::digest(&text).into();
        if digest == self.read.digest && self.read.refused.is_none() {
            self.read.stamp = stamp.filter(Stamp::is_settled);
            return Ok(());
        }
        let world =
            world_from_json(self.collections, &text).map_err(|error| error.in_file(&self.path))?;
        self.take(world, known)?;
        self.read.digest = digest;
        self.read.stamp = stamp.filter(Stamp::is_settled);
        Ok(())
    }

    fn take(&mut self, world: World, known: Instant) -> Result<(), LoadError> {
        let update = Update::between(&self.world, &world);
        if self.writer.update(&update, known).is_err() {
            // The world as a whole says where in the file it is at fault.
            self.writer.replace(view_of(&self.path, &world)?, known);
        }
        if !update.is_empty() {
            audit::directory_changed(&self.path, &update);
        }
        self.world = world;
        Ok(())
    }
}

fn view_of(path: &Path, world: &World) -> Result<View, LoadError> {
    View::new(world).map_err(|error| LoadError::of_file(path, super::Fault::World(error)))
}

#[cfg(test)]
mod tests;
