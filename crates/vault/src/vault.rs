//! The workspaces' keys, under the master keys.

use secrecy::ExposeSecret;

use crate::key_pair::KeyPair;
use crate::{KeyName, MasterKeys, Sealed, VaultError, WorkspaceKey};

/// Makes, opens and re-seals workspace keys. Holds the master keys and nothing else.
#[derive(Debug)]
pub struct Vault {
    master: MasterKeys,
}

impl Vault {
    /// A vault under these master keys.
    #[must_use]
    pub fn new(master: MasterKeys) -> Self {
        Self { master }
    }

    /// The master key that new workspace keys are sealed to.
    #[must_use]
    pub fn current_key(&self) -> &KeyName {
        self.master.current().name()
    }

    /// Every master key that is at hand, newest first.
    pub fn key_names(&self) -> impl Iterator<Item = &KeyName> {
        self.master.names()
    }

    /// Makes a workspace's key: sealed to the current master key, to be stored, and open, to be used at once.
    ///
    /// `bound_to` names the row for good, for example `workspace/<uuid>`.
    ///
    /// # Errors
    /// [`VaultError::Seal`], not known to happen.
    pub fn new_workspace_key(&self, bound_to: &str) -> Result<(Sealed, WorkspaceKey), VaultError> {
        let key = KeyPair::generate();
        let sealed = self.seal_key(bound_to, &key)?;
        Ok((sealed, WorkspaceKey(key)))
    }

    /// Opens the key of a workspace, sealed to any master key at hand.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] when that master key is not at hand, [`VaultError::WrongRow`] when it is another
    /// workspace's, [`VaultError::Damaged`] when it is not what was sealed.
    pub fn open_workspace_key(&self, bound_to: &str, sealed: &Sealed) -> Result<WorkspaceKey, VaultError> {
        let Some(master) = self.master.find(&sealed.key) else {
            return Err(VaultError::UnknownKey {
                key: sealed.key.clone(),
            });
        };
        master.open(bound_to, sealed, KeyPair::from_text).map(WorkspaceKey)
    }

    /// Seals a workspace's key to the current master key; `None` when it is already. The secrets under it stay as they
    /// are.
    ///
    /// # Errors
    /// Those of [`Vault::open_workspace_key`].
    pub fn reseal_workspace_key(&self, bound_to: &str, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        let key = self.open_workspace_key(bound_to, sealed)?;
        if sealed.key == *self.current_key() {
            return Ok(None);
        }
        self.seal_key(bound_to, &key.0).map(Some)
    }

    fn seal_key(&self, bound_to: &str, key: &KeyPair) -> Result<Sealed, VaultError> {
        self.master
            .current()
            .seal(bound_to, key.to_text().expose_secret().as_bytes())
    }
}
