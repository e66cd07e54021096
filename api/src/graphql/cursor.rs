//! Cursors of lists: opaque, and of one list each.
//!
//! A cursor names the row it comes after by its place in the list's order. Numbers are ordered by their digits, which not
//! everybody may see, so their cursor holds only the row's id and the digits are read again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::error::ApiError;

/// A list's name inside its cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// `twilioAccounts`.
    Accounts,
    /// `phoneNumbers`.
    Numbers,
    /// `agents`.
    Agents,
    /// `calls`.
    Calls,
    /// `jobs`.
    Jobs,
    /// `healthHistory`.
    Health,
    /// `configurationHistory`.
    Configuration,
    /// `billingAlerts`.
    BillingAlerts,
    /// `billingEpisodes`.
    BillingEpisodes,
    /// `balanceHistory` of an account.
    Balances,
    /// `notificationEndpoints`.
    NotificationEndpoints,
    /// `notifications`.
    Notifications,
    /// `unusualActivity`.
    Activity,
    /// `auditEntries`.
    Audit,
    /// `apiKeys`.
    ApiKeys,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Numbers => "numbers",
            Self::Agents => "agents",
            Self::Calls => "calls",
            Self::Jobs => "jobs",
            Self::Health => "health",
            Self::Configuration => "configuration",
            Self::BillingAlerts => "billing alerts",
            Self::BillingEpisodes => "billing episodes",
            Self::Balances => "balances",
            Self::NotificationEndpoints => "notificationEndpoints",
            Self::Notifications => "notifications",
            Self::Activity => "activity",
            Self::Audit => "audit",
            Self::ApiKeys => "api keys",
        }
    }

    /// The cursor after a row of a list in order of time.
    pub(super) fn after_time(self, at: DateTime<Utc>, id: Uuid) -> String {
        self.encode(&format!("{}/{id}", at.timestamp_micros()))
    }

    /// The cursor after a row that is found again by its id.
    pub(super) fn after_row(self, id: Uuid) -> String {
        self.encode(&id.to_string())
    }

    /// Reads a cursor of [`Self::after_time`].
    pub(super) fn time(self, cursor: &str) -> Result<(DateTime<Utc>, Uuid), ApiError> {
        let read = || {
            let place = self.decode(cursor)?;
            let (micros, id) = place.split_once('/')?;
            let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some((at, Uuid::try_parse(id).ok()?))
        };
        read().ok_or(ApiError::BadCursor)
    }

    /// Reads a cursor of [`Self::after_row`].
    pub(super) fn row(self, cursor: &str) -> Result<Uuid, ApiError> {
        let id = self.decode(cursor).and_then(|id| Uuid::try_parse(&id).ok());
        id.ok_or(ApiError::BadCursor)
    }

    fn encode(self, place: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{place}", self.name()))
    }

    fn decode(self, cursor: &str) -> Option<String> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let place = text.strip_prefix(self.name())?.strip_prefix('/')?;
        Some(place.to_owned())
    }
}

/// The order of this database's events. Its cursors are good for no other's, and do not show the numbers in them: how much
/// happens in other workspaces is nobody's to count.
#[derive(Clone)]
pub(super) struct EventOrder([u8; 32]);

impl std::fmt::Debug for EventOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventOrder")
    }
}

impl EventOrder {
    /// The order of events whose cursors are made with this key.
    pub(super) fn of(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The cursor after the event of this number: its tag, and the number masked by what the tag gives. The same number gives the
    /// same cursor (a synthetic IV, as in RFC 5297).
    pub(super) fn cursor(&self, seq: i64) -> String {
        let seq = seq.to_be_bytes();
        let tag = self.mac("tag", seq);
        let masked = masked(seq, self.mac("mask", tag));
        URL_SAFE_NO_PAD.encode([tag, masked].concat())
    }

    /// Reads a cursor: the number of the event that it comes after.
    pub(super) fn read(&self, cursor: &str) -> Result<i64, ApiError> {
        let read = || {
            let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
            let (tag, hidden): ([u8; 8], [u8; 8]) = (bytes[..8].try_into().ok()?, bytes[8..].try_into().ok()?);
            let seq = masked(hidden, self.mac("mask", tag));
            (self.mac("tag", seq) == tag).then(|| i64::from_be_bytes(seq))
        };
        read().ok_or(ApiError::BadEventCursor)
    }

    fn mac(&self, purpose: &str, of: [u8; 8]) -> [u8; 8] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&of);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|n| whole[n])
    }
}

fn masked(bytes: [u8; 8], mask: [u8; 8]) -> [u8; 8] {
    std::array::from_fn(|n| bytes[n] ^ mask[n])
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_place(micros in 0i64..4_000_000_000_000_000, bytes: [u8; 16]) {
            let place = (DateTime::from_timestamp_micros(micros).unwrap(), Uuid::from_bytes(bytes));
            let cursor = List::Accounts.after_time(place.0, place.1);
            prop_assert_eq!(List::Accounts.time(&cursor).unwrap(), place);
            prop_assert!(List::Agents.time(&cursor).is_err());
            prop_assert!(List::Accounts.row(&cursor).is_err());

            let cursor = List::Numbers.after_row(place.1);
            prop_assert_eq!(List::Numbers.row(&cursor).unwrap(), place.1);
            prop_assert!(List::Calls.row(&cursor).is_err());
        }

        #[test]
        fn an_event_cursor_is_of_one_database(seq in 0..i64::MAX) {
            let order = EventOrder::of([7; 32]);
            let cursor = order.cursor(seq);
            prop_assert_eq!(order.read(&cursor).unwrap(), seq);
            prop_assert!(EventOrder::of([8; 32]).read(&cursor).is_err());
            let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            prop_assert!(!bytes.ends_with(&seq.to_be_bytes()), "the number is hidden");
            prop_assert!(List::Calls.time(&cursor).is_err());
        }

        #[test]
        fn any_other_text_is_a_bad_cursor(text: String) {
            prop_assert!(matches!(EventOrder::of([7; 32]).read(&text), Err(ApiError::BadEventCursor)));
            prop_assert!(matches!(List::Calls.time(&text), Err(ApiError::BadCursor)));
            prop_assert!(matches!(List::Numbers.row(&text), Err(ApiError::BadCursor)));
        }
    }
}
