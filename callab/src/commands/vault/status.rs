//! `callab vault status`: what is sealed to which master key.

use std::io::Write;
use std::process::ExitCode;

use domain::master_keys::{self, InUse, Place};

use crate::commands::installed;
use crate::config::Config;

pub(super) async fn run(config: &Config, open: bool) -> anyhow::Result<ExitCode> {
    let (db, vault) = installed::open(config).await?;
    let in_use = master_keys::in_use(&db, &vault).await?;
    let mut out = std::io::stdout();
    write(&mut out, &in_use)?;
    let mut is_whole = in_use.is_whole();
    if open {
        let checked = master_keys::check(&db, &vault).await?;
        for unopened in &checked.unopened {
            writeln!(out, "cannot be opened: {}: {}", unopened.row, unopened.error)?;
        }
        writeln!(
            out,
            "{} sealed values opened, {} could not be",
            checked.opened,
            checked.unopened.len()
        )?;
        is_whole &= checked.unopened.is_empty();
    }
    db.close().await?;
    Ok(ExitCode::from(u8::from(!is_whole)))
}

/// Writes one line a key and one a row that was set aside.
pub(super) fn write(out: &mut impl Write, in_use: &InUse) -> std::io::Result<()> {
    for key in &in_use.keys {
        let place = match (key.place, key.workspaces) {
            (Place::Current, _) => "current",
            (Place::Earlier, 0) => "earlier, not needed any more",
            (Place::Earlier, _) => "earlier, still needed: callab vault rotate",
            (Place::Missing, _) => "NOT AT HAND: put it back behind the first",
        };
        writeln!(out, "{}  {:>7} workspaces  {place}", key.name, key.workspaces)?;
    }
    for row in &in_use.set_aside {
        writeln!(
            out,
            "set aside: workspace {}, sealed to {}: {} since {}",
            row.workspace,
            row.master_key,
            row.because,
            row.since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        )?;
    }
    Ok(())
}
