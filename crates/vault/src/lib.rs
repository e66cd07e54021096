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
//! elsewhere. Nor does age tell who sealed a value, since that takes a public name alone, which stands in the database: each
//! carries a proof inside that takes the key's secret half. Whoever can write to the database can destroy a row, or put back
//! what was sealed for it earlier, but not have a secret of their own making taken for ours.
//!
//! The same is done for rows that are not sealed by an [`AuthenticationKey`]. It is derived from a workspace's key, so it
//! is never stored, lasts as long as that key, and outlives every rotation of master keys.
//!
//! No other crate of the product depends on `age`. A third layer or another cipher would be a new version in `envelope.rs`.

mod authentication_key;
mod envelope;
mod error;
mod key_file;
mod key_pair;
mod key_source;
mod master_keys;
mod retired;
mod sealed;
mod seen;
mod vault;
mod workspace_key;

pub use authentication_key::{AuthenticationKey, TAG_BYTES, Tag};
pub use error::{KeyTextError, MasterKeysError, VaultError};
pub use key_source::KeySource;
pub use master_keys::MasterKeys;
pub use sealed::{KeyName, Sealed};
pub use vault::{FRESH_FOR, Vault};
pub use workspace_key::WorkspaceKey;
