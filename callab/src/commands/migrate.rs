//! `callab migrate`: brings the configured database up to date.

use std::io::Write;

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::{database, row_security, telemetry};

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    // A database in a file is not migrated under a running process; a server takes care of that itself.
    let data_dir = if config.database.is_remote() {
        None
    } else {
        Some(DataDir::open(&config.data_dir)?)
    };
    let db = database::open(&config.database, &config.data_dir).await?;
    let applied = database::migrate(&db).await?;
    row_security::confining(db).await?.close().await?;
    drop(data_dir);
    writeln!(
        std::io::stdout(),
        "{applied} migrations applied; the database is up to date"
    )?;
    Ok(())
}
