//! What the program takes from around it: the time, the environment, and ids that nobody else has. The one place that reads them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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

/// Where what the program keeps between its runs lies; none without a home.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let state = variable("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/state")))?;
    Some(state.join("callab-console"))
}

/// A new file that only its owner can read.
///
/// # Errors
/// When there is one already, or none can be made.
pub fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a whole new file that only its owner can read, or none.
///
/// # Errors
/// When there is one already, or it cannot be written.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = new_private_file(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file helps nobody; why there is none is told by the error.
        let _ = std::fs::remove_file(path);
    }
    written
}
