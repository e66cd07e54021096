//! Outgoing caller ids: numbers of other carriers that the account proved to own and may call from.

use std::borrow::Cow;

use serde::Deserialize;

use crate::page::Listed;
use crate::request::{MAX_PAGE_SIZE, Request};
use crate::{AccountSid, fields};

/// A verified caller id.
///
/// Source: <https://www.twilio.com/docs/voice/api/outgoing-caller-ids>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallerId {
    /// Its identity in its account: `PN` and 32 hexadecimal digits, like a number's.
    pub sid: String,
    /// The number in E.164, with `+`.
    pub phone_number: String,
    /// The owner's name for it.
    #[serde(default, deserialize_with = "fields::text")]
    pub friendly_name: Option<String>,
}

impl Listed for CallerId {
    const KEY: &'static str = "outgoing_caller_ids";

    fn identity(&self) -> Cow<'_, str> {
        self.sid.as_str().into()
    }
}

pub(crate) fn list(account: &AccountSid) -> Request {
    Request::get("ListOutgoingCallerId", account, "/OutgoingCallerIds").page_size(MAX_PAGE_SIZE)
}
