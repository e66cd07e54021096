//! Where log lines go and how they look.

mod repeated;

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use domain::audit;
use tracing::level_filters::LevelFilter;
use tracing::{Level, enabled, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};
use repeated::Repeated;

/// Starts logging to standard error.
///
/// What the log holds for the audit log ([`audit::LOG_TARGET`]) is there whatever the filter says of all else: only a filter that
/// names that target leaves it out.
///
/// The same failure of the database is told every ten seconds ([`Repeated`]), unless the filter asks for details.
///
/// Each line carries the fields of the spans around it: the trace id of a request, the name and id of a job.
///
/// # Errors
/// When the filter cannot be read, or the process logs already.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let filter = filter(&settings.filter)?;
    let asks_for_details = filter.max_level_hint().is_none_or(|level| level >= LevelFilter::DEBUG);
    let every = if asks_for_details {
        Duration::ZERO
    } else {
        repeated::TOLD_EVERY
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => lines
            .map_event_format(|format| Repeated::new(format, false, every))
            .finish()
            .try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .map_event_format(|format| Repeated::new(format, true, every))
            .finish()
            .try_init(),
    }
    .context("could not start logging")?;
    if !enabled!(target: audit::LOG_TARGET, Level::INFO) {
        warn!(
            "log.filter leaves {} out: the ends of the audit log's chains are witnessed nowhere outside of the database",
            audit::LOG_TARGET
        );
    }
    Ok(())
}

fn filter(text: &str) -> anyhow::Result<EnvFilter> {
    const WHAT: &str = "could not read log.filter";
    let filter = EnvFilter::try_new(text).context(WHAT)?;
    if text.contains(audit::LOG_TARGET) {
        return Ok(filter); // On purpose.
    }
    let always = format!("{}=info", audit::LOG_TARGET);
    Ok(filter.add_directive(always.parse().context(WHAT)?))
}
