//! How many sockets a person has in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Actor;
use entity::WorkspaceId;

/// Whose a socket is: a workspace, or none for staff, and the token's subject.
type Person = (Option<WorkspaceId>, String);

/// The places for sockets. Cheap to clone; every clone counts the same.
#[derive(Clone, Debug)]
pub struct Places {
    most: usize,
    taken: Arc<Mutex<HashMap<Person, usize>>>,
}

impl Places {
    /// At most `most` sockets for each person.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// Takes a place until what comes back is dropped; none if the person has as many as they may have.
    #[must_use]
    pub(super) fn take(&self, actor: &Actor) -> Option<Place> {
        let person = (actor.workspace, actor.subject.clone());
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(person.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place {
            places: self.clone(),
            person,
        })
    }
}

/// A place for one socket.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    person: Person,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Role;

    use super::*;

    fn person(subject: &str) -> Actor {
        Actor::new(subject, Role::Lead, None)
    }

    #[test]
    fn each_person_has_places_of_their_own_and_gives_them_back() {
        let places = Places::new(2);
        let (first, second) = (places.take(&person("a")), places.take(&person("a")));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(&person("a")).is_none());
        assert!(places.take(&person("b")).is_some());
        drop(first);
        let third = places.take(&person("a"));
        assert!(third.is_some() && places.take(&person("a")).is_none());
        drop((second, third));
        assert!(
            places.taken.lock().unwrap().is_empty(),
            "nothing is kept of who is gone"
        );
    }
}
