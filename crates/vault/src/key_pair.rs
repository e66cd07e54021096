//! One age key: its secret half, its name, and what it seals. Every call into `age` is in this file.

use std::io::Read;

use age::secrecy::SecretString;
use age::x25519::Identity;
use age::{DecryptError, Decryptor};
use zeroize::Zeroizing;

use crate::envelope;
use crate::{AuthenticationKey, KeyName, Sealed, VaultError};

/// An X25519 key pair. The secret half is wiped on drop and never printed.
pub struct KeyPair {
    identity: Identity,
    name: KeyName,
    prover: AuthenticationKey,
}

impl KeyPair {
    /// A new key, from the operating system's randomness.
    pub fn generate() -> Self {
        Self::from(Identity::generate())
    }

    /// Reads an identity (`AGE-SECRET-KEY-1…`). `None` when the text is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().map(|identity: Identity| Self::from(identity))
    }

    /// The identity as [`KeyPair::from_text`] reads it.
    pub fn to_text(&self) -> SecretString {
        self.identity.to_string()
    }

    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Seals bytes to this key, for one row, with a proof that a holder of its secret half did.
    pub fn seal(&self, bound_to: &str, secret: &[u8]) -> Result<Sealed, VaultError> {
        let packed = envelope::pack(&self.prover, bound_to, secret);
        let bytes = age::encrypt(&self.identity.to_public(), &packed).map_err(VaultError::Seal)?;
        Ok(Sealed {
            key: self.name.clone(),
            bytes,
        })
    }

    /// Opens what this key sealed for the same row and gives the secret to `read`, which runs before the buffer is wiped.
    ///
    /// # Errors
    /// Any [`VaultError`] but `Seal` and `Keys`; `read` answers `None` for bytes that are not what was sealed.
    pub fn open<T>(
        &self,
        bound_to: &str,
        sealed: &Sealed,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, VaultError> {
        if sealed.key != self.name {
            return Err(VaultError::UnknownKey {
                key: sealed.key.clone(),
            });
        }
        // Which part of the age file is broken changes nothing for the caller.
        let packed = self.decrypt(&sealed.bytes).map_err(|_| VaultError::Damaged)?;
        let secret = envelope::unpack(&self.prover, bound_to, &packed)?;
        str::from_utf8(secret).ok().and_then(read).ok_or(VaultError::Damaged)
    }

    fn decrypt(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        // The age file is longer than what it holds, so this buffer does not grow and leave copies behind.
        let mut packed = Zeroizing::new(Vec::with_capacity(bytes.len()));
        let identities: [&dyn age::Identity; 1] = [&self.identity];
        Decryptor::new_buffered(bytes)?
            .decrypt(identities.into_iter())?
            .read_to_end(&mut packed)?;
        Ok(packed)
    }
}

impl From<Identity> for KeyPair {
    fn from(identity: Identity) -> Self {
        Self {
            name: KeyName::from(identity.to_public().to_string()),
            prover: AuthenticationKey::of_seals(&identity.to_string()),
            identity,
        }
    }
}
