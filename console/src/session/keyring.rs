//! The token in the machine's keyring: the Secret Service on Linux, the Keychain on macOS. Where there is none, as over SSH or in
//! a container, every answer is no, at once.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};

use crate::scrub::scrub;
use crate::surroundings::variable;

/// What the console's entries are called.
const SERVICE: &str = "callab-console";

/// How long the keyring may take: its owner may have to unlock it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The token; none where there is no keyring, or nothing in it.
///
/// # Errors
/// Why the keyring does not tell: it is locked, and nobody unlocks it.
pub(super) fn read(name: &str) -> Result<Option<SecretString>, String> {
    with(name, |entry| entry.get_password().map(SecretString::from))
}

/// Whether it is kept there.
pub(super) fn keep(name: &str, token: &SecretString) -> bool {
    let token = token.clone();
    with(name, move |entry| entry.set_password(token.expose_secret())).is_ok_and(|kept| kept.is_some())
}

/// Lets go of the token, where there is one.
///
/// # Errors
/// Why the keyring does not: it may still hold it.
pub(super) fn forget(name: &str) -> Result<(), String> {
    with(name, Entry::delete_credential).map(drop)
}

/// On a thread of its own: a keyring that does not answer must not hold everything up.
fn with<T: Send + 'static>(
    name: &str,
    ask: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<Option<T>, String> {
    if !is_there() {
        return Ok(None);
    }
    let (told, answer) = mpsc::channel();
    let name = name.to_owned();
    std::thread::spawn(move || {
        let answer = match Entry::new(SERVICE, &name) {
            Err(_) => Ok(None), // A bus, and no keyring on it.
            Ok(entry) => match ask(&entry) {
                Ok(found) => Ok(Some(found)),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(scrub(&error.to_string(), 200)),
            },
        };
        let _ = told.send(answer);
    });
    let silence = || Err(format!("it did not answer within {} s", PATIENCE.as_secs()));
    answer.recv_timeout(PATIENCE).unwrap_or_else(|_| silence())
}

/// Whether there is a session bus that a Secret Service could answer on.
fn is_there() -> bool {
    if cfg!(target_os = "macos") {
        return true;
    }
    variable("DBUS_SESSION_BUS_ADDRESS").is_some()
        || variable("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists())
}
