//! Telling that a number's routing is no longer what Callab wrote.

use ::entity::notification::NotificationKind;
use ::entity::phone_number;

use super::routing;
use crate::notifications::{Notice, Subject};

/// The notice of a drift: which fields at Twilio are other than what Callab wrote. What stands in them is not told: it is another
/// service's address.
pub(super) fn notice(number: &phone_number::Model) -> Notice {
    let written = number.written_routing.clone().unwrap_or_default();
    let fields: Vec<&str> = routing::deviation(&written, &number.seen_routing)
        .iter()
        .map(|deviation| deviation.field.as_str())
        .collect();
    let summary = format!(
        "Calls to {} may no longer reach Callab: its routing at Twilio was changed by someone else.",
        number.e164
    );
    Notice::new(NotificationKind::RoutingDrifted, number.id, summary)
        .with("accountId", Subject::from(number.twilio_account_id).global_id())
        .with("phoneNumber", number.e164.as_str())
        .with("changedFields", fields)
}
