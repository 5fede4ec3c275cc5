//! A view that is replaced while decisions read it.

use std::{
    fmt,
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use arc_swap::{ArcSwap, Guard};
use tokio::time;

use super::{
    Directory,
    lookup::Lookup,
    revocation::{Revocation, Revocations},
    view::{Update, View},
    world::WorldError,
};
use crate::{
    credential::Credential,
    metrics,
    names::GroupName,
    records::{Client, Entity, Group, Miss},
};

/// A view in memory that follows what it is a copy of. Clones are one view.
///
/// A directory that keeps its records elsewhere hands one out
/// ([`Directory::view`](crate::Directory::view)), and a [`ViewWriter`] tells it what changed.
/// Decisions read the last view without waiting for an update, and each of them reads one view
/// alone: never an entity from before a change with a group from after it.
///
/// The view knows up to when it was known to be the truth, and a decision is as old as that. Past
/// the bound of the authoriser
/// ([`max_decision_age`](crate::AuthoriserBuilder::max_decision_age)) the answer is
/// `DIRECTORY_UNAVAILABLE`, as it is before the first view.
#[derive(Clone)]
pub struct LiveView(Arc<Inner>);

struct Inner {
    source: Source,
    revocations: Revocations,
}

enum Source {
    /// What it is a copy of does not change.
    Fixed(Box<View>),
    Following(ArcSwap<Moment>),
}

/// What was known at one moment. It is replaced as a whole: a view and its age belong together.
struct Moment {
    view: View,
    /// On tokio's clock, which tests can stop.
    known: time::Instant,
    /// Not before the first.
    is_loaded: bool,
}

/// Who changes a [`LiveView`]: there is one for each, so that changes come in order. Once it is
/// dropped, the view ages.
///
/// ```
/// use std::time::Instant;
/// use meshauth_runtime::{View, World, directory::{Update, ViewWriter}};
///
/// # fn read_all() -> World { World::new() }
/// # fn read_changes() -> Update { Update::new() }
/// let mut writer = ViewWriter::new();
/// let view = writer.view();
/// assert_eq!(view.age(), None);
/// // Taken before the question: what the answer says was true then, or later.
/// let asked = Instant::now();
/// writer.replace(View::new(&read_all())?, asked);
/// // From then on, each second or when told so:
/// let asked = Instant::now();
/// writer.update(&read_changes(), asked)?;
/// assert!(view.age().is_some());
/// # Ok::<(), meshauth_runtime::WorldError>(())
/// ```
#[derive(Debug, Default)]
pub struct ViewWriter(LiveView);

impl ViewWriter {
    /// The writer of a view of which nothing is known yet: until it is
    /// [replaced](Self::replace), every decision that needs it is refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The view, for the directory that hands it out.
    #[must_use]
    pub fn view(&self) -> LiveView {
        self.0.clone()
    }

    /// Takes this view in the place of all that was known. `known` is a moment at which it was the
    /// truth: from before it was asked for.
    ///
    /// Every open call is decided again.
    pub fn replace(&mut self, view: View, known: Instant) {
        self.publish(view, known, vec![Revocation::Everything]);
    }

    /// Takes a change in, as a whole. `known` as in [`ViewWriter::replace`]; an empty update says
    /// that the view is still the truth.
    ///
    /// The open calls that it concerns are decided again. Before the first
    /// [`ViewWriter::replace`], it does nothing: there is nothing that could change.
    ///
    /// # Errors
    /// What [`View::new`] would refuse of the world as it would be: then nothing changes, and the
    /// view ages until it is replaced.
    pub fn update(&mut self, update: &Update, known: Instant) -> Result<(), WorldError> {
        let (view, revocations) = match self.0.moment() {
            Some(moment) if moment.is_loaded && update.is_empty() => {
                (moment.view.clone(), Vec::new())
            }
            Some(moment) if moment.is_loaded => moment.view.updated(update)?,
            _ => return Ok(()),
        };
        self.publish(view, known, revocations);
        Ok(())
    }

    fn publish(&self, view: View, known: Instant, revocations: Vec<Revocation>) {
        if let Source::Following(current) = &self.0.0.source {
            let at = SystemTime::now().checked_sub(known.elapsed());
            metrics::directory_known(at.unwrap_or(SystemTime::UNIX_EPOCH));
            let known = time::Instant::from_std(known);
            current.store(Arc::new(Moment { view, known, is_loaded: true }));
        }
        // Not before: who is told of a change asks for what is there by then.
        for revocation in revocations {
            self.0.0.revocations.announce(revocation);
        }
    }
}

impl LiveView {
    /// A view of what does not change, and so does not age.
    #[must_use]
    pub fn fixed(view: View) -> Self {
        Self::of(Source::Fixed(Box::new(view)))
    }

    fn of(source: Source) -> Self {
        Self(Arc::new(Inner { source, revocations: Revocations::new() }))
    }

    /// What is known now; nothing of a view that is fixed.
    fn moment(&self) -> Option<Guard<Arc<Moment>>> {
        match &self.0.source {
            Source::Fixed(_) => None,
            Source::Following(current) => Some(current.load()),
        }
    }

    /// How long ago it was known to be the truth: none before the first view. One that is fixed is
    /// always zero.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        match self.moment() {
            None => Some(Duration::ZERO),
            Some(moment) => moment.is_loaded.then(|| moment.known.elapsed()),
        }
    }

    /// The handle by which its changes are announced.
    #[must_use]
    pub fn revocations(&self) -> Revocations {
        self.0.revocations.clone()
    }

    /// The view of now, unless it is older than this.
    #[inline]
    pub(crate) fn load(&self, max_age: Duration) -> Option<ViewGuard<'_>> {
        match &self.0.source {
            Source::Fixed(view) => Some(ViewGuard(Loaded::Fixed(view))),
            Source::Following(current) => {
                let moment = current.load();
                let is_usable = moment.is_loaded && moment.known.elapsed() < max_age;
                is_usable.then_some(ViewGuard(Loaded::Following(moment)))
            }
        }
    }

    /// The last view, however old it is.
    fn last(&self) -> Result<ViewGuard<'_>, Miss> {
        self.load(Duration::MAX).ok_or(Miss::Unavailable)
    }

    /// Up to when a view that is loaded from now on was known to be the truth, at least.
    pub(crate) fn known(&self) -> time::Instant {
        // Before the first it is the moment at which it was made.
        self.moment().map_or_else(time::Instant::now, |moment| moment.known)
    }
}

