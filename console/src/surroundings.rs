//! What the program takes from around it: the time, the environment, and ids that nobody else has. The one place that reads them.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The moment.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the model gets its time from here alone")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A variable of the environment; none where it is missing, empty or not UTF-8.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the console is configured by itself, not by the server's settings"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A key that makes the repetition of a change harmless.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "no row's id: it only has to be unlike all others"
)]
pub fn idempotency_key() -> String {
    Uuid::now_v7().to_string()
}

/// Writes a file that only its owner can read, where there is none yet.
///
/// # Errors
/// A sentence, where there is one already or none can be written.
pub fn write_new(path: &str, text: &str) -> Result<String, String> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{path} exists already: nothing was written"),
        _ => format!("{path} cannot be written: {error}"),
    })?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    match written {
        Ok(()) => Ok(path.to_owned()),
        Err(error) => {
            // Half a bundle helps nobody.
            let _ = std::fs::remove_file(path);
            Err(format!("{path} cannot be written: {error}"))
        }
    }
}
