//! The operator's keys, which seal the workspaces' keys.

use std::fmt;

use crate::key_pair::KeyPair;
use crate::{KeyName, KeyTextError};

/// The longest key file that is read, in bytes: some hundreds of identities.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1024;

/// One or more age identities. The first seals, all of them open.
pub struct MasterKeys {
    current: KeyPair,
    earlier: Vec<KeyPair>,
}

impl MasterKeys {
    /// One new key, in memory only.
    #[must_use]
    pub fn generate() -> Self {
        Self {
            current: KeyPair::generate(),
            earlier: Vec::new(),
        }
    }

    /// Reads the text of a key file: one identity a line, newest first; blank lines and lines beginning with `#` say
    /// nothing. This is what `age-keygen` writes.
    ///
    /// # Errors
    /// [`KeyTextError`], which names the line and never shows it.
    pub fn parse(text: &[u8]) -> Result<Self, KeyTextError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(KeyTextError::TooLong { max: MAX_TEXT_BYTES });
        }
        let mut keys = Vec::new();
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let key = str::from_utf8(line).ok().and_then(KeyPair::from_text);
            keys.push(key.ok_or(KeyTextError::NotAnIdentity { line: index + 1 })?);
        }
        Self::of(keys).ok_or(KeyTextError::Empty)
    }

    /// These keys, newest first; none when there are none.
    pub(crate) fn of(keys: Vec<KeyPair>) -> Option<Self> {
        let mut keys = keys.into_iter();
        Some(Self {
            current: keys.next()?,
            earlier: keys.collect(),
        })
    }

    /// Adds a key that only opens, unless it is there.
    pub(crate) fn add_behind(&mut self, key: KeyPair) {
        if self.find(key.name()).is_none() {
            self.earlier.push(key);
        }
    }

    /// The names of all keys, newest first.
    pub fn names(&self) -> impl Iterator<Item = &KeyName> {
        self.all().map(KeyPair::name)
    }

    pub(crate) fn current(&self) -> &KeyPair {
        &self.current
    }

    pub(crate) fn find(&self, name: &KeyName) -> Option<&KeyPair> {
        self.all().find(|key| key.name() == name)
    }

    pub(crate) fn into_all(self) -> impl Iterator<Item = KeyPair> {
        std::iter::once(self.current).chain(self.earlier)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &KeyPair> {
        std::iter::once(&self.current).chain(&self.earlier)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys")?;
        f.debug_list().entries(self.names()).finish()
    }
}
