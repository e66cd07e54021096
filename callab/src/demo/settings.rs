//! The configuration of a demo.

use std::collections::HashMap;
use std::path::Path;

use super::Addresses;
use super::world::VERIFIED_PHONE;
use crate::config::{self, Config};

/// The defaults, on a simulated Twilio and with shorter times. Of the environment only `CALLAB__LOG__…` counts: a demo must not
/// touch what a real installation on this machine is configured for.
///
/// # Errors
/// When the environment's log settings are wrong, or the demo's address is not of this machine.
pub(super) fn config(data_dir: &Path, addresses: &Addresses) -> anyhow::Result<Config> {
    let mut settings = log_settings();
    for (name, value) in [
        ("DATA_DIR", data_dir.display().to_string()),
        ("HTTP__PUBLIC_URL", addresses.public.clone()),
        ("TWILIO__BASE_URL", format!("{}/{{product}}", addresses.twilio)),
        ("TWILIO__STATUS_URL", format!("{}/status", addresses.twilio)),
        ("NOTIFICATIONS__ALLOW_PRIVATE_ADDRESSES", "true".to_owned()),
        ("GRAPHQL__INTROSPECTION", "true".to_owned()),
        ("AGENTS__PLAIN_WS_ON_LOOPBACK", "true".to_owned()),
        ("CALLS__TEST_CALLS_PER_HOUR", "100".to_owned()),
        // Callab's staff may call nothing else.
        ("CALLS__ECHO_LINES", VERIFIED_PHONE.to_owned()),
        ("ACCOUNTS__CHECK_EVERY_S", "60".to_owned()),
        ("ACCOUNTS__CONFIRM_AFTER_S", "2".to_owned()),
        ("SHUTDOWN__WITHIN_S", "10".to_owned()),
    ] {
        settings.insert(format!("CALLAB__{name}"), value);
    }
    Ok(Config::load(None, settings)?)
}

/// How a demo logs: what needs attention alone, unless the environment says otherwise.
///
/// # Errors
/// When the environment's log settings are wrong.
pub(crate) fn log() -> anyhow::Result<config::Log> {
    Ok(Config::load(None, log_settings())?.log)
}

fn log_settings() -> HashMap<String, String> {
    let mut settings: HashMap<String, String> = config::environment();
    settings.retain(|name, _| name.to_uppercase().starts_with("CALLAB__LOG__"));
    settings
        .entry("CALLAB__LOG__FILTER".to_owned())
        .or_insert_with(|| "warn,apalis_core::worker::context=error".to_owned());
    settings
}
