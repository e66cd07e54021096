//! The simulator seen from outside, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod accounts;
mod admin;
mod alerts;
mod calls;
mod changes;
mod customer;
mod dialling;
mod faults;
mod insights;
mod keys;
mod lists;
mod openapi;
mod permissions;
mod placing;
mod pricing;
mod rest;
mod routes;
mod scenarios;
mod server;
mod status_page;
mod streams;
mod tokens;
mod triggers;
mod usage;
mod webhooks;
