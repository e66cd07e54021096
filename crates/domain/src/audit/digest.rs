//! What of an audit entry is proved: digests of its contents, in an encoding that never changes.
//!
//! What tells of a person has a digest of its own, over random bytes too: it can be erased with these bytes, nobody can guess it
//! from the digest that stays, and the entry's digest, which counts that digest instead of the contents, holds all the same.

use ::entity::audit_entry;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256.
pub(super) type Digest = [u8; 32];

/// Name the encoding. Another one needs other names, and entries remember which they have.
const ENTRY: &[u8] = b"callab audit entry 1\0";
const PERSONAL: &[u8] = b"callab audit personal 1\0";

/// The digest of what tells of a person: who acted, by which request, from where, and the detail.
pub(super) fn personal(entry: &audit_entry::Model, salt: &[u8]) -> Digest {
    let mut hash = Sha256::new_with_prefix(PERSONAL);
    bytes(&mut hash, salt);
    bytes(&mut hash, entry.actor.as_bytes());
    option(&mut hash, entry.request_id.as_deref().map(str::as_bytes));
    option(&mut hash, entry.address.as_deref().map(str::as_bytes));
    json(&mut hash, &entry.detail);
    hash.finalize().into()
}

/// The digest of the whole entry. The time counts in microseconds, as exactly as both databases keep it.
pub(super) fn whole(entry: &audit_entry::Model, personal: &[u8]) -> Digest {
    let mut hash = Sha256::new_with_prefix(ENTRY);
    bytes(&mut hash, entry.id.0.as_bytes());
    bytes(&mut hash, entry.workspace_id.0.as_bytes());
    let account = entry.twilio_account_id.map(|id| id.0.into_bytes());
    option(&mut hash, account.as_ref().map(<[u8; 16]>::as_slice));
    for text in [&entry.role, &entry.action, &entry.subject, &entry.outcome] {
        bytes(&mut hash, text.as_bytes());
    }
    hash.update(entry.at.timestamp_micros().to_be_bytes());
    bytes(&mut hash, personal);
    hash.finalize().into()
}

/// With the length in front, so that borders do not move.
fn bytes(hash: &mut Sha256, value: &[u8]) {
    hash.update((value.len() as u64).to_be_bytes());
    hash.update(value);
}

fn option(hash: &mut Sha256, value: Option<&[u8]>) {
    hash.update([u8::from(value.is_some())]);
    if let Some(value) = value {
        bytes(hash, value);
    }
}

/// Fields in the order of their names, whatever order a database gives them back in; numbers as they are written.
fn json(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(value) => hash.update([b'b', u8::from(*value)]),
        Value::Number(number) => {
            hash.update(b"d");
            bytes(hash, number.to_string().as_bytes());
        }
        Value::String(text) => {
            hash.update(b"s");
            bytes(hash, text.as_bytes());
        }
        Value::Array(items) => {
            hash.update(b"a");
            hash.update((items.len() as u64).to_be_bytes());
            for item in items {
                json(hash, item);
            }
        }
        Value::Object(fields) => {
            hash.update(b"o");
            hash.update((fields.len() as u64).to_be_bytes());
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in fields {
                bytes(hash, name.as_bytes());
                json(hash, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ::entity::{AccountId, AuditEntryId, WorkspaceId};
    use chrono::{TimeDelta, TimeZone as _, Utc};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn entry() -> audit_entry::Model {
        audit_entry::Model {
            id: AuditEntryId(Uuid::from_u128(1)),
            workspace_id: WorkspaceId(Uuid::from_u128(2)),
            twilio_account_id: Some(AccountId(Uuid::from_u128(3))),
            actor: "anna".into(),
            role: "owner".into(),
            action: "agent.assign".into(),
            subject: "phone_number/4".into(),
            outcome: "OK".into(),
            detail: json!({ "b": [1, 2.5, null], "a": { "y": true, "x": "z" } }),
            request_id: Some("r".into()),
            address: None,
            at: Utc.timestamp_opt(1_700_000_000, 123_456_000).unwrap(),
            seq: None,
            salt: None,
            personal_digest: None,
            digest: None,
            mac: None,
            erased_at: None,
            erased_mac: None,
        }
    }

    fn both(entry: &audit_entry::Model) -> String {
        hex::encode(whole(entry, &personal(entry, b"salt")))
    }

    /// Entries of years ago have to be proved by later releases: should this fail, the encoding was changed.
    #[test]
    fn the_encoding_never_changes() {
        assert_eq!(both(&entry()), KNOWN);
    }

    const KNOWN: &str = "7cb95e3ceb3f3fbd1ff63ec2d844f3f74ee942870c7d8a5d6754fc3a313af59e";

    #[test]
    fn each_field_counts() {
        let changes: [fn(&mut audit_entry::Model); 13] = [
            |entry| entry.id = AuditEntryId(Uuid::from_u128(9)),
            |entry| entry.workspace_id = WorkspaceId(Uuid::from_u128(9)),
            |entry| entry.twilio_account_id = None,
            |entry| entry.actor = "berta".into(),
            |entry| entry.role = "member".into(),
            |entry| entry.action = "agent.unassign".into(),
            |entry| entry.subject = "phone_number/5".into(),
            |entry| entry.outcome = "NOT_FOUND".into(),
            |entry| entry.detail = json!({ "b": [1, 2.5], "a": { "y": true, "x": "z" } }),
            |entry| entry.request_id = None,
            |entry| entry.address = Some(String::new()),
            |entry| entry.at += TimeDelta::microseconds(1),
            |entry| (entry.role, entry.action) = ("ownera".into(), "gent.assign".into()),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut other = entry();
            change(&mut other);
            assert_ne!(both(&other), both(&entry()), "change {n}");
        }
    }

    #[test]
    fn the_order_of_fields_and_what_a_database_rounds_away_do_not_count() {
        let mut other = entry();
        other.detail = serde_json::from_str(r#"{"a":{"x":"z","y":true},"b":[1,2.5,null]}"#).unwrap();
        other.at += TimeDelta::nanoseconds(999);
        assert_eq!(both(&other), both(&entry()));
    }
}
