//! Where log lines go and how they look.

use std::io::IsTerminal;

use anyhow::Context;
use domain::audit;
use tracing::{Level, enabled, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error.
///
/// What the log holds for the audit log ([`audit::LOG_TARGET`]) is there whatever the filter says of all else: only a filter that
/// names that target leaves it out.
///
/// Each line carries the fields of the spans around it: the trace id of a request, the name and id of a job.
///
/// # Errors
/// When the filter cannot be read, or the process logs already.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let filter = filter(&settings.filter)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => lines.finish().try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
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
