//! `callab vault`: master keys.

mod rotate;
mod status;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use domain::Database;
use secrecy::ExposeSecret;
use vault::{MasterKeys, Vault};

use crate::cli::VaultCommand;
use crate::config::{Config, ConfigError};
use crate::{database, parts, row_security};

pub(super) async fn run(
    command: VaultCommand,
    load: impl FnOnce() -> Result<Config, ConfigError>,
) -> anyhow::Result<ExitCode> {
    match command {
        VaultCommand::Generate => {
            let text = MasterKeys::generate().to_text();
            write!(std::io::stdout(), "{}", text.expose_secret())?;
            Ok(ExitCode::SUCCESS)
        }
        VaultCommand::Status { open } => status::run(&load()?, open).await,
        VaultCommand::Rotate { retire } => rotate::run(&load()?, retire).await,
    }
}

/// The vault and the database of an installation that is there already: looking at it makes neither.
async fn open(config: &Config) -> anyhow::Result<(Arc<Vault>, Database)> {
    if config.keys.is_none() && !crate::data_dir::master_key(&config.data_dir).exists() {
        bail!(
            "there are no master keys in {}: name the installation by CALLAB__DATA_DIR, or its keys by vault.key_file",
            config.data_dir.display()
        );
    }
    let vault = parts::vault(config)?;
    let db = database::open(&config.database, &config.data_dir).await?;
    database::require_current(&db).await?;
    Ok((Arc::new(vault), row_security::confining(db).await?))
}
