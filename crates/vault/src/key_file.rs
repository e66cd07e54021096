//! The key file on disk: who may read it, and how a new one is made.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use tempfile::NamedTempFile;
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

    /// Takes keys out of a key file and adds them to a file beside it, whose name ends in `.retired`: backups may need them. Answers that
    /// file's path. Comments in the key file are lost.
    ///
    /// Each file is replaced as a whole, with its owner and mode 0600; the keys are in the other one before they leave the key file. What a
    /// run that was killed has left behind stands in nobody's way, and a key that is kept already is not kept twice.
    ///
    /// # Errors
    /// As [`Self::read`], [`MasterKeysError::NotWritten`]; [`MasterKeysError::LastKey`] when none would be left. The key file is as it was
    /// then.
    pub fn retire(path: &Path, names: &[KeyName]) -> Result<PathBuf, MasterKeysError> {
        let not_written = |path: &Path| {
            let path = path.to_owned();
            move |source| MasterKeysError::NotWritten { path, source }
        };
        // One run at a time: each writes the files anew, from what it has read.
        let turn = File::open(folder_of(path)).and_then(|folder| folder.lock().map(|()| folder));
        let _turn = turn.map_err(not_written(path))?;
        let keys = Self::read(path)?;
        let (retired, kept): (Vec<KeyPair>, Vec<KeyPair>) = keys.into_all().partition(|key| names.contains(key.name()));
        let kept_in = beside(path, "retired");
        let kept = Self::of(kept).ok_or_else(|| MasterKeysError::LastKey { path: path.to_owned() })?;
        if retired.is_empty() {
            return Ok(kept_in);
        }
        keep_too(&kept_in, retired).map_err(not_written(&kept_in))?;
        replace(path, &kept.to_text()).map_err(not_written(path))?;
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

/// A draft of a file, beside it, whole and on disk. Its name is nobody else's, whoever else writes one and whatever was left behind by who
/// was killed; it goes when it is dropped.
fn write_draft(path: &Path, text: &SecretString) -> io::Result<NamedTempFile> {
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

/// Puts a text in a file's place, or makes the file.
fn replace(path: &Path, text: &SecretString) -> io::Result<()> {
    let draft = write_draft(path, text)?;
    keep_owner(path, draft.path())?;
    draft.persist(path).map_err(|refused| refused.error)?;
    sync_folder_of(path)
}

/// Adds keys to a file of such, except for those that it has.
fn keep_too(path: &Path, keys: Vec<KeyPair>) -> io::Result<()> {
    let kept = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Zeroizing::default(),
        Err(error) => return Err(error),
    };
    let is_kept = |key: &KeyPair| {
        let identity = key.to_text();
        kept.lines().any(|line| line.trim() == identity.expose_secret())
    };
    let Some(more) = MasterKeys::of(keys.into_iter().filter(|key| !is_kept(key)).collect()) else {
        return Ok(());
    };
    let more = more.to_text();
    let between = if kept.is_empty() || kept.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let parts = [kept.as_str(), between, more.expose_secret()];
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        text.push_str(part);
    }
    replace(path, &SecretString::from(text.as_str()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// The new file is for whoever the old one was for, if there was one: an administrator may have run the command.
fn keep_owner(old: &Path, new: &Path) -> io::Result<()> {
    let was = match fs::metadata(old) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        was => was?,
    };
    let is = fs::metadata(new)?;
    if (was.uid(), was.gid()) == (is.uid(), is.gid()) {
        return Ok(());
    }
    chown(new, Some(was.uid()), Some(was.gid()))
}
