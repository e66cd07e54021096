//! Keys that are taken out of the key file, and kept beside it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::key_file::{folder_of, parsed, seen, sync_folder_of, write_draft};
use crate::key_pair::KeyPair;
use crate::seen::{Seen, keep_owner};
use crate::{KeyName, MasterKeys, MasterKeysError};

impl MasterKeys {
    /// Takes keys out of a key file and adds them to a file beside it, whose name ends in `.retired`: backups may need them. Answers that
    /// file's path. Comments in the key file are lost.
    ///
    /// Each file is replaced as a whole, with its owner and mode 0600; the keys are in the other one before they leave the key file. What a
    /// run that was killed has left behind stands in nobody's way, and a key that is kept already is not kept twice.
    ///
    /// # Errors
    /// As [`Self::read`], [`MasterKeysError::NotWritten`]; [`MasterKeysError::LastKey`] when none would be left;
    /// [`MasterKeysError::Changed`] when somebody else changed or replaced the key file meanwhile. It is as it was, or as they
    /// made it, then.
    pub fn retire(path: &Path, names: &[KeyName]) -> Result<PathBuf, MasterKeysError> {
        let _turn = turn(path)?;
        let seen = seen(path)?;
        let keys = parsed(path, &seen)?;
        let (retired, kept): (Vec<KeyPair>, Vec<KeyPair>) = keys.into_all().partition(|key| names.contains(key.name()));
        let kept_in = beside(path, "retired");
        let kept = Self::of(kept).ok_or_else(|| MasterKeysError::LastKey { path: path.to_owned() })?;
        if retired.is_empty() {
            return Ok(kept_in);
        }
        keep_too(&kept_in, retired).map_err(not_written(&kept_in))?;
        write_anew(path, &seen, &kept)?;
        Ok(kept_in)
    }

    /// Puts keys that [`Self::retire`] took out back into the key file, behind those that it has: something needs them after
    /// all. They stay in the other file as well.
    ///
    /// # Errors
    /// As [`Self::retire`], without `LastKey`.
    pub fn put_back(path: &Path, names: &[KeyName]) -> Result<(), MasterKeysError> {
        let _turn = turn(path)?;
        let seen = seen(path)?;
        let mut keys = parsed(path, &seen)?;
        let kept = Self::read(&beside(path, "retired"))?.into_all();
        for key in kept.filter(|key| names.contains(key.name())) {
            keys.add_behind(key);
        }
        write_anew(path, &seen, &keys)
    }
}

fn not_written(path: &Path) -> impl FnOnce(io::Error) -> MasterKeysError {
    let path = path.to_owned();
    move |source| MasterKeysError::NotWritten { path, source }
}

/// One run at a time, until it is dropped: each writes the files anew, from what it has read.
fn turn(path: &Path) -> Result<File, MasterKeysError> {
    let turn = File::open(folder_of(path)).and_then(|folder| folder.lock().map(|()| folder));
    turn.map_err(not_written(path))
}

/// Writes the key file with these keys, if it is still what was read.
fn write_anew(path: &Path, seen: &Seen, keys: &MasterKeys) -> Result<(), MasterKeysError> {
    let written = write_draft(path, &keys.to_text()).and_then(|draft| seen.replace(path, draft));
    if !written.map_err(not_written(path))? {
        return Err(MasterKeysError::Changed { path: path.to_owned() });
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
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
