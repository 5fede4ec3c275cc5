//! Who is compared, in one world.

use tokio::runtime::Runtime;

use crate::{
    by_hand::ByHand,
    cedar::Cedar,
    contender::{Agreement, Answer, Contender},
    limit::Limit,
    measure::BATCH,
    meshauth::{Audited, ByPath, Known},
    world::{Request, Requests, World},
};

/// A contender, by its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Known,
    ByPath,
    Audited,
    Limit,
    ByHand,
    Cedar,
}

impl Name {
    pub(crate) const ALL: [Self; 6] =
        [Self::Known, Self::ByPath, Self::Audited, Self::Limit, Self::ByHand, Self::Cedar];

    /// What the table calls it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Known => "meshauth, method known",
            Self::ByPath => "meshauth, by path",
            Self::Audited => "meshauth, method known, audited",
            Self::Limit => "the limit",
            Self::ByHand => "by hand",
            Self::Cedar => "Cedar, one policy",
        }
    }

    /// This contender alone.
    pub(crate) fn build(self, world: &World) -> Box<dyn Contender> {
        match self {
            Self::Known => Box::new(Known::new(world)),
            Self::ByPath => Box::new(ByPath::new(&Known::new(world), world)),
            Self::Audited => Box::new(Audited::new(&Known::new(world))),
            Self::Limit => Box::new(Limit::new(world)),
            Self::ByHand => Box::new(ByHand::new(world)),
            Self::Cedar => Box::new(Cedar::new(world)),
        }
    }
}

/// All contenders, each over the same world.
pub(crate) struct Lineup {
    /// In the order of [`Name::ALL`].
    contenders: Vec<Box<dyn Contender>>,
    /// What meshauth holds, in bytes.
    pub(crate) held_by_meshauth: u64,
    /// What the limit holds.
    pub(crate) held_by_limit: u64,
}

impl Lineup {
    pub(crate) fn new(world: &World) -> Self {
        let (known, held_by_meshauth) = held(|| Known::new(world));
        let (limit, held_by_limit) = held(|| Limit::new(world));
        let by_path = ByPath::new(&known, world);
        let audited = Audited::new(&known);
        let contenders: Vec<Box<dyn Contender>> = vec![
            Box::new(known),
            Box::new(by_path),
            Box::new(audited),
            Box::new(limit),
            Box::new(ByHand::new(world)),
            Box::new(Cedar::new(world)),
        ];
        Self { contenders, held_by_meshauth, held_by_limit }
    }

    pub(crate) fn all(&self) -> Vec<&dyn Contender> {
        self.contenders.iter().map(|contender| &**contender).collect()
    }

    pub(crate) fn get(&self, name: Name) -> &dyn Contender {
        &*self.contenders[name as usize]
    }

    /// Holds every contender to the answer of every request.
    pub(crate) fn assert_agreement(&self, requests: &Requests, runtime: &Runtime) {
        let batches = [&requests.allowed, &requests.denied, &requests.odd];
        for batch in batches.iter().flat_map(|requests| requests.chunks(BATCH)) {
            for (name, contender) in Name::ALL.into_iter().zip(self.all()) {
                runtime.block_on(async {
                    for request in batch {
                        assert_agrees(name, contender, request);
                    }
                });
                contender.settle(runtime);
            }
        }
    }
}

fn assert_agrees(name: Name, contender: &dyn Contender, request: &Request) {
    let answer = contender.answer(&mut request.call());
    let agrees = match contender.agreement() {
        Agreement::Full => answer == request.answer,
        _ if !request.is_well_formed() => true,
        Agreement::WellFormed => answer == request.answer,
        Agreement::AllowOnly => (answer == Answer::Allow) == (request.answer == Answer::Allow),
    };
    assert!(agrees, "{}: {answer:?} to {request:?}", name.label());
}

/// What is built, and how many bytes it holds.
fn held<T>(build: impl FnOnce() -> T) -> (T, u64) {
    let mut held = None;
    let counted = allocation_counter::measure(|| held = Some(build()));
    let held = held.expect("it was built while it was measured");
    (held, counted.bytes_current.try_into().unwrap_or_default())
}
