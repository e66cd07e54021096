//! A call: when, between whom, what came of it, and where it stopped.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Local, Utc};

use super::{NAME, Owner, SENTENCE, unheard};
use crate::queries::calls::{Call as Told, CallInFull, CallResult, CallStatus, CallStepKind, Direction};
use crate::scrub::scrub;
use crate::state::table::Row;

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its id in the API.
    pub id: String,
    /// The `CallSid`, which may be shared.
    pub sid: String,
    /// `in` or `out`.
    pub direction: String,
    /// The customer's number, masked by the API.
    pub number: String,
    /// The other end, masked by the API.
    pub other_end: String,
    /// Whose it is.
    pub owner: Owner,
    /// What came of it, in a word.
    pub result: String,
    /// The agent.
    pub agent: Option<String>,
    /// Twilio's error code.
    pub code: Option<i32>,
    /// Where it stopped, in a sentence.
    pub stopped: String,
    /// How long it took to be answered, in milliseconds.
    pub setup_ms: Option<i32>,
    /// How long was talked, in seconds.
    pub talk_s: Option<i32>,
    /// What it cost.
    pub price: Option<String>,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Whether it goes on.
    pub is_open: bool,
}

impl From<&Told> for Call {
    fn from(told: &Told) -> Self {
        let (direction, number, other_end) = match &told.direction {
            Direction::Inbound => ("in".to_owned(), &told.to, &told.from),
            Direction::Outbound => ("out".to_owned(), &told.from, &told.to),
            Direction::Unheard(word) => (unheard(word), &told.from, &told.to),
        };
        let result = match (&told.result, &told.status) {
            (Some(CallResult::Ringing), CallStatus::InProgress) => "talking".to_owned(),
            (Some(CallResult::Ringing), _) => "ringing".to_owned(),
            (Some(CallResult::Answered), _) => "answered".to_owned(),
            (Some(CallResult::NoAnswer), _) => "no answer".to_owned(),
            (Some(CallResult::Busy), _) => "busy".to_owned(),
            (Some(CallResult::Failed), _) => "failed".to_owned(),
            (Some(CallResult::Canceled), _) => "canceled".to_owned(),
            (Some(CallResult::Unheard(word)), _) | (None, CallStatus::Unheard(word)) => unheard(word),
            (None, _) => "under way".to_owned(),
        };
        let stopped = match (&told.error, told.sip_code) {
            (Some(error), _) => error
                .text
                .as_deref()
                .map(|text| scrub(text, SENTENCE))
                .unwrap_or_default(),
            (None, Some(sip)) if told.result == Some(CallResult::Failed) => format!("SIP {sip}"),
            _ => String::new(),
        };
        Self {
            id: told.id.inner().to_owned(),
            sid: scrub(&told.sid, 34),
            direction,
            number: scrub(number, 40),
            other_end: scrub(other_end, 40),
            owner: Owner::of(told.account.as_ref()),
            result,
            agent: told.agent.as_ref().map(|agent| scrub(&agent.name, NAME)),
            code: told.error.as_ref().map(|error| error.code),
            stopped,
            setup_ms: told.setup_ms,
            talk_s: told.duration_seconds,
            price: told
                .price
                .as_ref()
                .map(|price| format!("{} {}", scrub(&price.amount.0, 20), scrub(&price.currency, 3))),
            at: told.started_at,
            is_open: told.ended_at.is_none(),
        }
    }
}

fn seconds(count: i32) -> String {
    if count < 60 {
        format!("{count}s")
    } else {
        format!("{}m{:02}", count / 60, count % 60)
    }
}

impl Row for Call {
    const SORTS: &'static [&'static str] = &["newest first", "result", "customer"];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "result" => self.result.as_str().into(),
            "dir" | "direction" => self.direction.as_str().into(),
            "number" => self.number.as_str().into(),
            "customer" => self.owner.customer.as_str().into(),
            "connection" => self.owner.label.as_str().into(),
            "agent" => self.agent.as_deref()?.into(),
            "code" => self.code?.to_string().into(),
            "sid" => self.sid.as_str().into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        let code = self.code.map(|code| code.to_string()).unwrap_or_default();
        let (name, agent) = (self.owner.name(), self.agent.as_deref().unwrap_or_default());
        format!(
            "{} {} {} {} {name} {agent} {code} {} {}",
            self.direction, self.number, self.other_end, self.result, self.stopped, self.sid
        )
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let newest = || other.at.cmp(&self.at).then_with(|| other.id.cmp(&self.id));
        match sort {
            1 => self.result.cmp(&other.result).then_with(newest),
            2 => self.owner.name().cmp(&other.owner.name()).then_with(newest),
            _ => newest(),
        }
    }

    fn is_problem(&self) -> bool {
        self.result == "failed" || self.code.is_some()
    }
}
