//! `tree`: a directory, drawn.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use meshauth_runtime::{EntityName, EntityState, GroupName, RoleNumber, World};

/// Draws the groups below their owners. Of each: its client, the entities that it owns, and who holds
/// which roles in it, and so below it.
pub(super) fn draw(world: &World, out: &mut impl Write) -> io::Result<()> {
    let mut tree = Tree::default();
    for (name, owner) in world.groups() {
        tree.below.entry(*owner).or_default().insert(*name);
    }
    for client in world.clients() {
        let (kind, status) = (client.client_type().name(), client.status().name());
        let line = format!("client   {}  {kind}, {status}", client.name());
        tree.lines.entry(client.owner()).or_default().push(line);
    }
    let mut granted = BTreeMap::<GroupName, BTreeMap<EntityName, BTreeSet<RoleNumber>>>::new();
    for entity in world.entities() {
        let state = match entity.state() {
            EntityState::Active => "ACTIVE",
            EntityState::Inactive => "INACTIVE",
        };
        let keys = match entity.credentials().len() {
            0 => "no key".to_owned(),
            1 => "1 key".to_owned(),
            keys => format!("{keys} keys"),
        };
        let line = format!("owns     {}  {state}, {keys}", entity.name());
        tree.lines.entry(entity.owner()).or_default().push(line);
        for grant in entity.grants().iter() {
            let holders = granted.entry(grant.group()).or_default();
            holders.entry(entity.name()).or_default().insert(grant.role());
        }
    }
    for (group, holders) in granted {
        for (name, roles) in holders {
            let roles: Vec<_> = roles.iter().map(|role| role.value().to_string()).collect();
            let plural = if roles.len() == 1 { "role" } else { "roles" };
            let line = format!("granted  {name}  {plural} {}", roles.join(", "));
            tree.lines.entry(group).or_default().push(line);
        }
    }
    for root in tree.children(None) {
        tree.draw(root, "", "", out)?;
    }
    Ok(())
}

#[derive(Default)]
struct Tree {
    below: BTreeMap<Option<GroupName>, BTreeSet<GroupName>>,
    lines: BTreeMap<GroupName, Vec<String>>,
}

impl Tree {
    fn children(&self, owner: Option<GroupName>) -> impl Iterator<Item = GroupName> + '_ {
        self.below.get(&owner).into_iter().flatten().copied()
    }

    /// A tree is no deeper than a view allows, so that this ends.
    fn draw(
        &self,
        group: GroupName,
        branch: &str,
        margin: &str,
        out: &mut impl Write,
    ) -> io::Result<()> {
        writeln!(out, "{branch}{group}")?;
        let mut children = self.children(Some(group)).peekable();
        let rail = if children.peek().is_some() { "│" } else { " " };
        for line in self.lines.get(&group).into_iter().flatten() {
            writeln!(out, "{margin}{rail}   {line}")?;
        }
        while let Some(child) = children.next() {
            let (branch, rail) = if children.peek().is_some() {
                ("├── ", "│   ")
            } else {
                ("└── ", "    ")
            };
            self.draw(child, &format!("{margin}{branch}"), &format!("{margin}{rail}"), out)?;
        }
        Ok(())
    }
}
