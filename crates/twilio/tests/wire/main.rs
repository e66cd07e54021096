//! The client against a server that answers what each test tells it to.

#![expect(clippy::unwrap_used, reason = "a test may stop wherever it is surprised")]

mod alerts;
mod budget;
mod call_log;
mod errors;
mod insights;
mod paging;
mod prices;
mod requests;
mod retries;
mod secrets;
mod server;
mod spec;
mod status_page;
mod tokens;
mod usage;
