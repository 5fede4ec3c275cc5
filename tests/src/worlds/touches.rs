//! What a call touches.

use super::{draft::Draft, names::*};
use crate::oracle::{Resource, Touch};

impl Draft {
    /// What the directory would say of a resource that this node owns.
    pub(super) fn resource_of(&self, node: usize) -> Resource {
        Resource {
            owner: self.names[node].clone(),
            owners: self.paths[node].iter().map(|i| self.names[*i].clone()).collect(),
        }
    }

    /// A resource of one of these nodes.
    pub(super) fn resource_of_one(&mut self, nodes: &[usize]) -> Resource {
        let node = self.rng.pick(nodes);
        self.resource_of(node)
    }

    /// A resource that the executing group may read: it is in `owners`.
    pub(super) fn visible_resource(&mut self) -> Resource {
        let name = self.executing_name();
        let below = self.descendants(self.executing);
        match self.rng.below(8) {
            0..=2 => self.resource_of(self.executing),
            3..=5 if !below.is_empty() => self.resource_of_one(&below),
            3..=6 => {
                // A group below that the directory does not hold.
                let mut resource = self.resource_of(self.executing);
                resource.owner = self.unknown_group();
                resource.owners.push(resource.owner.clone());
                resource
            }
            _ => {
                let mut owners: Vec<String> =
                    (0..self.rng.below(3)).map(|_| self.any_group()).collect();
                if self.rng.chance(30) {
                    let junk = malformed_group(&mut self.rng, &name);
                    owners.push(junk);
                }
                self.rng.insert(&mut owners, name);
                Resource { owner: self.any_owner(), owners }
            }
        }
    }

    /// A resource that the executing group may not read: it is not in `owners`, though perhaps
    /// something like it.
    pub(super) fn hidden_resource(&mut self) -> Resource {
        let name = self.executing_name();
        let above = self.ancestors(self.executing);
        let aside = self.strangers(self.executing);
        let mut resource = match self.rng.below(9) {
            0 | 1 if !above.is_empty() => self.resource_of_one(&above),
            2..=4 if !aside.is_empty() => self.resource_of_one(&aside),
            5 => Resource { owner: name.clone(), owners: Vec::new() },
            6 => Resource { owner: self.any_owner(), owners: Vec::new() },
            7 => {
                let junk = malformed_group(&mut self.rng, &name);
                let mut owners = self.resource_of(self.executing).owners;
                owners.pop();
                owners.push(junk);
                Resource { owner: name.clone(), owners }
            }
            _ => {
                let unknown = self.unknown_group();
                let mut owners = self.resource_of(self.executing).owners;
                owners.pop();
                owners.push(unknown.clone());
                Resource { owner: unknown, owners }
            }
        };
        resource.owners.retain(|owner| *owner != name);
        resource
    }

    /// A resource that the executing group may change: it is the `owner`.
    pub(super) fn owned_resource(&mut self) -> Resource {
        let mut resource = self.resource_of(self.executing);
        match self.rng.below(8) {
            0..=4 => {}
            5 => resource.owners = self.hidden_resource().owners,
            6 => resource.owners.clear(),
            _ => resource.owners = self.visible_resource().owners,
        }
        resource
    }

    /// Any content of `owner`.
    pub(super) fn any_owner(&mut self) -> String {
        match self.rng.below(5) {
            0 => self.executing_name(),
            1 => String::new(),
            2 => malformed_group(&mut self.rng, &self.names[self.executing]),
            _ => self.other_group(),
        }
    }

    /// Another owner than the executing group.
    pub(super) fn other_owner(&mut self) -> String {
        match self.rng.below(6) {
            0 => String::new(),
            1 => malformed_group(&mut self.rng, &self.names[self.executing]),
            _ => self.other_group(),
        }
    }

    pub(super) fn any_resource(&mut self) -> Resource {
        match self.rng.below(3) {
            0 => self.visible_resource(),
            1 => self.hidden_resource(),
            _ => self.owned_resource(),
        }
    }

    pub(super) fn any_touch(&mut self) -> Touch {
        match self.rng.below(8) {
            0 => Touch::Nothing,
            1 => Touch::Stored(None),
            2 | 3 => Touch::Stored(Some(self.any_resource())),
            4 | 5 => Touch::Request(self.any_resource()),
            _ => Touch::Response(self.any_resource()),
        }
    }

    pub(super) fn touch_in_scope(&mut self) {
        let write = self.write();
        let kind = self.rng.below(10);
        let resource = if write { self.owned_resource() } else { self.visible_resource() };
        self.call.touch = match kind {
            0 | 1 => Touch::Nothing,
            2..=4 => Touch::Stored(Some(resource)),
            5 | 6 if write && self.rng.chance(40) => Touch::Request(Resource {
                owner: String::new(),
                owners: self.any_resource().owners,
            }),
            5 | 6 if write => Touch::Request(resource),
            5 | 6 => Touch::Request(self.any_resource()),
            _ => Touch::Response(resource),
        };
    }

    pub(super) fn touch_not_found(&mut self) {
        let stored = if self.rng.chance(20) {
            None
        } else {
            let mut resource = self.hidden_resource();
            if self.write() && resource.owner == self.names[self.executing] {
                resource.owner = self.other_owner();
            }
            Some(resource)
        };
        self.call.touch = Touch::Stored(stored);
    }

    pub(super) fn touch_not_owned(&mut self) {
        if let Some(policy) = &mut self.call.policy {
            policy.write = true;
        }
        self.call.touch = if self.rng.chance(50) {
            let mut resource = self.visible_resource();
            if resource.owner == self.names[self.executing] {
                resource.owner = self.other_owner();
            }
            Touch::Stored(Some(resource))
        } else {
            let mut owner = self.other_owner();
            if owner.is_empty() {
                owner = malformed_group(&mut self.rng, &self.names[self.executing]);
            }
            // What the sender says of `owners` makes no difference.
            Touch::Request(Resource { owner, owners: self.any_resource().owners })
        };
    }

    pub(super) fn touch_response_out_of_scope(&mut self) {
        let mut resource =
            if self.rng.chance(50) { self.hidden_resource() } else { self.visible_resource() };
        if self.write() {
            if resource.owner == self.names[self.executing] {
                resource.owner = self.other_owner();
            }
        } else {
            resource.owners.retain(|owner| *owner != self.names[self.executing]);
        }
        self.call.touch = Touch::Response(resource);
    }

    // Headers.
}
