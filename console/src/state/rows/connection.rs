//! A connection as a row of the Overview.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::figures::JUDGED_FROM;
use super::{NAME, SENTENCE};
use crate::action::Action;
use crate::queries::connections::{Account, ResponsibleParty};
use crate::scrub::{scrub, unheard};
use crate::state::health::Health;
use crate::state::table::{Counted, Row};
use crate::view::text::age;

/// The reason of a connection that the customer disconnected.
const DISCONNECTED: &str = "DISCONNECTED";

/// A connected Twilio account.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Its id in the API.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// What the customer calls it.
    pub label: String,
    /// The account SID, which may be shared.
    pub sid: String,
    /// Its health; the last known one where the API has no valid evidence.
    pub health: Health,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Up to when the evidence reaches.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether the API's copy is older than it should be.
    pub is_stale: bool,
    /// Whether there is no valid evidence any more: its health is the last known one, and may be any other.
    pub is_last_known: bool,
    /// Whether it had no calls in the window.
    pub is_idle: bool,
    /// Whether its health changes often.
    pub is_flapping: bool,
    /// The weightiest reason.
    pub cause: Option<Cause>,
    /// How many of its numbers are in use.
    pub numbers: u32,
    /// How many calls it had in the window.
    pub calls: u32,
    /// How many of a hundred connected; none without calls.
    pub connected: Option<f64>,
}

/// Why a connection is not healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// A stable code.
    pub code: String,
    /// A sentence.
    pub text: String,
    /// What was seen.
    pub evidence: Option<String>,
    /// Twilio's error code.
    pub twilio_code: Option<i32>,
    /// Who has to act: `CUSTOMER`, `US`, `TWILIO`.
    pub who: Option<String>,
}

/// Who acts, in the console's words.
#[must_use]
pub fn who(party: &ResponsibleParty) -> String {
    match party {
        ResponsibleParty::Customer => "CUSTOMER".to_owned(),
        ResponsibleParty::Callab => "US".to_owned(),
        ResponsibleParty::Twilio => "TWILIO".to_owned(),
        ResponsibleParty::Unheard(word) => unheard(word),
    }
}

impl From<&Account> for Connection {
    fn from(account: &Account) -> Self {
        let health = &account.health;
        let cause = health.reason.as_ref().map(|reason| Cause {
            code: scrub(&reason.code, NAME),
            text: scrub(&reason.text, SENTENCE),
            evidence: reason.evidence.as_deref().map(|evidence| scrub(evidence, SENTENCE)),
            twilio_code: reason.twilio_code,
            who: reason.who_acts.as_ref().map(who),
        });
        let count = |figure: i32| u32::try_from(figure).unwrap_or(0);
        Self {
            id: account.id.inner().to_owned(),
            customer: account
                .workspace
                .as_ref()
                .map(|workspace| scrub(&workspace.name, NAME))
                .unwrap_or_default(),
            label: scrub(&account.label, NAME),
            sid: scrub(&account.sid, 34),
            health: Health::from(health.last_known_state.as_ref().unwrap_or(&health.state)),
            since: health.since,
            as_of: health.as_of,
            is_stale: health.is_stale || health.last_known_state.is_some(),
            is_last_known: health.last_known_state.is_some(),
            is_idle: health.is_idle,
            is_flapping: health.is_flapping,
            cause,
            numbers: count(account.numbers_in_use),
            calls: count(account.call_figures.attempts),
            connected: account.call_figures.connect_rate.map(|rate| rate * 100.0),
        }
    }
}

impl Connection {
    /// Its name: customer and label.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} / {}", self.customer, self.label)
    }

    /// Its health as the API judges it now: unknown where only the last known one is told.
    #[must_use]
    pub fn judged(&self) -> &Health {
        static UNKNOWN: Health = Health::Unknown;
        if self.is_last_known { &UNKNOWN } else { &self.health }
    }

    /// How old its evidence is, in words; none where it is not older than it should be.
    #[must_use]
    pub fn last_checked(&self, now: DateTime<Utc>) -> Option<String> {
        let told = |at| format!("last checked {} ago", age(at, now));
        self.is_stale
            .then(|| self.as_of.map_or_else(|| "never checked".to_owned(), told))
    }

    /// Its state in words: since when, or that it is only the last known one. `is_current` tells whether this row is as it is now.
    #[must_use]
    pub fn in_words(&self, is_current: bool, now: DateTime<Utc>) -> String {
        let known = if is_current && !self.is_last_known {
            ""
        } else {
            "last known "
        };
        // Since when it is not known any more is when it was checked last.
        let since = if self.is_last_known {
            String::new()
        } else {
            format!(" for {}", age(self.since, now))
        };
        let checked = self.last_checked(now).map(|checked| format!(", {checked}"));
        format!("{known}{}{since}{}", self.health.name(), checked.unwrap_or_default())
    }

    /// Whether the customer disconnected it: what is kept of it is shown, and nothing can be done with it any more.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.cause.as_ref().is_some_and(|cause| cause.code == DISCONNECTED)
    }

    /// Why an action is nothing for it; none where it is.
    #[must_use]
    pub fn off(&self, action: Action) -> Option<&'static str> {
        (action.changes() && self.is_disconnected()).then_some("this connection is disconnected")
    }

    /// The likely cause in a few words.
    #[must_use]
    pub fn likely_cause(&self) -> String {
        match &self.cause {
            Some(cause) => match &cause.evidence {
                Some(evidence) => format!("{} ({evidence})", cause.text.trim_end_matches('.')),
                None => cause.text.clone(),
            },
            None => String::new(),
        }
    }
}

