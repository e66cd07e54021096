//! Agents: register them, and assign them to numbers.

mod assign;
mod endpoint;
mod moved;
mod queries;
mod register;
mod remove;
mod unassign;
mod update;

pub use assign::{Assigned, Assignment, assign};
pub use endpoint::Endpoint;
pub(crate) use queries::{answering, get_in};
pub use queries::{assignments_by_ids, assignments_of, by_ids, current_assignments, find, find_assignment, list};
pub use register::register;
pub use remove::remove;
pub use unassign::unassign;
pub use update::update;
