//! Cursors of lists: opaque, and of one list each.
//!
//! A cursor names the row it comes after by its place in the list's order. Numbers are ordered by their digits, which not
//! everybody may see, so their cursor holds only the row's id and the digits are read again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
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
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Numbers => "numbers",
            Self::Agents => "agents",
            Self::Calls => "calls",
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
        fn any_other_text_is_a_bad_cursor(text: String) {
            prop_assert!(matches!(List::Calls.time(&text), Err(ApiError::BadCursor)));
            prop_assert!(matches!(List::Numbers.row(&text), Err(ApiError::BadCursor)));
        }
    }
}
