//! Whose something is, where each person has so much of it.

use domain::{Actor, Role};
use entity::WorkspaceId;

/// A workspace, or none for staff, and who it is in there.
pub(crate) type Person = (Option<WorkspaceId>, String);

/// Who an actor is to rates, places and the room. A workspace's API keys are one person together: it makes as many as it likes.
pub(crate) fn person(actor: &Actor) -> Person {
    let who = match actor.role {
        Role::ApiKey => "api_key".to_owned(),
        _ => actor.subject.clone(),
    };
    (actor.workspace, who)
}
