//! What every directory holds to, as tests for one of your own.

mod changes;
mod decisions;
mod records;
mod worlds;

use meshauth_runtime::{Directory, World};

/// Makes the directories that [`assert_directory_holds`] looks at.
///
/// ```
/// use meshauth_runtime::{MemoryDirectory, World};
/// use meshauth_testing::{DirectoryFixture, assert_directory_holds};
///
/// struct InMemory;
///
/// impl DirectoryFixture for InMemory {
///     type Directory = MemoryDirectory;
///
///     async fn open(&mut self, world: &World) -> MemoryDirectory {
///         MemoryDirectory::new(world.clone()).unwrap()
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// assert_directory_holds(&mut InMemory).await;
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait DirectoryFixture {
    /// What is tested.
    type Directory: Directory;

    /// A directory that holds this world and nothing else, ready to be asked.
    fn open(&mut self, world: &World) -> impl Future<Output = Self::Directory>;

    /// Makes the directory that was opened last hold the world `after` in place of `before`, by one
    /// change, such as one transaction. It need not wait until the change is felt.
    ///
    /// [`Update::between`](meshauth_runtime::directory::Update::between) says what differs. Leave it as
    /// it is for a directory that does not change, and return whether it was changed.
    fn change(&mut self, before: &World, after: &World) -> impl Future<Output = bool> {
        let _ = (before, after);
        async { false }
    }
}

/// Tries a directory against what [`Directory`] asks of one, on worlds that have everything in them
/// that the rules know: it answers for exactly what it is asked, decides as a
/// [`MemoryDirectory`](meshauth_runtime::MemoryDirectory) of the same world does, and if it changes,
/// then each change is felt within five seconds, and no decision sees half of one.
///
/// Call it in a test, on tokio's runtime. A directory that asks a server is tested with the server.
///
/// # Panics
/// With the first thing that does not hold.
pub async fn assert_directory_holds(fixture: &mut impl DirectoryFixture) {
    let world = worlds::of_everything();
    let directory = fixture.open(&world).await;
    records::assert_hold(&directory, &world).await;
    decisions::assert_agree(directory, &world).await;
    changes::assert_felt(fixture).await;
    changes::assert_whole(fixture).await;
}
