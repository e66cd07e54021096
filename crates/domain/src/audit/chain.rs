//! The chain: what proves an entry's place, the end, and that we erased something ourselves.

use ::entity::WorkspaceId;
use chrono::{DateTime, Utc};
use vault::{AuthenticationKey, Tag, WorkspaceKey};

/// The key's purpose, in the vault's words.
const PURPOSE: &str = "audit";

/// Proves entries of one workspace.
#[derive(Clone, Debug)]
pub(super) struct Prover {
    workspace: WorkspaceId,
    key: AuthenticationKey,
}

/// What stands before the first entry.
pub(super) const BEGINNING: Tag = [0; 32];

impl Prover {
    pub(super) fn new(workspace: WorkspaceId, key: &WorkspaceKey) -> Self {
        let key = key.authentication_key(PURPOSE);
        Self { workspace, key }
    }

    /// Proves that the entry with this digest is number `seq` and comes after the one that `previous` proves.
    pub(super) fn link(&self, seq: i64, previous: &[u8], digest: &[u8]) -> Tag {
        self.key.tag(&self.of_link(&seq.to_be_bytes(), previous, digest))
    }

    pub(super) fn proves_link(&self, seq: i64, previous: &[u8], digest: &[u8], mac: &[u8]) -> bool {
        self.key
            .proves(&self.of_link(&seq.to_be_bytes(), previous, digest), mac)
    }

    fn of_link<'a>(&'a self, seq: &'a [u8], previous: &'a [u8], digest: &'a [u8]) -> [&'a [u8]; 5] {
        [b"entry", self.workspace.0.as_bytes(), seq, previous, digest]
    }

    /// Proves that the chain ends with number `seq`, proved by `mac`.
    pub(super) fn end(&self, seq: i64, mac: &[u8]) -> Tag {
        self.key.tag(&self.of_end(&seq.to_be_bytes(), mac))
    }

    pub(super) fn proves_end(&self, seq: i64, mac: &[u8], tag: &[u8]) -> bool {
        self.key.proves(&self.of_end(&seq.to_be_bytes(), mac), tag)
    }

    fn of_end<'a>(&'a self, seq: &'a [u8], mac: &'a [u8]) -> [&'a [u8]; 4] {
        [b"end", self.workspace.0.as_bytes(), seq, mac]
    }

    /// Proves that what tells of a person in the entry with this `mac` was erased by us.
    pub(super) fn erasure(&self, mac: &[u8], at: DateTime<Utc>) -> Tag {
        self.key
            .tag(&self.of_erasure(mac, &at.timestamp_micros().to_be_bytes()))
    }

    pub(super) fn proves_erasure(&self, mac: &[u8], at: DateTime<Utc>, tag: &[u8]) -> bool {
        self.key
            .proves(&self.of_erasure(mac, &at.timestamp_micros().to_be_bytes()), tag)
    }

    fn of_erasure<'a>(&'a self, mac: &'a [u8], at: &'a [u8]) -> [&'a [u8]; 4] {
        [b"erased", self.workspace.0.as_bytes(), mac, at]
    }
}
