//! `callab vault`: master keys.

use std::io::Write;

use secrecy::ExposeSecret;
use vault::MasterKeys;

use crate::cli::VaultCommand;

pub(super) fn run(command: VaultCommand) -> anyhow::Result<()> {
    match command {
        VaultCommand::Generate => write!(
            std::io::stdout(),
            "{}",
            MasterKeys::generate().to_text().expose_secret()
        )?,
    }
    Ok(())
}
