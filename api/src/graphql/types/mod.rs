//! What the schema shows: rows and words, with the descriptions that are the documentation of the API.

mod account;
mod agent;
mod assignment;
mod call;
mod direction;
mod health;
mod mirror;
mod money;
mod node;
mod number;
mod number_words;
mod routing;
mod routing_plan;
mod secret;
mod test_call;
mod user_error;
mod viewer;
mod workspace;

pub(super) use account::TwilioAccount;
pub(super) use agent::Agent;
pub(super) use assignment::AgentAssignment;
pub(super) use call::Call;
pub(super) use direction::Direction;
pub(super) use node::Node;
pub(super) use number::PhoneNumber;
pub(super) use number_words::NumberState;
pub(super) use routing_plan::{RoutingPlan, RoutingPlanPayload};
pub(super) use secret::Secret;
pub(super) use test_call::{TestCall, TestCallKind};
pub(super) use user_error::UserError;
pub(super) use viewer::Viewer;
pub(super) use workspace::Workspace;
