//! The whole comparison, world by world.

use std::error::Error;

use tokio::runtime::Runtime;

use crate::{
    limit::KeyHash,
    lineup::{Lineup, Name},
    measure::{
        Build, Rounds, Throughput, Unary, allocations, builds, hashed,
        instructions::{Instructions, instructions},
        throughput, unary, whole,
    },
    meshauth::Known,
    world::{Requests, World},
};

const ROUNDS: usize = 2_000;

/// Requests of each kind in a world that fits the caches.
const FEW: usize = 2_048;
/// And in one that must not.
const MANY: usize = 65_536;

/// Of a call that is allowed, and of one that is denied.
#[derive(Debug)]
pub(crate) struct Both<T> {
    pub(crate) allow: T,
    pub(crate) deny: T,
}

impl<T> Both<T> {
    fn of(requests: &Requests, measure: impl Fn(&[crate::world::Request]) -> T) -> Self {
        Self { allow: measure(&requests.allowed), deny: measure(&requests.denied) }
    }

    pub(crate) fn map<U>(&self, of: impl Fn(&T) -> U) -> Both<U> {
        Both { allow: of(&self.allow), deny: of(&self.deny) }
    }
}

/// What was measured in one world. Contenders stand in the order of [`Name::ALL`].
#[derive(Debug)]
pub(crate) struct InWorld {
    pub(crate) name: &'static str,
    pub(crate) whole: Both<Rounds>,
    /// meshauth, then the limit.
    pub(crate) hashed: Both<Rounds>,
    pub(crate) allocations: Vec<Both<f64>>,
    pub(crate) held_by_meshauth: u64,
    pub(crate) held_by_limit: u64,
}

/// What is measured only if it is asked for, as it takes other programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) instructions: bool,
    pub(crate) builds: bool,
}

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) small: InWorld,
    pub(crate) chain: InWorld,
    pub(crate) large: InWorld,
    /// meshauth in groups 4 deep, then 64 deep.
    pub(crate) depth_whole: Both<Rounds>,
    pub(crate) depth_hashed: Both<Rounds>,
    pub(crate) threads: Throughput,
    pub(crate) unary: Unary,
    /// What each decision pays for the hash of the key.
    pub(crate) key_hash: Rounds,
    /// In the small world, if they were asked for.
    pub(crate) instructions: Option<Vec<Instructions>>,
    /// What the build pays, if it was asked for.
    pub(crate) builds: Option<Vec<Build>>,
}

impl Comparison {
    pub(crate) fn run(runtime: &Runtime, asked: Asked) -> Result<Self, Box<dyn Error>> {
        let small = World::small();
        let requests = Requests::draw(&small, FEW);
        let chain = small.clone().deepened(60);
        let depths = [&small, &chain].map(Known::new);
        let [shallow, deep] = &depths;
        let twin = Known::new(&small);
        Ok(Self {
            small: in_world("small", &small, &requests, runtime),
            chain: in_world("chain", &chain, &requests, runtime),
            large: large(runtime),
            depth_whole: Both::of(&requests, |some| whole(runtime, &[shallow, deep], some, ROUNDS)),
            depth_hashed: Both::of(&requests, |some| hashed(&[shallow, deep], some, ROUNDS)),
            threads: throughput([shallow, &twin], &requests.allowed[0], 200),
            unary: unary(ROUNDS / 2),
            key_hash: whole(runtime, &[&KeyHash], &requests.allowed, ROUNDS),
            instructions: asked.instructions.then(instructions).transpose()?,
            builds: asked.builds.then(builds).transpose()?,
        })
    }
}

fn large(runtime: &Runtime) -> InWorld {
    let world = World::large();
    let requests = Requests::draw(&world, MANY);
    in_world("large", &world, &requests, runtime)
}

fn in_world(name: &'static str, world: &World, requests: &Requests, runtime: &Runtime) -> InWorld {
    progress(&format!("{name}: prepared"));
    let lineup = Lineup::new(world);
    lineup.assert_agreement(requests, runtime);
    progress(&format!("{name}: all agree"));
    let all = lineup.all();
    let with_entry = [Name::Known, Name::Limit].map(|name| lineup.get(name));
    let allocations = all
        .iter()
        .map(|contender| Both::of(requests, |requests| allocations(runtime, *contender, requests)));
    InWorld {
        name,
        allocations: allocations.collect(),
        whole: Both::of(requests, |requests| whole(runtime, &all, requests, ROUNDS)),
        hashed: Both::of(requests, |requests| hashed(&with_entry, requests, ROUNDS)),
        held_by_meshauth: lineup.held_by_meshauth,
        held_by_limit: lineup.held_by_limit,
    }
}

fn progress(what: &str) {
    eprintln!("{what}");
}