impl Row for Connection {
    const SORTS: &'static [&'static str] = &["worst, newest", "customer", "calls", "connect rate"];
    const FIELDS: &'static [&'static str] = &[
        "health",
        "customer",
        "connection",
        "label",
        "sid",
        "cause",
        "who",
        "code",
        "stale",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "health" => self.health.name().into(),
            "customer" => self.customer.as_str().into(),
            "connection" | "label" => self.label.as_str().into(),
            "sid" => self.sid.as_str().into(),
            "cause" => self.likely_cause().into(),
            "who" => self.cause.as_ref()?.who.as_deref()?.into(),
            "code" => self.cause.as_ref()?.twilio_code?.to_string().into(),
            "stale" => if self.is_stale { "yes" } else { "no" }.into(),
            _ => return None,
        })
    }

    fn shown_word(&self, name: &str) -> Option<Cow<'_, str>> {
        let word = if self.is_last_known {
            "unknown"
        } else {
            self.health.word()
        };
        (name == "health").then(|| word.into())
    }

    fn whole(&self) -> String {
        format!(
            "{} {} {} {} {}",
            self.customer,
            self.label,
            self.sid,
            self.health.name(),
            self.likely_cause()
        )
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let by_name = || (&self.customer, &self.label, &self.id).cmp(&(&other.customer, &other.label, &other.id));
        match sort {
            1 => by_name(),
            2 => other.calls.cmp(&self.calls).then_with(by_name),
            3 => {
                // Too few calls say little, and none nothing: as in the list of numbers.
                let rank = |row: &Self| (row.calls < JUDGED_FROM, row.connected.unwrap_or(f64::INFINITY));
                let ((few, rate), (others_few, others)) = (rank(self), rank(other));
                few.cmp(&others_few)
                    .then_with(|| rate.total_cmp(&others))
                    .then_with(by_name)
            }
            _ => self
                .health
                .rank()
                .cmp(&other.health.rank())
                .then_with(|| other.since.cmp(&self.since))
                .then_with(by_name),
        }
    }

    fn is_problem(&self) -> bool {
        self.health.is_problem() || self.is_last_known
    }

    fn counted(&self) -> Option<Counted> {
        Some(Counted {
            health: self.health.clone(),
            is_stale: self.is_stale,
        })
    }

    fn failing_since(&self) -> Option<DateTime<Utc>> {
        (*self.judged() == Health::Failing).then_some(self.since)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_that_is_only_the_last_known_one_says_so() {
        let now = crate::surroundings::now();
        let ago = |minutes| (now - TimeDelta::minutes(minutes)).to_rfc3339();
        for (health, is_current, words) in [
            (json!({ "state": "FAILING", "asOf": ago(1) }), true, "failing for 12m"),
            (
                json!({ "state": "FAILING", "asOf": ago(1) }),
                false,
                "last known failing for 12m",
            ),
            (
                json!({ "state": "FAILING", "asOf": ago(13), "isStale": true }),
                true,
                "failing for 12m, last checked 13m ago",
            ),
            (
                json!({ "state": "UNKNOWN", "lastKnownState": "HEALTHY", "asOf": ago(22), "isStale": true }),
                true,
                "last known healthy, last checked 22m ago",
            ),
            (
                json!({ "state": "UNKNOWN", "isStale": true }),
                true,
                "unknown for 12m, never checked",
            ),
        ] {
            let mut told = json!({
                "since": ago(12), "asOf": null, "isStale": false, "lastKnownState": null, "isIdle": false, "isFlapping": false,
                "reason": null,
            });
            told.as_object_mut()
                .unwrap()
                .extend(health.as_object().unwrap().clone());
            let account = json!({
                "id": "acc-1", "cursor": null, "sid": "AC1", "label": "main", "workspace": null, "health": told,
                "numbersInUse": 1, "callFigures": { "attempts": 0, "connectRate": null },
            });
            let account: Account = serde_json::from_value(account).unwrap();
            assert_eq!(Connection::from(&account).in_words(is_current, now), words);
        }
    }
}
