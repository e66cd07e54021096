//! Seals secrets before they are stored, and opens them again.
//!
//! Two layers, so that rotation is cheap and a deleted workspace becomes unreadable:
//!
//! ```text
//! key file ── master keys ──seal──▶ workspace key ──seal──▶ Twilio tokens, API keys, …
//! ```
//!
//! - The [`MasterKeys`] live where the operator keeps them ([`KeySource`]), newest first. The newest seals, all of them open.
//! - Each workspace has one [`WorkspaceKey`], stored sealed to a master key. A rotation re-seals these only.
//! - Secrets are stored sealed to their workspace's key.
//!
//! Both layers are [age](https://age-encryption.org/v1) files with one X25519 recipient. A key's name is that recipient
//! (`age1…`), so `age-keygen -y KEY_FILE` tells an operator which file opens which row. age protects a sealed value from
//! being read or altered, but not from being moved, so each carries the identity of its row inside and is refused
//! elsewhere. Sealing needs only a key's public name: whoever can write to the database can also replace a secret by one
//! of their own making. The vault keeps secrets from being read, not rows from being overwritten.
//!
//! That rows were not changed by others is what an [`AuthenticationKey`] proves. It is derived from a workspace's key, so it
//! is never stored, lasts as long as that key, and outlives every rotation of master keys.
//!
//! No other crate depends on `age`. A third layer or another cipher would be a new version in `envelope.rs`, with the
//! present one kept readable.

mod authentication_key;
mod envelope;
mod error;
mod key_file;
mod key_pair;
mod key_source;
mod master_keys;
mod sealed;
mod vault;
mod workspace_key;

pub use authentication_key::{AuthenticationKey, TAG_BYTES, Tag};
pub use error::{KeyTextError, MasterKeysError, VaultError};
pub use key_source::KeySource;
pub use master_keys::MasterKeys;
pub use sealed::{KeyName, Sealed};
pub use vault::{FRESH_FOR, Vault};
pub use workspace_key::WorkspaceKey;
