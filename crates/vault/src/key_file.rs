//! The key file on disk: who may read it, and how a new one is made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::key_pair::KeyPair;
use crate::master_keys::MAX_TEXT_BYTES;
use crate::{KeyName, MasterKeys, MasterKeysError};

const OWNER_ONLY: u32 = 0o600;
const GROUP_AND_OTHERS: u32 = 0o077;

impl MasterKeys {
    /// Reads a key file that only its owner may use.
    ///
    /// # Errors
    /// [`MasterKeysError::Missing`], so that the caller can make one; otherwise what an operator has to put right.
    pub fn read(path: &Path) -> Result<Self, MasterKeysError> {
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

        // One byte more than is allowed, and room for it from the start: a buffer that grows leaves copies behind.
        let limit = MAX_TEXT_BYTES + 1;
        let mut text = Zeroizing::new(Vec::with_capacity(limit));
        file.take(limit as u64).read_to_end(&mut text).map_err(unreadable)?;
        Self::parse(&text).map_err(|source| MasterKeysError::Unusable {
            path: path.to_owned(),
            source,
        })
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
        // The key's name makes this one unique, among processes and after a crash.
        let draft = beside(path, keys.current().name().as_str());
        let written = write_draft(&draft, &keys.to_text()).and_then(|()| publish(&draft, path));
        // The draft goes in any case. Should that fail, what is left is as closed as the key file itself.
        let removed = fs::remove_file(&draft);

        match written.and(removed) {
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

    /// Takes keys out of a key file and adds them to a file beside it, whose name ends in `.retired`: backups may need them. Answers that
    /// file's path. Comments in the key file are lost.
    ///
    /// The key file is replaced as a whole, with its owner and mode 0600.
    ///
    /// # Errors
    /// As [`Self::read`], [`MasterKeysError::NotWritten`]; [`MasterKeysError::LastKey`] when none would be left. The key file is as it was
    /// then.
    pub fn retire(path: &Path, names: &[KeyName]) -> Result<PathBuf, MasterKeysError> {
        let keys = Self::read(path)?;
        let (retired, kept): (Vec<KeyPair>, Vec<KeyPair>) = keys.into_all().partition(|key| names.contains(key.name()));
        let kept_in = beside(path, "retired");
        let kept = Self::of(kept).ok_or_else(|| MasterKeysError::LastKey { path: path.to_owned() })?;
        let Some(retired) = Self::of(retired) else {
            return Ok(kept_in);
        };
        let draft = beside(path, kept.current().name().as_str());
        let not_written = |source| MasterKeysError::NotWritten {
            path: path.to_owned(),
            source,
        };
        append(&kept_in, &retired.to_text()).map_err(|source| MasterKeysError::NotWritten {
            path: kept_in.clone(),
            source,
        })?;
        let replaced = write_draft(&draft, &kept.to_text())
            .and_then(|()| keep_owner(path, &draft))
            .and_then(|()| fs::rename(&draft, path))
            .and_then(|()| sync_folder_of(path));
        if replaced.is_err() {
            let _ = fs::remove_file(&draft); // It may not have been made.
        }
        replaced.map_err(not_written)?;
        Ok(kept_in)
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
    sync_folder_of(path)
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn append(path: &Path, text: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(OWNER_ONLY)
        .open(path)?;
    file.set_permissions(fs::Permissions::from_mode(OWNER_ONLY))?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.sync_all()
}

/// The new file is for whoever the old one was for: an administrator may have run the command.
fn keep_owner(old: &Path, new: &Path) -> io::Result<()> {
    let was = fs::metadata(old)?;
    let is = fs::metadata(new)?;
    if (was.uid(), was.gid()) == (is.uid(), is.gid()) {
        return Ok(());
    }
    chown(new, Some(was.uid()), Some(was.gid()))
}
