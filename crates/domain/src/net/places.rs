//! How much is asked for one customer at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::entity::WorkspaceId;

/// Places for requests, the same number for each workspace. Of one process: a customer whose addresses answer slowly holds up no
/// one else's work in it.
#[derive(Clone, Debug)]
pub(super) struct Places {
    each: usize,
    taken: Arc<Mutex<HashMap<WorkspaceId, usize>>>,
}

/// A place of a workspace, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    workspace: WorkspaceId,
    places: Places,
}

impl Places {
    pub(super) fn new(each: usize) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// A place, if the workspace has one left.
    pub(super) fn take(&self, workspace: WorkspaceId) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let held = taken.entry(workspace).or_default();
        if *held >= self.each {
            return None;
        }
        *held += 1;
        Some(Place {
            workspace,
            places: self.clone(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = taken.get_mut(&self.workspace) {
            *held -= 1;
            if *held == 0 {
                taken.remove(&self.workspace);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_workspace_has_its_places_and_no_others() {
        let (one, other) = (WorkspaceId(Uuid::from_u128(1)), WorkspaceId(Uuid::from_u128(2)));
        let places = Places::new(2);
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert!(places.take(one).is_none());
        assert!(places.take(other).is_some());
        drop(first);
        assert!(places.take(one).is_some());
    }
}
