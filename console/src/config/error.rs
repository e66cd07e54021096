//! Why a file cannot be used: always with the file, the line and the key.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something in it makes no sense.
    #[error("{}, line {line}: {what}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What, with the key.
        what: String,
    },
}

impl ConfigError {
    /// What is wrong at a place of the text.
    pub(super) fn at(path: &Path, text: &str, span: Option<&Range<usize>>, what: impl Into<String>) -> Self {
        let until = span.map_or(0, |span| span.start).min(text.len());
        Self::Wrong {
            path: path.to_owned(),
            line: text.get(..until).unwrap_or(text).matches('\n').count() + 1,
            what: what.into(),
        }
    }
}
