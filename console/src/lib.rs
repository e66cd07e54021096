//! The operators' terminal console. It talks to the GraphQL API alone.

pub mod action;
pub mod app;
mod bundle;
pub mod change;
mod changes;
pub mod cli;
pub mod commands;
pub mod config;
pub mod connection;
pub mod exit;
pub mod keymap;
pub mod log;
pub mod look;
pub mod msg;
pub mod plain;
pub mod queries;
pub mod questions;
pub mod record;
pub mod scrub;
pub mod session;
pub mod state;
mod stumble;
pub mod surroundings;
pub mod term;
pub mod update;
pub mod view;
