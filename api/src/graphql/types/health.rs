//! Connection health.

use ::entity::twilio_account;
use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use domain::accounts::health::{self, WhoActs};

use super::mirror::mirror;

mirror! {
    /// Connection health: can calls work through this account?
    pub enum HealthState of ::entity::twilio_account::Health {
        /// Switched off in Callab.
        Disabled,
        /// Twilio reports the account suspended or closed.
        Suspended,
        /// The first full check has not finished.
        Unverified,
        /// Calls cannot work now.
        Failing,
        /// There is no valid evidence, for a cause on Callab's side. Says nothing of the customer.
        #[graphql(name = "UNKNOWN")]
        Undetermined,
        /// Works in part.
        Degraded,
        /// Works.
        Healthy,
    }
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "WhoActs")]
pub enum ResponsibleParty {
    /// The customer, at Twilio or in the web app.
    Customer,
    /// Callab.
    Callab,
}

/// Why a health is what it is.
#[derive(SimpleObject)]
pub struct HealthReason {
    /// A stable code for programs. Example: `CREDENTIALS_REJECTED`.
    code: String,
    /// What it means, in English, for people.
    text: String,
    /// Who can do something about it; null where that is not known.
    who_acts: Option<ResponsibleParty>,
    /// Twilio's error code behind it. Example: `20003`.
    twilio_code: Option<i32>,
}

/// Connection health, computed by Callab once and shown everywhere the same.
#[derive(SimpleObject)]
pub struct ConnectionHealth {
    /// The state.
    state: HealthState,
    /// Since when it is in this state.
    since: DateTime<Utc>,
    /// Why; null when healthy.
    reason: Option<HealthReason>,
    /// When Twilio was last asked, whatever it said; null before the first time. A health is as fresh as this.
    as_of: Option<DateTime<Utc>>,
}

impl From<&twilio_account::Model> for ConnectionHealth {
    fn from(account: &twilio_account::Model) -> Self {
        let reason = account.health_reason.as_ref().map(|code| {
            let explained = health::explain(code);
            HealthReason {
                code: code.clone(),
                text: explained.map_or_else(|| code.clone(), |(text, _)| text.to_owned()),
                who_acts: explained.map(|(_, who)| who.into()),
                twilio_code: account.health_twilio_code,
            }
        });
        Self {
            state: (&account.health).into(),
            since: account.health_since,
            reason,
            as_of: account.checked_at,
        }
    }
}
