//! Which changes are made: of everything that a decision rests on, and so that most calls are allowed.

use std::{collections::HashMap, sync::Mutex};

use meshauth_runtime::{Credential, KeyDigest};
use meshauth_tests::worlds::{api_key, key_sha256};

use crate::world::{Bot, Edit, Key, Method, Question, ROLES, ROOT, WALLET_ADMIN, World};

pub(crate) const FOUNDER: u128 = 1;
/// Eight firms below the root, with desks in them and desks in those, which move.
const FIRMS: std::ops::Range<u128> = 10..18;
const DESKS: std::ops::Range<u128> = 100..148;
const FIRST_BOT: u128 = 1000;
const BOTS: usize = 60;

/// A small generator of random numbers (splitmix64): the same numbers for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn of<T: Copy>(&mut self, all: impl IntoIterator<Item = T>) -> Option<T> {
        let all: Vec<_> = all.into_iter().collect();
        (!all.is_empty()).then(|| all[self.below(all.len())])
    }
}

/// The world as far as changes were acknowledged, for whoever draws changes and calls.
pub(crate) struct Model(Mutex<Inner>);

struct Inner {
    world: World,
    /// By number: the text of each key that was issued.
    keys: Vec<String>,
    /// Those that counted at some time.
    issued: Vec<Key>,
    bots: u128,
    /// What comes before anything else that is drawn.
    next: Vec<Edit>,
}

impl Model {
    /// The groups and clients that there are from the beginning, and the founder with its key.
    pub(crate) fn new(founders_key: &str) -> Self {
        let mut world = World::default();
        world.groups.insert(ROOT, None);
        world.groups.extend(FIRMS.map(|firm| (firm, Some(ROOT))));
        for desk in DESKS {
            // The second half is in desks of the first.
            let half = (DESKS.end - DESKS.start) / 2;
            let owner = if desk < DESKS.start + half { 10 + desk % 8 } else { desk - half };
            world.groups.insert(desk, Some(owner));
        }
        world.clients.extend(FIRMS.chain(DESKS.step_by(5)).map(|owner| (owner, true)));
        let grants = ROLES.map(|role| (ROOT, role)).into();
        let founder = Bot { owner: ROOT, is_active: true, keys: [0].into(), grants };
        world.bots.insert(FOUNDER, founder);
        let keys = vec![founders_key.to_owned()];
        let issued = vec![0];
        Self(Mutex::new(Inner { world, keys, issued, bots: 0, next: Vec::new() }))
    }

    pub(crate) fn world(&self) -> World {
        self.0.lock().unwrap().world.clone()
    }

    pub(crate) fn key(&self, key: Key) -> String {
        self.0.lock().unwrap().keys[key].clone()
    }

    /// The key was made by somebody else: this is its text.
    pub(crate) fn is_issued(&self, key: Key, text: &str) {
        text.clone_into(&mut self.0.lock().unwrap().keys[key]);
    }

    pub(crate) fn digest(&self, key: Key) -> KeyDigest {
        key_sha256(self.key(key).as_bytes()).parse().unwrap()
    }

    /// The numbers of all keys, by what a directory knows them by.
    pub(crate) fn keys(&self) -> HashMap<Credential, Key> {
        let keys = self.0.lock().unwrap().keys.len();
        (0..keys).map(|key| (self.digest(key).into(), key)).collect()
    }

    /// The group that owns what is changed.
    pub(crate) fn owner(&self, edit: Edit) -> Option<u128> {
        let world = &self.0.lock().unwrap().world;
        match edit {
            Edit::Hire { owner, .. } | Edit::Verify { owner, .. } => Some(owner),
            Edit::Move { group, .. } => world.groups[&group],
            Edit::Dismiss { bot }
            | Edit::SetActive { bot, .. }
            | Edit::Grant { bot, .. }
            | Edit::TakeBack { bot, .. }
            | Edit::Issue { bot, .. }
            | Edit::Revoke { bot, .. } => world.bots.get(&bot).map(|bot| bot.owner),
        }
    }

    pub(crate) fn acknowledge(&self, edit: Edit) {
        let mut inner = self.0.lock().unwrap();
        if let Edit::Issue { key, .. } = edit {
            inner.issued.push(key);
        }
        let bot = match edit {
            Edit::SetActive { bot, .. }
            | Edit::Grant { bot, .. }
            | Edit::TakeBack { bot, .. }
            | Edit::Issue { bot, .. }
            | Edit::Revoke { bot, .. } => bot,
            _ => FOUNDER,
        };
        // Acknowledgements come in any order.
        if inner.world.bots.contains_key(&bot) {
            inner.world.apply(edit);
        }
    }

