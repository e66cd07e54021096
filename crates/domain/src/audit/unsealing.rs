//! Each unsealing of a credential leaves an entry. Not each use: what was opened a moment ago is kept open, and what background
//! work opens again and again is told once a day.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use ::entity::{AccountId, AuditEntryId, WorkspaceId, audit_entry};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;
use vault::VaultError;

use super::{Act, DONE, Operator, row, write};
use crate::on_behalf::OnBehalf;
use crate::{Clock, Fault, Ids, Services};

/// The action in the audit log.
const ACTION: &str = "credential.open";

/// How long one process opens the same credential for jobs, or for webhooks, without telling it again. 10,000 accounts that are
/// checked every five minutes are 10,000 entries a day, and not 2,880,000.
const TOLD_AGAIN: TimeDelta = TimeDelta::hours(24);

/// How many unsealings are remembered; beyond that they are told more often.
const REMEMBERED: usize = 100_000;

/// What was opened.
pub(crate) struct Opened<'a> {
    /// The table of its row.
    pub table: &'static str,
    /// The row's id.
    pub id: Uuid,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The Twilio account it belongs to, if any.
    pub account: Option<AccountId>,
    /// The sealed value.
    pub sealed: &'a [u8],
}

/// Which unsealings this process has told of, and until when that is enough.
#[derive(Default)]
pub(crate) struct Told(Mutex<HashMap<Key, DateTime<Utc>>>);

/// The row, the end of the sealed value (another value has another), for a job or a webhook, and the outcome.
type Key = (Uuid, [u8; 8], bool, &'static str);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

impl Told {
    fn is_enough(&self, key: &Key, now: DateTime<Utc>) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.get(key).is_some_and(|until| now < *until)
    }

    fn note(&self, key: Key, now: DateTime<Utc>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= REMEMBERED {
            told.retain(|_, until| now < *until);
            if told.len() >= REMEMBERED {
                told.clear();
            }
        }
        told.insert(key, now + TOLD_AGAIN);
    }
}

/// Tells that a credential was opened, or could not be, for whom and what for. To be called before the secret is used, and not in
/// a transaction: without its entry it is not used, and the entry stays whatever comes of its use.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unsealed<T>(
    services: &Services,
    what: Opened<'_>,
    opened: &Result<T, VaultError>,
) -> Result<(), Fault> {
    let now = services.clock.now();
    let outcome = outcome(opened);
    let whom = &services.on_behalf;
    let end = what.sealed.last_chunk().copied().unwrap_or_default();
    let key = (what.id, end, matches!(whom, OnBehalf::Webhook { .. }), outcome);
    let told = services.tokens.told();
    if !whom.is_person() && told.is_enough(&key, now) {
        return Ok(());
    }
    write(&services.db, services, entry(services, &what, now, outcome)).await?;
    if !whom.is_person() {
        told.note(key, now);
    }
    Ok(())
}

/// The same in a transaction that may yet fail: the entry goes with it, so what was opened is to be kept nowhere, and is told
/// each time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn unsealed_within<T>(
    db: &impl ConnectionTrait,
    services: &Services,
    what: &Opened<'_>,
    opened: &Result<T, VaultError>,
) -> Result<(), Fault> {
    let entry = entry(services, what, services.clock.now(), outcome(opened));
    Ok(write(db, services, entry).await?)
}

fn entry(services: &Services, what: &Opened<'_>, at: DateTime<Utc>, outcome: &str) -> audit_entry::ActiveModel {
    let whom = &services.on_behalf;
    let act = what.act(whom.purpose());
    let id = AuditEntryId(services.ids.new_id());
    row(id, at, whom, what.workspace, act, outcome)
}

impl Opened<'_> {
    fn act(&self, purpose: &str) -> Act {
        Act::on(ACTION, self.table, self.id)
            .of(self.account)
            .with(json!({ "for": purpose }))
    }

    /// The entry of one that was opened, or could not be, at an operator's command.
    pub(crate) fn by_operator<T>(
        &self,
        (clock, ids): (&dyn Clock, &dyn Ids),
        operator: &Operator,
        purpose: &str,
        opened: &Result<T, VaultError>,
    ) -> audit_entry::ActiveModel {
        let (id, act) = (AuditEntryId(ids.new_id()), self.act(purpose));
        row(id, clock.now(), operator, self.workspace, act, outcome(opened))
    }
}

fn outcome<T>(opened: &Result<T, VaultError>) -> &'static str {
    match opened {
        Ok(_) => DONE,
        Err(VaultError::UnknownKey { .. }) => "UNKNOWN_KEY",
        Err(VaultError::WrongRow) => "WRONG_ROW",
        Err(VaultError::Unproven) => "UNPROVEN",
        Err(VaultError::Damaged | VaultError::Seal(_) | VaultError::Keys(_)) => "DAMAGED",
    }
}
