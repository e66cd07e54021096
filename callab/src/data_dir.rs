//! The data directory: who may use it, what lies in it, and that one process at a time works on it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Write permission of the group and of others.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It could not be made, looked at or locked.
    #[error("could not use the data directory {}", path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Someone else could put files of their own in the place of keys.
    #[error("the data directory {} has mode {mode:04o}, so others may write to it: chmod 700 it", path.display())]
    WritableByOthers {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process works on it.
    #[error("another callab runs on the data directory {}", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
}

/// A data directory that this process alone works on, until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// The operating system takes the lock back when the process ends, however it ends.
    _lock: File,
}

impl DataDir {
    /// The name of the lock file.
    pub const LOCK: &str = "callab.lock";

    /// Opens the directory for this process alone; makes it with mode 0700 where there is none.
    ///
    /// # Errors
    /// [`DataDirError`], with what an operator has to put right.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |source| DataDirError::Unusable {
            path: path.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        let mode = fs::metadata(path).map_err(unusable)?.permissions().mode() & 0o777;
        if mode & WRITABLE_BY_OTHERS != 0 {
            return Err(DataDirError::WritableByOthers {
                path: path.to_owned(),
                mode,
            });
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(Self::LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The embedded database.
#[must_use]
pub fn database(data_dir: &Path) -> PathBuf {
    data_dir.join("callab.db")
}

/// The master keys made on the first start.
#[must_use]
pub fn master_key(data_dir: &Path) -> PathBuf {
    data_dir.join("master.key")
}

/// The secret that tokens are signed with, made on the first start.
#[must_use]
pub fn token_secret(data_dir: &Path) -> PathBuf {
    data_dir.join("token.secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_directory_and_its_lock_are_for_the_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a/b");
        let _open = DataDir::open(&path).unwrap();
        assert_eq!((mode(&path), mode(&path.join(DataDir::LOCK))), (0o700, 0o600));
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        for bits in [0o770, 0o707, 0o722] {
            fs::set_permissions(temp.path(), fs::Permissions::from_mode(bits)).unwrap();
            let error = DataDir::open(temp.path()).unwrap_err();
            assert!(
                matches!(error, DataDirError::WritableByOthers { mode, .. } if mode == bits),
                "{error}"
            );
        }
    }

    #[test]
    fn one_process_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("data");
        let first = DataDir::open(&path).unwrap();
        assert!(matches!(DataDir::open(&path), Err(DataDirError::InUse { .. })));
        drop(first);
        DataDir::open(&path).unwrap();
    }
}
