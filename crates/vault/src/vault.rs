//! The workspaces' keys, under the master keys.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;

use crate::key_pair::KeyPair;
use crate::{KeyName, KeySource, MasterKeys, MasterKeysError, Sealed, VaultError, WorkspaceKey};

/// How long the keys are taken to be what their source holds: rows that name an unknown key are no reason to read it more often.
/// Whoever puts a new key into the source waits that long before anything is sealed to it.
pub const FRESH_FOR: Duration = Duration::from_secs(1);

/// Makes, opens and re-seals workspace keys. Holds the master keys and nothing else.
pub struct Vault {
    keys: RwLock<Arc<MasterKeys>>,
    source: Option<KeySource>,
    /// When the last reading of the source began: what came into the source since may not have been seen. Held while it is read, so that
    /// whoever needs the same key waits for one reading.
    read: Mutex<Instant>,
}

impl Vault {
    /// A vault under these master keys, for good.
    #[must_use]
    pub fn new(master: MasterKeys) -> Self {
        Self {
            keys: RwLock::new(Arc::new(master)),
            source: None,
            read: Mutex::new(Instant::now()),
        }
    }

    /// A vault under the master keys of a source, which may change: [`Self::read_again`].
    ///
    /// # Errors
    /// As [`KeySource::read`].
    pub fn open(source: KeySource) -> Result<Self, MasterKeysError> {
        let began = Instant::now();
        let master = source.read()?;
        Ok(Self {
            source: Some(source),
            read: Mutex::new(began),
            ..Self::new(master)
        })
    }

    fn keys(&self) -> Arc<MasterKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The master key that new workspace keys are sealed to.
    #[must_use]
    pub fn current_key(&self) -> KeyName {
        self.keys().current().name().clone()
    }

    /// Every master key that is at hand, newest first.
    #[must_use]
    pub fn key_names(&self) -> Vec<KeyName> {
        self.keys().names().cloned().collect()
    }

    /// Reads the source again, unless a reading began at most a moment before this was asked for. Blocks for as long as the source takes.
    ///
    /// # Errors
    /// As [`KeySource::read`]; the keys stay those of the last reading.
    pub fn read_again(&self) -> Result<(), MasterKeysError> {
        let Some(source) = &self.source else { return Ok(()) };
        // Who waits for the reading of another does not read once more after it, however long it took.
        let asked = Instant::now();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.saturating_duration_since(*read) < FRESH_FOR {
            return Ok(());
        }
        *read = Instant::now();
        let keys = source.read();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys?);
        Ok(())
    }

    /// Makes a workspace's key: sealed to the current master key, to be stored, and open, to be used at once.
    ///
    /// `bound_to` names the row for good, for example `workspace/<uuid>`.
    ///
    /// # Errors
    /// [`VaultError::Seal`], not known to happen.
    pub fn new_workspace_key(&self, bound_to: &str) -> Result<(Sealed, WorkspaceKey), VaultError> {
        let key = KeyPair::generate();
        let sealed = seal_key(&self.keys(), bound_to, &key)?;
        Ok((sealed, WorkspaceKey(key)))
    }

    /// Opens the key of a workspace, sealed to any master key at hand.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] when that master key is not at hand, [`VaultError::WrongRow`] when it is another
    /// workspace's, [`VaultError::Unproven`] when it was put there by others, [`VaultError::Damaged`] when it is not what was sealed.
    pub fn open_workspace_key(&self, bound_to: &str, sealed: &Sealed) -> Result<WorkspaceKey, VaultError> {
        open_key(&self.keys(), bound_to, sealed).map(WorkspaceKey)
    }

    /// Seals a workspace's key to the current master key; `None` when it is already. The secrets under it stay as they
    /// are.
    ///
    /// # Errors
    /// Those of [`Vault::open_workspace_key`].
    pub fn reseal_workspace_key(&self, bound_to: &str, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        let keys = self.keys();
        let key = open_key(&keys, bound_to, sealed)?;
        if sealed.key == *keys.current().name() {
            return Ok(None);
        }
        seal_key(&keys, bound_to, &key).map(Some)
    }
}

fn seal_key(keys: &MasterKeys, bound_to: &str, key: &KeyPair) -> Result<Sealed, VaultError> {
    keys.current().seal(bound_to, key.to_text().expose_secret().as_bytes())
}

fn open_key(keys: &MasterKeys, bound_to: &str, sealed: &Sealed) -> Result<KeyPair, VaultError> {
    let Some(master) = keys.find(&sealed.key) else {
        return Err(VaultError::UnknownKey {
            key: sealed.key.clone(),
        });
    };
    master.open(bound_to, sealed, KeyPair::from_text)
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("keys", &self.keys())
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
