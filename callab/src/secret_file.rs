//! A secret that is made on the first start and kept in a file for its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use domain::{Ids, SystemIds};
use secrecy::{ExposeSecret, SecretString};

/// Fewer bytes than SHA-256 gives make an HMAC weaker. Source: RFC 2104, section 3.
const LEAST_BYTES: usize = 32;

/// Reads the secret; makes it the first time: 64 hexadecimal digits in a file of mode 0600. Processes that start at the same time
/// agree on one.
///
/// # Errors
/// When the file cannot be read or written, or is open to others than its owner.
pub fn read_or_make(path: &Path) -> anyhow::Result<SecretString> {
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    make(path).with_context(|| format!("could not write {}", path.display()))?;
    read(path)?.with_context(|| format!("{} is gone again", path.display()))
}

/// Reads a file of secrets that an operator wrote.
///
/// # Errors
/// When it cannot be read, or is open to others than its owner.
pub fn read_private(path: &Path) -> anyhow::Result<SecretString> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("it has mode {mode:04o} and is open to others than its owner: run chmod 600 on it");
    }
    Ok(SecretString::from(fs::read_to_string(path)?))
}

fn read(path: &Path) -> anyhow::Result<Option<SecretString>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => SecretString::from(text.trim()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("could not read {}", path.display())),
    };
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "{} has mode {mode:04o} and is open to others than its owner: delete it and start again",
            path.display()
        );
    }
    if text.expose_secret().len() < LEAST_BYTES {
        bail!("{} holds no usable secret: delete it and start again", path.display());
    }
    Ok(Some(text))
}

/// Writes a draft and gives it its name by a hard link, which fails where another process was faster.
fn make(path: &Path) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let written = write_draft(&draft).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match written.and(removed) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all(),
    }
}

fn write_draft(draft: &Path) -> io::Result<()> {
    // Two references are 256 unguessable bits.
    let digits = SecretString::from([SystemIds.new_reference(), SystemIds.new_reference()].concat());
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(digits.expose_secret().as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("shared.keys");
        fs::write(&path, "hunter2").unwrap();
        for (mode, is_private) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let read = read_private(&path);
            assert_eq!(read.is_ok(), is_private, "{mode:o}");
            assert!(!format!("{read:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_secret_is_made_once_and_for_its_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("token.secret");
        let made = read_or_make(&path).unwrap();
        assert_eq!(made.expose_secret().len(), 2 * LEAST_BYTES);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_or_make(&path).unwrap().expose_secret(), made.expose_secret());
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn a_file_open_to_others_or_without_a_secret_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("token.secret");
        read_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_make(&path).unwrap_err().to_string().contains("0640"));
        fs::write(&path, "short").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(
            read_or_make(&path)
                .unwrap_err()
                .to_string()
                .contains("no usable secret")
        );
    }
}
