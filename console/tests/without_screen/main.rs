//! The program without its screen, against a real API.

mod commands;
mod plain;
mod program;
