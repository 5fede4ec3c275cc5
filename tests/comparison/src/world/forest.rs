//! Trees of groups.

use super::{Group, Rng};

/// Groups under one root, so many on each level; the parent of each is one of the level above.
pub(super) fn draw(rng: &mut Rng, levels: &[u32]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut above = 0..0;
    for count in levels {
        let start = above.end;
        for _ in 0..*count {
            let parent = (!above.is_empty()).then(|| above.start + rng.index(above.len()));
            // A ULID of 128 bits, as `groups/{ULID}` has it.
            groups.push(Group { id: rng.next_u128(), parent });
        }
        above = start..start + count;
    }
    groups
}

/// A tree, walked both ways.
#[derive(Debug)]
pub(super) struct Forest<'a> {
    groups: &'a [Group],
    children: Vec<Vec<u32>>,
    depths: Vec<u8>,
    deepest: Vec<u32>,
}

impl<'a> Forest<'a> {
    pub(super) fn new(groups: &'a [Group]) -> Self {
        let mut children = vec![Vec::new(); groups.len()];
        let mut depths = Vec::with_capacity(groups.len());
        for (index, group) in (0..).zip(groups) {
            depths.push(group.parent.map_or(0, |parent: u32| depths[parent as usize] + 1));
            if let Some(parent) = group.parent {
                children[parent as usize].push(index);
            }
        }
        let most = depths.iter().copied().max().unwrap_or(0);
        let deepest = (0..).zip(&depths).filter(|(_, depth)| **depth == most);
        let deepest = deepest.map(|(index, _)| index).collect();
        Self { groups, children, depths, deepest }
    }

    pub(super) fn any(&self, rng: &mut Rng) -> u32 {
        rng.index(self.groups.len())
    }

    /// One of those that are as deep as any.
    pub(super) fn any_deepest(&self, rng: &mut Rng) -> u32 {
        rng.pick(&self.deepest)
    }

    /// One of those below `group` or itself, if the way down ends on the last level.
    pub(super) fn any_deepest_below(&self, rng: &mut Rng, group: u32) -> Option<u32> {
        let mut at = group;
        while !self.children[at as usize].is_empty() {
            at = rng.pick(&self.children[at as usize]);
        }
        let is_deepest = self.depths[at as usize] == self.depths[self.deepest[0] as usize];
        is_deepest.then_some(at)
    }

    /// `group` or one above it.
    pub(super) fn any_above(&self, rng: &mut Rng, group: u32) -> u32 {
        let up = rng.below(usize::from(self.depths[group as usize]) + 1);
        self.path_up(group).nth(up).unwrap_or(group)
    }

    /// The group, its parent, and so on up to the root.
    pub(super) fn path_up(&self, group: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(group), |at| self.groups[*at as usize].parent)
    }
}
