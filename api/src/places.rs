//! How much of something each person, or each address, has at the same time in this process: sockets, large bodies.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Actor;
use entity::WorkspaceId;

/// Whose it is: a workspace, or none for staff, and the token's subject.
pub(crate) type Person = (Option<WorkspaceId>, String);

/// Who an actor is to places.
pub(crate) fn person(actor: &Actor) -> Person {
    (actor.workspace, actor.subject.clone())
}

/// The places of each `K`. Cheap to clone; every clone counts the same.
#[derive(Debug)]
pub(crate) struct Places<K> {
    most: usize,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K> Clone for Places<K> {
    fn clone(&self) -> Self {
        Self {
            most: self.most,
            taken: self.taken.clone(),
        }
    }
}

impl<K: Hash + Eq + Clone> Places<K> {
    /// At most so many for each.
    #[must_use]
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// Takes a place until what comes back is dropped; none if there are as many as there may be.
    #[must_use]
    pub(crate) fn take(&self, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(key.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place {
            places: self.clone(),
            key,
        })
    }
}

/// A place for one of them.
#[derive(Debug)]
pub(crate) struct Place<K: Hash + Eq> {
    places: Places<K>,
    key: K,
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_places_of_their_own_and_gives_them_back() {
        let places = Places::new(2);
        let (first, second) = (places.take("a"), places.take("a"));
        assert!(first.is_some() && second.is_some());
        assert!(places.take("a").is_none());
        assert!(places.take("b").is_some());
        drop(first);
        let third = places.take("a");
        assert!(third.is_some() && places.take("a").is_none());
        drop((second, third));
        assert!(
            places.taken.lock().unwrap().is_empty(),
            "nothing is kept of who is gone"
        );
    }
}
