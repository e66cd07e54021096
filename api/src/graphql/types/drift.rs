//! What someone changed of the routing that Callab wrote.

use ::entity::phone_number;
use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use domain::numbers::routing::{self, DriftReason as Reason};

/// What a drift does to a number's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum DriftReason {
    /// A SIP trunk takes the calls before anything else.
    OverriddenByTrunk,
    /// A Twilio application answers in the place of Callab.
    OverriddenByApplication,
    /// The number was switched to receive faxes.
    ReceivesFaxes,
    /// An address of Callab's was taken out.
    NotSet,
    /// An address of Callab's was replaced by another.
    UrlChanged,
    /// Twilio asks Callab's address with another HTTP method than `POST`.
    WrongMethod,
    /// Another of Twilio's regions answers the number.
    OtherRegion,
}

/// One field of a number at Twilio that is no longer what Callab wrote.
#[derive(SimpleObject)]
pub struct RoutingDeviation {
    /// Twilio's name of the field. Example: `voice_url`.
    field: &'static str,
    /// What Callab wrote; null for a field that is to be unset.
    expected: Option<String>,
    /// What was last seen there; null where it is not set.
    actual: Option<String>,
}

/// What someone changed of the routing that Callab wrote to a number. `repairRouting` puts Callab's back; `acceptRouting` says that
/// it was changed on purpose, and Callab stops using the number.
#[derive(SimpleObject)]
pub struct RoutingDrift {
    /// When it was noticed: at a sync, or when the number was looked at.
    noticed_at: DateTime<Utc>,
    /// The first cause, in the order in which Twilio looks; null if it has no name.
    reason: Option<DriftReason>,
    /// What that means for calls and what to do, in English, for people.
    text: Option<&'static str>,
    /// The fields that differ, in Twilio's order.
    fields: Vec<RoutingDeviation>,
}

impl RoutingDrift {
    /// The drift of a number that has one.
    pub fn of(number: &phone_number::Model) -> Option<Self> {
        let (noticed_at, written) = (number.drifted_at?, number.written_routing.as_ref()?);
        let reason = routing::reason(written, &number.seen_routing, false);
        let fields = routing::deviation(written, &number.seen_routing).into_iter();
        let shown = fields.map(|deviation| RoutingDeviation {
            field: deviation.field.as_str(),
            expected: deviation.expected,
            actual: deviation.actual,
        });
        Some(Self {
            noticed_at,
            reason: reason.map(Into::into),
            text: reason.map(Reason::explain),
            fields: shown.collect(),
        })
    }
}