    /// The next change.
    pub(crate) fn draw(&self, random: &mut Random) -> Edit {
        let inner = &mut *self.0.lock().unwrap();
        if let Some(edit) = inner.next.pop() {
            return edit;
        }
        loop {
            if let Some(edit) = inner.draw(random) {
                return edit;
            }
        }
    }

    /// A call that is allowed more often than not.
    pub(crate) fn question(&self, random: &mut Random, methods: &[Method]) -> Question {
        let inner = &*self.0.lock().unwrap();
        loop {
            if let Some(question) = inner.question(random, methods) {
                return question;
            }
        }
    }
}

impl Inner {
    fn bot(&self, random: &mut Random) -> Option<(u128, &Bot)> {
        random
            .of(self.world.bots.iter().filter(|(bot, _)| **bot != FOUNDER))
            .map(|(b, bot)| (*b, bot))
    }

    fn draw(&mut self, random: &mut Random) -> Option<Edit> {
        if self.world.bots.len() < BOTS {
            return Some(self.hire(random));
        }
        let (bot, record) = self.bot(random)?;
        Some(match random.below(100) {
            0..30 if record.grants.len() > 1 + random.below(3) => {
                let (group, role) = random.of(record.grants.iter().copied())?;
                Edit::TakeBack { bot, group, role }
            }
            0..30 => self.grant(bot, record.owner, random)?,
            30..45 if !record.is_active || random.one_in(3) => {
                Edit::SetActive { bot, active: !record.is_active }
            }
            45..65 if record.keys.len() > random.below(3) => {
                Edit::Revoke { bot, key: random.of(record.keys.iter().copied())? }
            }
            45..65 => self.issue(bot),
            65..80 => {
                Edit::Move { group: random.of(DESKS)?, below: random.of(FIRMS.chain(DESKS))? }
            }
            80..95 => {
                let (owner, verified) = random.of(self.world.clients.iter())?;
                let verified = !verified || !random.one_in(2);
                Edit::Verify { owner: *owner, verified }
            }
            95..98 => Edit::Dismiss { bot },
            _ => return None,
        })
    }

    fn hire(&mut self, random: &mut Random) -> Edit {
        let bot = FIRST_BOT + self.bots;
        self.bots += 1;
        let owner = random.of(FIRMS.chain(DESKS)).unwrap();
        let grants = [0; 2].map(|_| self.grant(bot, owner, random));
        self.next = grants.into_iter().flatten().chain([self.issue(bot)]).collect();
        Edit::Hire { bot, owner }
    }

    /// Mostly where its owner could grant it, too.
    fn grant(&self, bot: u128, owner: u128, random: &mut Random) -> Option<Edit> {
        let anywhere = random.one_in(6);
        let groups = self.world.groups.keys().copied();
        let groups = groups.filter(|group| anywhere || self.world.path(*group).contains(&owner));
        Some(Edit::Grant { bot, group: random.of(groups)?, role: random.of(ROLES)? })
    }

    fn issue(&mut self, bot: u128) -> Edit {
        let key = self.keys.len();
        self.keys.push(api_key(key));
        Edit::Issue { bot, key }
    }

    fn question(&self, random: &mut Random, methods: &[Method]) -> Option<Question> {
        if random.one_in(12) {
            // Any key that there ever was, in any group.
            let (key, group) = (random.of(self.issued.iter().copied())?, random.of(DESKS)?);
            return Some(Question { key, group, method: random.of(methods.iter().copied())? });
        }
        let (_, bot) = self.bot(random)?;
        let key = random.of(bot.keys.iter().copied())?;
        let (at, role) = random.of(bot.grants.iter().copied())?;
        let method = random.of(methods.iter().copied().filter(|method| {
            method.roles().contains(&role) || role == WALLET_ADMIN && random_one(key)
        }))?;
        let groups = self.world.groups.keys().copied();
        let group = random.of(groups.filter(|group| self.world.path(*group).contains(&at)))?;
        Some(Question { key, group, method })
    }
}

/// One key in eight is tried where its role does not count.
fn random_one(key: Key) -> bool {
    key.is_multiple_of(8)
}
