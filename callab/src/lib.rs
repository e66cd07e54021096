//! The composition root: chooses the implementations, reads the settings, runs the parts.
//!
//! [`config`] is the only place that reads settings, [`parts`] turns them into [`domain::Services`], a router and a worker, and
//! [`run`] runs these from start to stop. [`commands`] holds the subcommands of the binary `callab`, [`demo`] the product on a
//! simulated Twilio. To add a setting: `config.rs`; a subcommand: `cli.rs` and a thin file in `commands/`.

pub mod cli;
pub mod commands;
pub mod config;
pub mod data_dir;
pub mod database;
pub mod demo;
pub mod dependencies;
pub mod memory;
pub mod metrics;
pub mod parts;
pub mod reach;
pub mod redis;
pub mod row_security;
pub mod run;
mod secret_file;
mod signals;
mod small_answer;
pub mod smtp;
mod telemetry;
pub mod token_keys;
pub mod transport;
