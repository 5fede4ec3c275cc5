//! When credentials count that do not always.

use std::{collections::BTreeMap, sync::Arc};

use crate::credential::Validity;

/// So many places share a map of validities.
const VALIDITIES: u32 = 256;

/// When credentials count that do not always, by place: in maps that are copied on write.
#[derive(Debug, Clone, Default)]
pub(super) struct Validities(Vec<Arc<BTreeMap<u32, Validity>>>);

impl Validities {
    pub(super) fn get(&self, place: u32) -> Option<Validity> {
        self.0.get((place / VALIDITIES) as usize)?.get(&place).copied()
    }

    pub(super) fn set(&mut self, place: u32, validity: Option<Validity>) {
        if self.get(place) == validity {
            return;
        }
        let map = (place / VALIDITIES) as usize;
        if self.0.len() <= map {
            self.0.resize_with(map + 1, Arc::default);
        }
        let map = Arc::make_mut(&mut self.0[map]);
        match validity {
            Some(validity) => map.insert(place, validity),
            None => map.remove(&place),
        };
    }
}
