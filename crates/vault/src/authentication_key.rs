//! Proves that values were written by a holder of a key, and not changed since.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key_pair::KeyPair;

/// How many bytes a [`Tag`] has.
pub const TAG_BYTES: usize = 32;

/// What proves values: HMAC-SHA-256 over them. It is no secret.
pub type Tag = [u8; TAG_BYTES];

/// Tells the keys for callers' purposes from all else that may ever be derived from a workspace's key.
const PURPOSES: &[u8] = b"callab vault authentication key 1\0";

/// Tells the key that proves sealed values.
const SEALS: &[u8] = b"callab vault seal 2\0";

/// A key of 256 bits, derived from an age identity by HKDF-SHA-256 (RFC 5869). Never stored, never printed, wiped on drop.
#[derive(Clone)]
pub struct AuthenticationKey(Zeroizing<[u8; 32]>);

impl AuthenticationKey {
    /// The key for a caller's purpose.
    pub(crate) fn derive(key: &KeyPair, purpose: &str) -> Self {
        Self::from_identity(&key.to_text(), &[PURPOSES, purpose.as_bytes()])
    }

    /// The key that proves what this identity has sealed.
    pub(crate) fn of_seals(identity: &SecretString) -> Self {
        Self::from_identity(identity, &[SEALS])
    }

    fn from_identity(identity: &SecretString, info: &[&[u8]]) -> Self {
        let mut derived = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, identity.expose_secret().as_bytes())
            .expand_multi_info(info, derived.as_mut())
            .expect("32 bytes are one block of HKDF-SHA-256");
        Self(derived)
    }

    /// What proves these values in this order. Each counts with its length, so that their borders do not move.
    #[must_use]
    pub fn tag(&self, values: &[&[u8]]) -> Tag {
        self.mac(values).finalize().into_bytes().into()
    }

    /// Whether the tag proves these values. Takes the same time whatever is wrong with it.
    #[must_use]
    pub fn proves(&self, values: &[&[u8]], tag: &[u8]) -> bool {
        self.mac(values).verify_slice(tag).is_ok()
    }

    fn mac(&self, values: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_ref()).expect("HMAC takes keys of any length");
        for value in values {
            mac.update(&(value.len() as u64).to_be_bytes());
            mac.update(value);
        }
        mac
    }
}

impl fmt::Debug for AuthenticationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticationKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_proves_these_values_under_this_key_for_this_purpose_and_nothing_else() {
        let pair = KeyPair::generate();
        let again = KeyPair::from_text(pair.to_text().expose_secret()).unwrap();
        let key = AuthenticationKey::derive(&pair, "audit");
        let tag = key.tag(&[b"ab", b"c"]);
        assert!(AuthenticationKey::derive(&again, "audit").proves(&[b"ab", b"c"], &tag));
        assert!(!key.proves(&[b"a", b"bc"], &tag), "the border moved");
        assert!(!key.proves(&[b"c", b"ab"], &tag));
        assert!(!key.proves(&[b"ab", b"c"], &tag[..31]));
        assert!(!AuthenticationKey::derive(&pair, "other").proves(&[b"ab", b"c"], &tag));
        assert!(!AuthenticationKey::of_seals(&pair.to_text()).proves(&[b"ab", b"c"], &tag));
        assert!(!AuthenticationKey::derive(&KeyPair::generate(), "audit").proves(&[b"ab", b"c"], &tag));
    }
}
