//! The token in the machine's keyring: the Secret Service on Linux, the Keychain on macOS. Where there is none, as over SSH or in
//! a container, every answer is no, at once.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};

use crate::surroundings::variable;

/// What the console's entries are called.
const SERVICE: &str = "callab-console";

/// How long the keyring may take: its owner may have to unlock it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn read(name: &str) -> Option<SecretString> {
    with(name, |entry| entry.get_password().ok().map(SecretString::from))
}

pub(super) fn keep(name: &str, token: &SecretString) -> bool {
    let token = token.clone();
    with(name, move |entry| entry.set_password(token.expose_secret()).ok()).is_some()
}

pub(super) fn forget(name: &str) {
    with(name, |entry| entry.delete_credential().ok());
}

/// On a thread of its own: a keyring that does not answer must not hold everything up.
fn with<T: Send + 'static>(name: &str, ask: impl FnOnce(&Entry) -> Option<T> + Send + 'static) -> Option<T> {
    if !is_there() {
        return None;
    }
    let (told, answer) = mpsc::channel();
    let name = name.to_owned();
    std::thread::spawn(move || {
        let found = Entry::new(SERVICE, &name).ok().and_then(|entry| ask(&entry));
        let _ = told.send(found);
    });
    answer.recv_timeout(PATIENCE).ok().flatten()
}

/// Whether there is a session bus that a Secret Service could answer on.
fn is_there() -> bool {
    if cfg!(target_os = "macos") {
        return true;
    }
    variable("DBUS_SESSION_BUS_ADDRESS").is_some()
        || variable("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists())
}
