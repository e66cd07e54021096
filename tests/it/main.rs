//! The end-to-end tests, one module an area. They run once on SQLite and once on PostgreSQL: `CALLAB_TEST_DATABASE`.

#![cfg(test)]

mod account_search;
mod api_keys;
mod audit;
mod audit_log;
mod billing;
mod budget;
mod call_log;
mod call_window;
mod connect;
mod credentials;
mod diagnosis;
mod drift;
mod events;
mod health;
mod helper_library;
mod idempotency;
mod inbound_calls;
mod isolation;
mod jobs;
mod late_writes;
mod live;
mod master_keys;
mod metrics;
mod migrations;
mod money;
mod notifications;
mod numbers;
mod placed_calls;
mod recovery;
mod reveal_number;
mod roles;
mod routing;
mod row_security;
mod secrets;
mod statements;
mod test_calls;
mod test_plan;
mod token_rotation;
mod transport;
mod twilio_status;
mod unknown;
mod unusual_activity;
