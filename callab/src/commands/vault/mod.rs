//! `callab vault`: master keys.

mod rotate;
mod status;

use std::io::Write;
use std::process::ExitCode;

use secrecy::ExposeSecret;
use vault::MasterKeys;

use super::operator;
use crate::cli::VaultCommand;
use crate::config::{Config, ConfigError};

pub(super) async fn run(
    command: &VaultCommand,
    load: impl FnOnce() -> Result<Config, ConfigError>,
) -> anyhow::Result<ExitCode> {
    match command {
        VaultCommand::Generate => {
            let text = MasterKeys::generate().to_text();
            write!(std::io::stdout(), "{}", text.expose_secret())?;
            Ok(ExitCode::SUCCESS)
        }
        VaultCommand::Status { open, operator } => status::run(&load()?, open.then(|| operator::named(operator))).await,
        VaultCommand::Rotate { retire, operator } => rotate::run(&load()?, *retire, &operator::named(operator)).await,
    }
}
