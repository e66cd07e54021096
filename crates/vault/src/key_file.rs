//! The key file on disk: who may read it, and how a new one is made.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::master_keys::MAX_TEXT_BYTES;
use crate::seen::Seen;
use crate::{MasterKeys, MasterKeysError};

const OWNER_ONLY: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;

impl MasterKeys {
    /// Reads a key file that only its owner may use.
    ///
    /// # Errors
    /// [`MasterKeysError::Missing`], so that the caller can make one; otherwise what an operator has to put right.
    pub fn read(path: &Path) -> Result<Self, MasterKeysError> {
        parsed(path, &seen(path)?)
    }

    /// Makes a key file with one new key and mode 0600.
    ///
    /// The file appears whole or not at all, is on disk when this returns, and replaces nothing: of two processes that
    /// start at the same time one gets [`MasterKeysError::Exists`] and can read what the other made.
    ///
    /// # Errors
    /// [`MasterKeysError::Exists`] or [`MasterKeysError::NotWritten`].
    pub fn generate_file(path: &Path) -> Result<Self, MasterKeysError> {
        let keys = Self::generate();
        let written = write_draft(path, &keys.to_text())
            .and_then(|draft| draft.persist_noclobber(path).map_err(|refused| refused.error))
            .and_then(|_| sync_folder_of(path));
        match written {
            Ok(()) => Ok(keys),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(MasterKeysError::Exists { path: path.to_owned() })
            }
            Err(source) => Err(MasterKeysError::NotWritten {
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

/// A draft of a file, beside it, whole and on disk. Its name is nobody else's, whoever else writes one and whatever was left behind by who
/// was killed; it goes when it is dropped.
pub(crate) fn write_draft(path: &Path, text: &SecretString) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    let owner_only = fs::Permissions::from_mode(OWNER_ONLY);
    let mut draft = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".draft")
        .permissions(owner_only.clone())
        .tempfile_in(folder_of(path))?;
    // The process's umask may have taken bits away.
    draft.as_file().set_permissions(owner_only)?;
    draft.write_all(text.expose_secret().as_bytes())?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

/// Reads a key file that only its owner may use, for [`parsed`].
pub(crate) fn seen(path: &Path) -> Result<Seen, MasterKeysError> {
    let unreadable = |source| MasterKeysError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => MasterKeysError::Missing { path: path.to_owned() },
        _ => unreadable(error),
    })?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & GROUP_AND_OTHERS != 0 {
        return Err(MasterKeysError::OpenToOthers {
            path: path.to_owned(),
            mode,
        });
    }
    Seen::read(file).map_err(unreadable)
}

/// The keys that a file held.
pub(crate) fn parsed(path: &Path, seen: &Seen) -> Result<MasterKeys, MasterKeysError> {
    MasterKeys::parse(seen.text()).map_err(|source| MasterKeysError::Unusable {
        path: path.to_owned(),
        source,
    })
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}
