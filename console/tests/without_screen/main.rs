//! The program without its screen, against a real API.

mod commands;
mod keyring;
mod plain;
mod program;
#[expect(dead_code, reason = "it serves the other tests as well")]
#[path = "../pty/mod.rs"]
mod pty;
mod secrets;
