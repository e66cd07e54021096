//! What a call is told to do before it begins.

use std::time::Duration;

/// A URL and the method to ask it with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `GET` or `POST`.
    pub(crate) method: String,
    pub(crate) url: String,
}

impl Address {
    pub(crate) fn post(url: &str) -> Self {
        Self {
            method: "POST".to_owned(),
            url: url.to_owned(),
        }
    }

    /// An address that may be missing: an empty URL is none.
    pub(crate) fn optional(url: &str, method: &str) -> Option<Self> {
        (!url.is_empty()).then(|| Self {
            method: method.to_owned(),
            url: url.to_owned(),
        })
    }
}

/// Where a call's `TwiML` comes from.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Asked for when the call is answered (outbound) or rings (inbound).
    Fetch { first: Address, fallback: Option<Address> },
    /// Given with the request that placed the call.
    Given { twiml: String, fallback: Option<Address> },
}

impl Script {
    pub(crate) fn fallback(&self) -> Option<&Address> {
        let (Self::Fetch { fallback, .. } | Self::Given { fallback, .. }) = self;
        fallback.as_ref()
    }
}

/// Which events of a call are told to whom.
#[derive(Debug, Clone)]
pub(crate) struct CallbackPlan {
    pub(crate) address: Option<Address>,
    /// Of `initiated`, `ringing`, `answered`, `completed`; the last one means every final status.
    events: Vec<String>,
}

impl CallbackPlan {
    pub(crate) fn none() -> Self {
        Self {
            address: None,
            events: Vec::new(),
        }
    }

    pub(crate) fn of(address: Address, events: &[&str]) -> Self {
        Self {
            address: Some(address),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
        }
    }

    /// Whom to tell of an event, if anyone.
    pub(crate) fn wants(&self, event: &str) -> Option<&Address> {
        self.address
            .as_ref()
            .filter(|_| self.events.iter().any(|wanted| wanted == event))
    }
}

/// An outbound call as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) account_sid: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) price_unit: String,
    pub(crate) phone_number_sid: Option<String>,
    pub(crate) script: Script,
    pub(crate) callbacks: CallbackPlan,
    /// How long it may ring.
    pub(crate) timeout: Duration,
    /// How long it may last once answered.
    pub(crate) time_limit: Duration,
    /// Whether `answered_by` is found out.
    pub(crate) detects_machines: bool,
}
