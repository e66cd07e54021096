//! The demo's own directory, emptied of the last demo: the simulated Twilio forgets everything, so the database has to as well.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};

use super::demo_json;
use crate::data_dir::{self, DataDir};

/// Says that a directory is a demo's.
const MARKER: &str = ".callab-demo";

const ABOUT: &str = "`callab demo` made this directory and empties it at each start.\n";

/// Opens the directory for one demo. Deletes what an earlier demo made, and nothing else.
///
/// # Errors
/// When it is in use, or holds something and no demo made it.
pub(super) fn take(path: &Path) -> anyhow::Result<DataDir> {
    if !path.join(MARKER).exists() && !is_empty(path)? {
        bail!(
            "{} is not empty and not a demo's: name another with --data-dir",
            path.display()
        );
    }
    let data_dir = DataDir::open(path)?;
    fs::write(path.join(MARKER), ABOUT).with_context(|| format!("could not write to {}", path.display()))?;
    let database = data_dir::database(path);
    for made in [
        database.with_extension("db-wal"),
        database.with_extension("db-shm"),
        database,
        data_dir::master_key(path),
        data_dir::token_secret(path),
        path.join(demo_json::NAME),
    ] {
        match fs::remove_file(&made) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("could not delete {}", made.display()));
            }
            _ => {}
        }
    }
    Ok(data_dir)
}

/// Whether there is nothing, or nothing but the lock of a start that was cut off.
fn is_empty(path: &Path) -> anyhow::Result<bool> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        entries => entries.with_context(|| format!("could not read {}", path.display()))?,
    };
    for entry in entries {
        if entry?.file_name() != DataDir::LOCK {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_demo_made_is_never_deleted() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("data");
        fs::create_dir(&path).unwrap();
        let database = data_dir::database(&path);
        fs::write(&database, "a real one").unwrap();
        assert!(take(&path).unwrap_err().to_string().contains("not a demo's"));
        assert!(database.exists());
    }

    #[test]
    fn the_last_demo_is_deleted_and_the_rest_stays() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("demo");
        drop(take(&path).unwrap());
        fs::write(data_dir::database(&path), "the last demo's").unwrap();
        fs::write(path.join("notes.txt"), "a person's").unwrap();

        let open = take(&path).unwrap();
        assert!(!data_dir::database(&path).exists());
        assert!(path.join("notes.txt").exists());

        fs::write(data_dir::database(&path), "the running demo's").unwrap();
        assert!(take(&path).is_err(), "one demo at a time");
        assert!(
            data_dir::database(&path).exists(),
            "what a running demo uses is left alone"
        );
        drop(open);
    }
}
