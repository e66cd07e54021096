//! `callab vault status`: what is sealed to which master key.

use std::io::Write;
use std::process::ExitCode;

use domain::audit::{LOG_TARGET, Operator};
use domain::master_keys::{self, InUse, Place};
use domain::{SystemClock, SystemIds};
use tracing::info;

use crate::commands::installed;
use crate::config::Config;
use crate::telemetry;

/// Tells what is sealed to which key. For an operator who wants that it opens everything once: each credential leaves an audit
/// entry, and the whole a line in the log.
pub(super) async fn run(config: &Config, operator: Option<Operator>) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.log)?;
    let (db, vault) = installed::open(config).await?;
    let in_use = master_keys::in_use(&db, &vault).await?;
    let mut out = std::io::stdout();
    write(&mut out, &in_use)?;
    let mut is_whole = in_use.is_whole();
    if let Some(operator) = operator {
        let checked = master_keys::check((&db, &vault), (&SystemClock, &SystemIds), &operator).await?;
        info!(target: LOG_TARGET, { actor = operator.name, request.id = operator.request_id, vault.opened = checked.opened,
            vault.unopened = checked.unopened.len() }, "{} had every sealed value opened", operator.name);
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
