//! What the product does: one folder an area, one file a use case.
//!
//! A use case is a function that takes [`Services`] and a [`Request`] (who asks) and either does the whole thing, or refuses
//! with [`Refusal`]s and leaves nothing half-done. It asks Twilio first, outside any transaction, and then writes in one short
//! [`Transaction`], together with its job, its events and its audit entry.
//!
//! To add one: write it in its area's folder, give it a row in the permission table (`actor.rs`), and call it from a mutation
//! (`docs/adding-a-mutation.md`) or a job (`docs/adding-a-job.md`). There is no HTTP server, no GraphQL and no setting read here.

pub mod accounts;
pub mod actor;
pub mod agents;
pub mod api_keys;
pub mod audit;
pub mod billing;
pub mod calls;
pub mod checklist;
pub mod clock;
pub mod configuration;
pub mod database;
pub mod diagnosis;
pub mod error;
pub mod events;
pub mod global_id;
pub mod health;
pub mod idempotency;
pub mod ids;
pub mod installation;
pub mod jobs;
mod keyset;
mod like;
pub mod master_keys;
pub mod metrics;
pub mod net;
pub mod notifications;
pub mod numbers;
mod on_behalf;
pub mod page;
pub mod places;
pub mod pruning;
pub mod public_url;
pub mod refusal;
pub mod secrets;
pub mod services;
mod sql;
pub mod text;
pub mod transaction;
pub mod twilio_refusal;
pub mod twilio_status;
pub mod workspaces;

pub use actor::{Actor, Permission, Request, Role};
pub use clock::{Clock, DatabaseClock, DatabaseTime, SystemClock, TestClock};
pub use database::{Database, Unconfined};
pub use error::{Error, Fault};
pub use ids::{Ids, SystemIds};
pub use on_behalf::OnBehalf;
pub use refusal::{Refusal, RefusalCode};
pub use services::{Limits, Services};
pub use transaction::Transaction;
