//! The program without its screen, against a real API.

mod commands;
mod keyring;
mod plain;
mod program;
