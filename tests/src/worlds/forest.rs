//! Every small forest.

use super::names::group_name;
use crate::oracle::{Fault, Group, World};

/// Every parent function on `n` nodes, with cycles or without: `(n+1)^n` of them.
pub fn parent_functions(n: usize) -> impl Iterator<Item = Vec<Option<usize>>> {
    let count = (0..n).fold(1_usize, |product, _| product * (n + 1));
    (0..count).map(move |mut code| {
        let mut parents = Vec::new();
        for _ in 0..n {
            parents.push((code % (n + 1)).checked_sub(1));
            code /= n + 1;
        }
        parents
    })
}

/// Every labelled forest on `n` nodes, as a parent function without cycles: `(n+1)^(n-1)` of them.
pub fn forests(n: usize) -> impl Iterator<Item = Vec<Option<usize>>> {
    parent_functions(n)
        .filter(|parents| (0..parents.len()).all(|node| path_to(parents, node).is_some()))
}

/// A world of consistent groups, the group of node `i` being `group_name(i)`, and no users; `None`
/// if there is a cycle.
pub fn forest_world(parents: &[Option<usize>]) -> Option<World> {
    let mut groups = Vec::new();
    for node in 0..parents.len() {
        let path = path_to(parents, node)?;
        let owners: Vec<String> = path[..path.len() - 1].iter().map(|i| group_name(*i)).collect();
        let owner = owners.last().cloned().unwrap_or_default();
        groups.push(Group { name: group_name(node), owner, owners });
    }
    Some(World {
        groups,
        api_users: Vec::new(),
        clients: Vec::new(),
        max_depth: 64,
        fault: Fault::None,
    })
}

/// The nodes from the root to `node`, both included; `None` if there is a cycle above it.
pub(super) fn path_to(parents: &[Option<usize>], node: usize) -> Option<Vec<usize>> {
    let mut path = vec![node];
    let mut current = node;
    while let Some(parent) = parents[current] {
        if path.contains(&parent) {
            return None;
        }
        path.push(parent);
        current = parent;
    }
    path.reverse();
    Some(path)
}
