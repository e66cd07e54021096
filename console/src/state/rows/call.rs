//! A call: when, between whom, what came of it, and where it stopped.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{NAME, Owner, SENTENCE};
use crate::look::Tone;
use crate::queries::calls::{Call as Told, CallInFull, CallResult, CallStatus, CallStepKind, Direction, Money};
use crate::scrub::{in_words, scrub, unheard};
use crate::state::table::{Column, Glance, Listed, Row, State, stamp};

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
            price: told.price.as_ref().map(Money::shown),
            at: told.started_at,
            is_open: told.ended_at.is_none(),
        }
    }
}

impl Call {
    /// How long it rang until it was answered; while it rings, until now.
    fn ring(&self, now: DateTime<Utc>) -> Option<String> {
        let rings = self.is_open && self.result == "ringing";
        let until_now = rings.then(|| seconds(i32::try_from((now - self.at).num_seconds().max(0)).unwrap_or(i32::MAX)));
        let answered = self.setup_ms.map(|ms| format!("{:.1}s", f64::from(ms) / 1000.0));
        answered.or(until_now)
    }
}

fn seconds(count: i32) -> String {
    if count < 60 {
        format!("{count}s")
    } else {
        format!("{}m{:02}", count / 60, count % 60)
    }
}

/// A call in full: its steps with what our webhooks saw, and what Twilio's error log says.
#[must_use]
pub fn call_lines(told: &CallInFull, glance: Glance) -> Vec<String> {
    let call = Call::from(&told.call);
    let clock = |at| glance.time(at, "%H:%M:%S%.3f");
    let mut lines: Vec<String> = vec![format!("{:<18} {}", "connection", call.owner.name())];
    let facts = call.facts(glance).into_iter();
    lines.extend(facts.map(|(head, cell)| format!("{:<18} {cell}", head.to_lowercase())));
    lines.extend(call.agent.iter().map(|agent| format!("{:<18} {agent}", "agent")));
    lines.extend(call.price.iter().map(|price| format!("{:<18} {price}", "price")));
    let check = told.call.error.as_ref().and_then(|error| error.check.as_ref());
    lines.extend(check.map(|check| format!("{:<18} {}", "check", in_words(check.as_str()))));
    lines.push(String::new());
    for step in &told.steps {
        let code = step.code.map(|code| format!(" {code}")).unwrap_or_default();
        let detail = step
            .detail
            .as_deref()
            .map(|detail| format!(" {}", scrub(detail, SENTENCE)));
        let detail = detail.unwrap_or_default();
        lines.push(format!("{}  {}{code}{detail}", clock(step.at), step_name(&step.kind)));
    }
    for alert in &told.alerts {
        let error = alert.error.as_ref().map(|error| {
            let text = error.text.as_deref().unwrap_or_default();
            format!("{} {}", error.code, scrub(text, SENTENCE))
        });
        lines.push(format!(
            "{}  Twilio's error log: {}",
            clock(alert.at),
            error.unwrap_or_default()
        ));
    }
    lines
}

fn step_name(kind: &CallStepKind) -> String {
    match kind {
        CallStepKind::WebhookReceived => "our webhook was asked".to_owned(),
        CallStepKind::AgentConnecting => "the agent is called".to_owned(),
        CallStepKind::FallbackGiven => "the fallback was given".to_owned(),
        CallStepKind::Redirected => "sent on".to_owned(),
        CallStepKind::HungUp => "hung up".to_owned(),
        CallStepKind::Initiated => "begun at Twilio".to_owned(),
        CallStepKind::Ringing => "ringing".to_owned(),
        CallStepKind::Answered => "answered".to_owned(),
        CallStepKind::StreamStarted => "media stream began".to_owned(),
        CallStepKind::StreamStopped => "media stream ended".to_owned(),
        CallStepKind::StreamError => "media stream failed".to_owned(),
        CallStepKind::AgentLegEnded => "the agent's side ended".to_owned(),
        CallStepKind::Ended => "ended".to_owned(),
        CallStepKind::FoundInLog => "found in Twilio's call log".to_owned(),
        CallStepKind::Unheard(word) => unheard(word),
    }
}

impl Row for Call {
    const SORTS: &'static [&'static str] = &["newest first", "result", "customer"];
    const FIELDS: &'static [&'static str] = &[
        "result",
        "dir",
        "direction",
        "number",
        "customer",
        "connection",
        "agent",
        "code",
        "sid",
    ];

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

impl Listed for Call {
    const HAS_WORDS: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::left("TIME", 12, 0),
        Column::left("DIR", 3, 0),
        Column::left("NUMBER", 15, 0).down_to(13),
        Column::left("OTHER END", 13, 100),
        Column::left("RESULT", 9, 0).down_to(6),
        Column::right("RING", 5, 110),
        Column::right("TALK", 5, 80),
        Column::right("CODE", 5, 60),
        Column::rest("WHERE IT STOPPED", 0),
        Column::id("CALL SID", 9, 110),
    ];

    fn may_change(&self) -> bool {
        self.is_open
    }

    fn state(&self) -> State {
        match (self.is_problem(), self.is_open) {
            (true, _) => State::new("✖", "X", "", Some(Tone::Failing)),
            (false, true) => State::new("▸", ">", "", None),
            (false, false) => State::new(" ", " ", "", None),
        }
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        let dash = || "–".to_owned();
        vec![
            stamp(self.at, glance),
            self.direction.clone(),
            self.number.clone(),
            self.other_end.clone(),
            self.result.clone(),
            self.ring(glance.now).unwrap_or_else(dash),
            self.talk_s.map_or_else(dash, seconds),
            self.code.map_or_else(dash, |code| code.to_string()),
            self.stopped.clone(),
            self.sid.clone(),
        ]
    }

    fn account(&self) -> Option<&str> {
        self.owner.account()
    }

    fn sid(&self) -> Option<&str> {
        Some(&self.sid)
    }
}
