//! The key of one workspace.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::key_pair::KeyPair;
use crate::{AuthenticationKey, KeyName, Sealed, VaultError};

/// The key that a workspace's secrets are sealed to. Made and opened by [`crate::Vault`].
pub struct WorkspaceKey(pub(crate) KeyPair);

impl WorkspaceKey {
    /// The name of this key, found again in [`Sealed::key`] of every secret it sealed.
    #[must_use]
    pub fn name(&self) -> KeyName {
        self.0.name().clone()
    }

    /// Seals a secret for one row. Sealing the same secret again gives other bytes.
    ///
    /// `bound_to` names the row for good, for example `twilio_credential/<uuid>`.
    ///
    /// # Errors
    /// [`VaultError::Seal`], not known to happen.
    pub fn seal(&self, bound_to: &str, secret: &SecretString) -> Result<Sealed, VaultError> {
        self.0.seal(bound_to, secret.expose_secret().as_bytes())
    }

    /// Opens a secret of the same row.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`] when another key sealed it, [`VaultError::WrongRow`] when it was sealed for another
    /// row, [`VaultError::Unproven`] when no holder of the key sealed it, [`VaultError::Damaged`] when it is not what was sealed.
    pub fn open(&self, bound_to: &str, sealed: &Sealed) -> Result<SecretString, VaultError> {
        self.0.open(bound_to, sealed, |secret| Some(SecretString::from(secret)))
    }

    /// The key that authenticates rows of this workspace for one purpose, such as `audit`. The same purpose gives the same key
    /// for as long as the workspace's key lives, whatever master key that is sealed to.
    #[must_use]
    pub fn authentication_key(&self, purpose: &str) -> AuthenticationKey {
        AuthenticationKey::derive(&self.0, purpose)
    }
}

impl fmt::Debug for WorkspaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkspaceKey({})", self.0.name())
    }
}
