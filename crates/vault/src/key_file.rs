//! The key file on disk: who may read it, and how a new one is made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::master_keys::MAX_TEXT_BYTES;
use crate::{KeyFileError, MasterKeys};

const OWNER_ONLY: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;

impl MasterKeys {
    /// Reads a key file that only its owner may use.
    ///
    /// # Errors
    /// [`KeyFileError::Missing`], so that the caller can make one; otherwise what an operator has to put right.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let unreadable = |source| KeyFileError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => KeyFileError::Missing { path: path.to_owned() },
            _ => unreadable(error),
        })?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & GROUP_AND_OTHERS != 0 {
            return Err(KeyFileError::OpenToOthers {
                path: path.to_owned(),
                mode,
            });
        }

        // One byte more than is allowed, and room for it from the start: a buffer that grows leaves copies behind.
        let limit = MAX_TEXT_BYTES + 1;
        let mut text = Zeroizing::new(Vec::with_capacity(limit));
        file.take(limit as u64).read_to_end(&mut text).map_err(unreadable)?;
        Self::parse(&text).map_err(|source| KeyFileError::Unusable {
            path: path.to_owned(),
            source,
        })
    }

    /// Makes a key file with one new key and mode 0600.
    ///
    /// The file appears whole or not at all, is on disk when this returns, and replaces nothing: of two processes that
    /// start at the same time one gets [`KeyFileError::Exists`] and can read what the other made.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`] or [`KeyFileError::NotWritten`].
    pub fn generate_file(path: &Path) -> Result<Self, KeyFileError> {
        let keys = Self::generate();
        // The key's name makes this one unique, among processes and after a crash.
        let draft = beside(path, keys.current().name().as_str());
        let written = write_draft(&draft, &keys.to_text()).and_then(|()| publish(&draft, path));
        // The draft goes in any case. Should that fail, what is left is as closed as the key file itself.
        let removed = fs::remove_file(&draft);

        match written.and(removed) {
            Ok(()) => Ok(keys),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(KeyFileError::Exists { path: path.to_owned() })
            }
            Err(source) => Err(KeyFileError::NotWritten {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The text of a key file with these keys, each under a comment with its name, as `age-keygen` writes it.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        let lines = self.all().map(|key| (key.name(), key.to_text()));
        let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT_BYTES));
        for (name, identity) in lines {
            for part in ["# public key: ", name.as_str(), "\n", identity.expose_secret(), "\n"] {
                text.push_str(part);
            }
        }
        SecretString::from(text.as_str())
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn write_draft(draft: &Path, text: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(draft)?;
    // The process's umask may have taken bits away.
    file.set_permissions(fs::Permissions::from_mode(OWNER_ONLY))?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.sync_all()
}

/// Gives the finished draft its real name. A hard link, unlike a rename, fails where there is a file already.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    fs::hard_link(draft, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
