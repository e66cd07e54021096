//! The token in a file that only its owner can read.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{AccessError, name};
use crate::surroundings::{state_folder, write_private};

/// Where the token for an address is kept.
fn path(url: &Url) -> Option<PathBuf> {
    Some(state_folder()?.join(format!("{}.token", name(url))))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> AccessError {
    move |source| AccessError::File {
        path: path.display().to_string(),
        source,
    }
}

pub(super) fn read(url: &Url) -> Result<Option<(SecretString, PathBuf)>, AccessError> {
    let Some(path) = path(url) else { return Ok(None) };
    let is_open = fs::metadata(&path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if is_open {
        return Err(AccessError::OpenToOthers(path));
    }
    match fs::read_to_string(&path) {
        Ok(token) => Ok(Some((token.trim().to_owned().into(), path))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path)(error)),
    }
}

pub(super) fn keep(url: &Url, token: &SecretString) -> Result<PathBuf, AccessError> {
    let path = path(url).ok_or(AccessError::NoHome)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed(&path))?;
    }
    remove(url)?; // One that was there may be open to others.
    write_private(&path, token.expose_secret()).map_err(failed(&path))?;
    Ok(path)
}

pub(super) fn remove(url: &Url) -> Result<(), AccessError> {
    let Some(path) = path(url) else { return Ok(()) };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path)(error)),
        _ => Ok(()),
    }
}