impl Default for LiveView {
    /// Of which nothing is known yet.
    fn default() -> Self {
        let known = time::Instant::now();
        let moment = Moment { view: View::default(), known, is_loaded: false };
        let current = ArcSwap::from_pointee(moment);
        Self::of(Source::Following(current))
    }
}

/// For a directory that hands it out: each look-up sees the view of its moment.
impl Directory for LiveView {
    /// The record has the one credential that was asked for.
    fn entity(&self, credential: &Credential) -> Lookup<'_, Arc<Entity>> {
        Lookup::now(self.last().and_then(|view| view.entity(credential)))
    }

    fn group(&self, name: GroupName) -> Lookup<'_, Arc<Group>> {
        Lookup::now(self.last().and_then(|view| view.group(name)))
    }

    fn client(&self, home: &Group) -> Lookup<'_, Client> {
        Lookup::now(self.last().and_then(|view| view.client_of_home(home.name())))
    }

    fn view(&self) -> Option<&LiveView> {
        Some(self)
    }
}

impl fmt::Debug for LiveView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveView").field("age", &self.age()).finish_non_exhaustive()
    }
}

/// One view, for as long as a decision looks at it.
pub(crate) struct ViewGuard<'a>(Loaded<'a>);

enum Loaded<'a> {
    Fixed(&'a View),
    Following(Guard<Arc<Moment>>),
}

impl Deref for ViewGuard<'_> {
    type Target = View;

    #[inline]
    fn deref(&self) -> &View {
        match &self.0 {
            Loaded::Fixed(view) => view,
            Loaded::Following(moment) => &moment.view,
        }
    }
}
