//! The tables as Rust and nothing more.
//!
//! One file a table, named as the table is. A row is `table::Model`, a column `table::COLUMN.name`. Rules about rows live in
//! `domain`; the history of the schema lives in `migration`, which never imports this crate.
//!
//! To add a table: write its migration, add its id to `ids.rs`, its file here, and a line below.

pub mod amount;
pub mod call_quality;
pub mod e164;
pub mod evidence;
pub mod ids;
pub mod routing;
pub mod text_enum;

pub mod activity_finding;
pub mod agent;
pub mod agent_assignment;
pub mod api_key;
pub mod audit_entry;
pub mod audit_head;
pub mod balance_reading;
pub mod billing_alert;
pub mod billing_episode;
pub mod borrowed_routing;
pub mod call;
pub mod call_intent;
pub mod call_reading;
pub mod call_step;
pub mod configuration_change;
pub mod diagnosis_run;
pub mod event;
pub mod health_change;
pub mod health_check;
pub mod idempotency_key;
pub mod installation;
pub mod job;
pub mod notification;
pub mod notification_attempt;
pub mod notification_endpoint;
pub mod phone_number;
pub mod test_call;
pub mod token_rotation;
pub mod trigger_firing;
pub mod turn;
pub mod twilio_account;
pub mod twilio_alert;
pub mod twilio_credential;
pub mod twilio_status_page;
pub mod usage_day;
pub mod webhook_address;
pub mod workspace;
pub mod workspace_key;

pub use amount::Amount;
pub use e164::E164;
pub use ids::*;
pub use routing::Routing;
