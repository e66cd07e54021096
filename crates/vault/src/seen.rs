//! A file that is written anew from what was read of it, and that somebody else may replace meanwhile.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use rustix::io::Errno;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::key_file::sync_folder_of;
use crate::master_keys::MAX_TEXT_BYTES;

/// A file as it was read: which one it was, and what it held.
#[derive(PartialEq, Eq)]
pub struct Seen {
    which: Which,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    text: Zeroizing<Vec<u8>>,
}

/// Device and inode.
type Which = (u64, u64);

impl Seen {
    /// Reads a file that was opened, up to a byte more than a key file may have.
    pub fn read(file: File) -> io::Result<Self> {
        let (is, which) = (file.metadata()?, which(&file)?);
        // Room for all of it from the start: a buffer that grows leaves copies behind.
        let limit = MAX_TEXT_BYTES + 1;
        let mut text = Zeroizing::new(Vec::with_capacity(limit));
        file.take(limit as u64).read_to_end(&mut text)?;
        Ok(Self {
            which,
            size: is.size(),
            modified: (is.mtime(), is.mtime_nsec()),
            text,
        })
    }

    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether this very file is there, and holds what it held.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        match File::open(path).and_then(Self::read) {
            Ok(now) => Ok(now == *self),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts a draft in this file's place and answers true; or leaves what is there and answers false, if it is not this file as
    /// it was read any more.
    ///
    /// The two change places in one step, and what came out is looked at before it goes: what somebody puts there at the last
    /// moment is put back. Where the file system cannot do that (some network ones), a look right before is all.
    pub fn replace(&self, path: &Path, draft: NamedTempFile) -> io::Result<bool> {
        keep_owner(path, draft.path())?;
        if !self.is_at(path)? {
            return Ok(false);
        }
        self.exchange(path, draft)
    }

    fn exchange(&self, path: &Path, draft: NamedTempFile) -> io::Result<bool> {
        match exchange(draft.path(), path) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(false),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                draft.persist(path).map_err(|refused| refused.error)?;
                sync_folder_of(path)?;
                return Ok(true);
            }
            Err(error) => return Err(error.into()),
        }
        let is_replaced = self.is_at(draft.path()).unwrap_or(false);
        if !is_replaced && let Err(error) = put_back(&draft, path) {
            // It is somebody else's, and lies beside the file.
            let _ = draft.keep();
            return Err(error);
        }
        sync_folder_of(path)?;
        Ok(is_replaced)
    }
}

/// Puts what came out for the draft back into its place. Should yet another file have come there meanwhile, that one stays, as
/// though this had been quicker: each change of places has to bring out what was put in by the last.
fn put_back(draft: &NamedTempFile, path: &Path) -> io::Result<()> {
    // Held open, so that no new file has its inode.
    let mut put_in = draft.as_file().try_clone()?;
    loop {
        let came_out = File::open(draft.path())?;
        exchange(draft.path(), path)?;
        if which(&File::open(draft.path())?)? == which(&put_in)? {
            return Ok(());
        }
        put_in = came_out;
    }
}

fn which(file: &File) -> io::Result<Which> {
    let is = file.metadata()?;
    Ok((is.dev(), is.ino()))
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> Result<(), Errno> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// The new file is for whoever the old one was for, if there was one: an administrator may have run the command.
pub fn keep_owner(old: &Path, new: &Path) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tempfile::TempDir;

    use super::*;

    fn files_in(folder: &TempDir) -> usize {
        fs::read_dir(folder.path()).unwrap().count()
    }

    fn draft(folder: &TempDir, text: &str) -> NamedTempFile {
        let mut draft = NamedTempFile::new_in(folder.path()).unwrap();
        draft.write_all(text.as_bytes()).unwrap();
        draft
    }

    #[test]
    fn a_file_is_replaced_only_while_it_is_what_was_read() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("master.key");
        fs::write(&path, "old").unwrap();
        let seen = Seen::read(File::open(&path).unwrap()).unwrap();
        let is_replaced = seen.replace(&path, draft(&folder, "new")).unwrap();
        assert!(is_replaced);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(files_in(&folder), 1);

        // It is another with the same text, or the same with another, or gone.
        let changes: [&dyn Fn(); 3] = [
            &|| drop(draft(&folder, "new").persist(&path).unwrap()),
            &|| fs::write(&path, "wen").unwrap(),
            &|| fs::remove_file(&path).unwrap(),
        ];
        for change in changes {
            let seen = Seen::read(File::open(&path).unwrap()).unwrap();
            change();
            let before = fs::read_to_string(&path).ok();
            assert!(!seen.replace(&path, draft(&folder, "ours")).unwrap());
            assert_eq!(fs::read_to_string(&path).ok(), before);
        }
        assert_eq!(files_in(&folder), 0, "no draft is left");
    }

    /// As when it comes between the last look and the change of places.
    #[test]
    fn a_file_that_comes_at_the_last_moment_is_put_back() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("master.key");
        fs::write(&path, "old").unwrap();
        let seen = Seen::read(File::open(&path).unwrap()).unwrap();
        draft(&folder, "theirs").persist(&path).unwrap();
        let theirs = which(&File::open(&path).unwrap()).unwrap();
        assert!(!seen.exchange(&path, draft(&folder, "ours")).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(which(&File::open(&path).unwrap()).unwrap(), theirs);
        assert_eq!(files_in(&folder), 1, "no draft is left");
    }

    /// Whatever is put in while what came out is on its way back: the newest stays.
    #[test]
    fn of_files_that_come_meanwhile_the_newest_stays() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("master.key");
        for round in 0..300 {
            fs::write(&path, "old").unwrap();
            let seen = Seen::read(File::open(&path).unwrap()).unwrap();
            draft(&folder, "theirs").persist(&path).unwrap();
            let last = format!("{round}");
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for text in ["again", &last] {
                        draft(&folder, text).persist(&path).unwrap();
                    }
                });
                assert!(!seen.exchange(&path, draft(&folder, "ours")).unwrap());
            });
            assert_eq!(fs::read_to_string(&path).unwrap(), last);
            assert_eq!(files_in(&folder), 1, "no draft is left");
        }
    }
}
