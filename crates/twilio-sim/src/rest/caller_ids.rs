//! Verified caller ids.
//!
//! Source: <https://www.twilio.com/docs/voice/api/outgoing-caller-ids>

use super::{Ask, RestResult};
use crate::accounts::SimCallerId;
use crate::e164;
use crate::wire;

/// Filters `PhoneNumber` and `FriendlyName`, both exact.
pub(super) fn list(ask: &Ask<'_>) -> RestResult {
    let number = ask.query().filled("PhoneNumber");
    let name = ask.query().filled("FriendlyName");
    let wanted = |caller_id: &&SimCallerId| {
        number.is_none_or(|number| caller_id.phone_number == number)
            && name.is_none_or(|name| e164::formatted(&caller_id.phone_number) == name)
    };
    let caller_ids: Vec<&SimCallerId> = ask.account.caller_ids.iter().filter(wanted).collect();
    ask.page(
        "outgoing_caller_ids",
        &caller_ids,
        |id| &id.sid,
        |id| wire::caller_id(&ask.account, id),
    )
}
