//! Whose something is, where each person has so much of it at the same time.

use domain::Actor;
use entity::WorkspaceId;

/// A workspace, or none for staff, and the token's subject.
pub(crate) type Person = (Option<WorkspaceId>, String);

/// Who an actor is to places.
pub(crate) fn person(actor: &Actor) -> Person {
    (actor.workspace, actor.subject.clone())
}
