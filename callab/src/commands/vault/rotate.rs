//! `callab vault rotate`: seals everything to the first master key.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use domain::audit::{LOG_TARGET, Operator};
use domain::master_keys::{self, Rotated};
use domain::{Database, SystemClock, SystemIds};
use tracing::info;
use vault::{FRESH_FOR, KeyName, MasterKeys, Vault};

use super::status;
use crate::commands::installed;
use crate::config::Config;
use crate::{data_dir, telemetry};

/// Each workspace's audit log tells of its key. What became of the installation, whose keys are retired, is in the process log alone.
pub(super) async fn run(config: &Config, retire: bool, operator: &Operator) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.log)?;
    let (db, vault) = installed::open(config).await?;
    let mut out = std::io::stdout();
    // A running process that read its keys just before the new one was put in front reads them again only after this.
    tokio::time::sleep(FRESH_FOR).await;
    let tell = |done: Rotated| {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(
            std::io::stderr(),
            "{} sealed anew, {} set aside …",
            done.resealed,
            done.set_aside
        );
    };
    let done = master_keys::rotate((&db, &vault), (&SystemClock, &SystemIds), operator, tell).await?;
    writeln!(
        out,
        "{} workspaces' keys sealed to {}",
        done.resealed,
        vault.current_key()
    )?;
    info!(target: LOG_TARGET, { actor = operator.name, request.id = operator.request_id, vault.key = %vault.current_key(), vault.resealed = done.resealed, vault.set_aside = done.set_aside },
        "sealed the keys of {} workspaces to the master key {}", done.resealed, vault.current_key());
    if retire {
        retire_unneeded(config, (&db, &vault), operator).await?;
        vault.read_again()?;
    }
    let in_use = master_keys::in_use(&db, &vault).await?;
    status::write(&mut out, &in_use)?;
    db.close().await?;
    Ok(ExitCode::from(u8::from(!in_use.is_whole())))
}

/// Takes all keys but the first out of the key file, if nothing is sealed to any. Should something come to be sealed to one at
/// the last moment, they are put back.
async fn retire_unneeded(config: &Config, (db, vault): (&Database, &Vault), operator: &Operator) -> anyhow::Result<()> {
    let in_data_dir = data_dir::master_key(&config.data_dir);
    let path = match &config.keys {
        None => &in_data_dir,
        Some(source) => source
            .file()
            .context("the master keys are in no file: take the earlier ones out of vault.keys, or of what the command prints, yourself")?,
    };
    let in_use = master_keys::in_use(db, vault).await?;
    if let Some(needed) = in_use.keys.iter().skip(1).find(|key| key.workspaces > 0) {
        bail!(
            "{} workspaces' keys are sealed to {}, so no key is taken out: look at callab vault status",
            needed.workspaces,
            needed.name
        );
    }
    let retired: Vec<KeyName> = in_use.unneeded().map(|key| key.name.clone()).collect();
    if retired.is_empty() {
        return Ok(());
    }
    let kept_in = MasterKeys::retire(path, &retired)?;
    let names = retired.iter().map(KeyName::as_str).collect::<Vec<_>>().join(", ");
    info!(target: LOG_TARGET, { actor = operator.name, request.id = operator.request_id, vault.retired = %names },
        "took master keys out of {}: {names}", path.display());
    // A process that had not heard of the new key may have made a workspace's key, and be waiting for its turn to store it.
    tokio::time::sleep(config.database.wait).await;
    if let Err(error) = still_unneeded(&retired, (db, vault)).await {
        MasterKeys::put_back(path, &retired).with_context(|| {
            format!(
                "{error:#}, and the keys could not be put back from {}: do so, behind the first",
                kept_in.display()
            )
        })?;
        info!(target: LOG_TARGET, { actor = operator.name, request.id = operator.request_id, vault.put_back = %names },
            "put master keys back into {}: {names}", path.display());
        return Err(error.context(format!("the keys were put back into {}: rotate again", path.display())));
    }
    writeln!(
        std::io::stdout(),
        "taken out of {}: {}; kept in {}, for backups made before now: move that file to where no server reads it",
        path.display(),
        names,
        kept_in.display()
    )?;
    Ok(())
}

/// # Errors
/// When something is sealed to one of these keys, or nobody knows.
async fn still_unneeded(retired: &[KeyName], (db, vault): (&Database, &Vault)) -> anyhow::Result<()> {
    let in_use = master_keys::in_use(db, vault)
        .await
        .context("could not count what needs the keys")?;
    match in_use
        .keys
        .iter()
        .find(|key| retired.contains(&key.name) && key.workspaces > 0)
    {
        Some(needed) => bail!("{} was needed again at the last moment", needed.name),
        None => Ok(()),
    }
}
