//! The subcommands, one thin file each.

mod audit;
mod demo;
mod installed;
mod migrate;
mod operator;
mod schema;
mod sim;
mod token;
mod up;
mod vault;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::{self, Config, Role};

/// Does what was typed.
///
/// # Errors
/// What went wrong, for the one who typed it.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let load = || Config::load(cli.config.as_deref(), config::environment());
    match &cli.command {
        Command::Demo(args) => return demo::run(args).await,
        Command::Up => up::run(Role::Everything, &load()?).await?,
        Command::Api => up::run(Role::Api, &load()?).await?,
        Command::Worker => up::run(Role::Worker, &load()?).await?,
        Command::Migrate => migrate::run(&load()?).await?,
        Command::Token(args) => token::run(&load()?, args).await?,
        Command::Audit(command) => return Ok(audit::run(load().map_err(Into::into), command).await),
        Command::Vault(command) => return vault::run(command, load).await,
        Command::Schema => schema::run()?,
        Command::Sim(args) => sim::run(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}
