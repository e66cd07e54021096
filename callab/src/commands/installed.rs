//! The database and the keys of an installation that is there already, for commands that look at it while it runs or not.

use std::sync::Arc;

use anyhow::bail;
use domain::Database;
use vault::Vault;

use crate::config::Config;
use crate::{data_dir, database, parts, row_security};

/// Opens what is configured. Makes neither keys nor a database where there are none.
pub(super) async fn open(config: &Config) -> anyhow::Result<(Database, Arc<Vault>)> {
    if config.keys.is_none() && !data_dir::master_key(&config.data_dir).exists() {
        bail!(
            "there are no master keys in {}: name the installation by CALLAB__DATA_DIR, or its keys by vault.key_file",
            config.data_dir.display()
        );
    }
    let file = data_dir::database(&config.data_dir);
    if config.database.url.is_none() && !file.exists() {
        bail!("there is no database {}", file.display());
    }
    let vault = parts::vault(config)?;
    let db = database::open(&config.database, &config.data_dir).await?;
    database::require_current(&db).await?;
    Ok((row_security::confining(db).await?, Arc::new(vault)))
}
