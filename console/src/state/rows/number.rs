//! A phone number.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::figures::{Figures, day_or_time};
use super::{NAME, Owner, SENTENCE};
use crate::look::Tone;
use crate::queries::numbers::{Assignment, AtTwilio, Number as Told, NumberState, RoutingState};
use crate::scrub::{scrub, unheard};
use crate::state::table::{Column, Glance, Listed, Row, State};
use crate::view::text::age;

/// A phone number, as far as the operator's role sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Its id in the API.
    pub id: String,
    /// Its SID at Twilio, which may be shared.
    pub sid: String,
    /// The number, masked by the API.
    pub number: String,
    /// The customer's name for it, or Twilio's.
    pub nickname: String,
    /// Whose it is.
    pub owner: Owner,
    /// Whether Callab uses it.
    pub is_in_use: bool,
    /// Whether Twilio does not list it any more.
    pub is_gone: bool,
    /// Whether an agent could answer or call with it.
    pub has_voice: bool,
    /// Who its calls go to, in a word.
    pub webhook: String,
    /// What is the matter with it, in a sentence.
    pub trouble: Option<String>,
    /// The agent that answers it.
    pub answers: Option<String>,
    /// The agent that calls from it.
    pub calls: Option<String>,
    /// When its routing was last seen at Twilio.
    pub seen_at: DateTime<Utc>,
    /// How its calls went.
    pub figures: Figures,
}

impl From<&Told> for Number {
    fn from(told: &Told) -> Self {
        let webhook = match &told.routing {
            RoutingState::NotOurs if told.state != NumberState::Added => "–".to_owned(),
            RoutingState::NotOurs => "not ours".to_owned(),
            RoutingState::Applying => "applying".to_owned(),
            RoutingState::Ours => "ours".to_owned(),
            RoutingState::Drifted => "CHANGED".to_owned(),
            RoutingState::ReturnPending => "returning".to_owned(),
            RoutingState::ReturnBlocked => "BLOCKED".to_owned(),
            RoutingState::Unheard(word) => unheard(word),
        };
        let agent = |assignment: &Option<Assignment>| {
            let agent = assignment.as_ref()?.agent.as_ref()?;
            Some(scrub(&agent.name, NAME))
        };
        let is_gone = told.at_twilio == AtTwilio::Gone;
        let trouble = if is_gone {
            Some("Twilio does not list it any more".to_owned())
        } else if let Some(drift) = &told.drift {
            Some(drift.text.as_deref().map_or_else(
                || "its routing was changed at Twilio".to_owned(),
                |text| scrub(text, SENTENCE),
            ))
        } else {
            told.routing_problem.as_ref().map(|problem| {
                let code = problem.twilio_code.map(|code| format!(" ({code})")).unwrap_or_default();
                format!("{}{code}", scrub(&problem.code, NAME))
            })
        };
        let (figures, is_in_use) = (Figures::from(&told.call_figures), told.state == NumberState::Added);
        let rate = figures.trouble().filter(|_| is_in_use);
        let trouble = trouble
            .into_iter()
            .chain(rate)
            .reduce(|one, other| format!("{one}; {other}"));
        // A name that is nothing but the number, masked, says nothing.
        let friendly = told
            .friendly_name
            .as_deref()
            .filter(|name| name.contains(char::is_alphanumeric));
        let nickname = told.nickname.as_deref().or(friendly);
        Self {
            id: told.id.inner().to_owned(),
            sid: scrub(&told.sid, 34),
            number: scrub(&told.number, 40),
            nickname: scrub(nickname.unwrap_or_default(), NAME),
            owner: Owner::of(told.account.as_ref()),
            is_in_use,
            is_gone,
            has_voice: told.usable_for_voice || is_gone,
            webhook,
            trouble,
            answers: agent(&told.inbound_assignment),
            calls: agent(&told.outbound_assignment),
            seen_at: told.live_routing.seen_at,
            figures,
        }
    }
}

impl Number {
    /// Whether its calls come to nobody although they should, or too few of them connect.
    fn is_failing(&self) -> bool {
        self.is_in_use && (self.is_gone || self.webhook == "CHANGED" || self.figures.is_failing())
    }

    fn word(&self) -> &'static str {
        match (self.is_in_use, self.is_gone) {
            (true, _) if self.is_failing() => "FAIL",
            (true, _) if self.trouble.is_some() => "ODD",
            (true, _) if self.answers.is_none() && self.calls.is_none() => "IDLE",
            (true, _) => "OK",
            (false, true) => "GONE",
            (false, false) => "FREE",
        }
    }

    /// The agents that answer and call with it.
    #[must_use]
    pub fn agents(&self) -> String {
        match (&self.answers, &self.calls) {
            (None, None) if self.is_in_use => "none".to_owned(),
            (None, None) => "–".to_owned(),
            (Some(answers), Some(calls)) if answers == calls => answers.clone(),
            (Some(answers), Some(calls)) => format!("in {answers}, out {calls}"),
            (Some(answers), None) => format!("in {answers}"),
            (None, Some(calls)) => format!("out {calls}"),
        }
    }

    /// Whether it is in use, and listed by Twilio.
    fn active(&self) -> &'static str {
        match (self.is_in_use, self.is_gone) {
            (true, true) => "GONE",
            (true, false) => "yes",
            (false, _) => "no",
        }
    }

    /// When its newest inbound and outbound calls began, as `told`. Of a number that nobody would call there is none; of another there
    /// never was one.
    pub(crate) fn last_calls(&self, told: impl Fn(DateTime<Utc>) -> String) -> (String, String) {
        let none = |is_expected: bool| if is_expected { "never" } else { "–" }.to_owned();
        let last_in = self.figures.last_in_at.map_or_else(|| none(self.is_in_use), &told);
        let last_out = self
            .figures
            .last_out_at
            .map_or_else(|| none(self.is_in_use && self.calls.is_some()), &told);
        (last_in, last_out)
    }
}

impl Row for Number {
    const SORTS: &'static [&'static str] = &["worst", "number", "customer", "calls", "connect rate", "last call"];
    const FIELDS: &'static [&'static str] = &[
        "state",
        "number",
        "name",
        "customer",
        "connection",
        "webhook",
        "agent",
        "sid",
        "last_in",
        "last_out",
        "calls",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "state" => self.word().into(),
            "number" => self.number.as_str().into(),
            "name" => self.nickname.as_str().into(),
            "customer" => self.owner.customer.as_str().into(),
            "connection" => self.owner.label.as_str().into(),
            "webhook" => self.webhook.as_str().into(),
            "agent" => self.agents().into(),
            "sid" => self.sid.as_str().into(),
            "last_in" => self.last_calls(|at| at.date_naive().to_string()).0.into(),
            "last_out" => self.last_calls(|at| at.date_naive().to_string()).1.into(),
            "calls" => self.figures.calls.to_string().into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        let trouble = self.trouble.as_deref().unwrap_or_default();
        let (name, agents) = (self.owner.name(), self.agents());
        format!(
            "{} {} {} {name} {} {agents} {trouble} {}",
            self.word(),
            self.number,
            self.nickname,
            self.webhook,
            self.sid
        )
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let key = |row: &Self| (row.number.clone(), row.nickname.clone(), row.id.clone());
        let rank = |row: &Self| match row.word() {
            "FAIL" => 0,
            "ODD" => 1,
            "IDLE" => 2,
            "OK" => 3,
            _ => 4,
        };
        match sort {
            1 => key(self).cmp(&key(other)),
            2 => self
                .owner
                .name()
                .cmp(&other.owner.name())
                .then_with(|| key(self).cmp(&key(other))),
            3 => other
                .figures
                .calls
                .cmp(&self.figures.calls)
                .then_with(|| key(self).cmp(&key(other))),
            4 => {
                let ((few, rate), (others_few, others)) = (self.figures.rate_rank(), other.figures.rate_rank());
                few.cmp(&others_few)
                    .then_with(|| rate.total_cmp(&others))
                    .then_with(|| key(self).cmp(&key(other)))
            }
            5 => {
                let last = |row: &Self| row.figures.last_at();
                last(other).cmp(&last(self)).then_with(|| key(self).cmp(&key(other)))
            }
            _ => rank(self)
                .cmp(&rank(other))
                .then_with(|| self.owner.name().cmp(&other.owner.name()))
                .then_with(|| key(self).cmp(&key(other))),
        }
    }

    fn is_problem(&self) -> bool {
        matches!(self.word(), "FAIL" | "ODD")
    }
}

impl Listed for Number {
    const HAS_WORDS: bool = true;
    const COLUMNS: &'static [Column] = &[
        Column::left("NUMBER", 16, 0),
        Column::left("NICKNAME", 14, 60),
        Column::left("CUSTOMER", 16, 108),
        Column::left("VOICE", 5, 125),
        Column::left("ACTIVE", 6, 133),
        Column::left("WEBHOOK", 9, 0),
        Column::left("AGENT", 12, 90),
        Column::left("LAST IN", 7, 76),
        Column::left("LAST OUT", 8, 118),
        Column::right("24h", 5, 67),
        Column::right("CONN%", 5, 67),
        Column::right("SEEN", 4, 139),
        Column::rest("WHAT IS THE MATTER", 170),
    ];

    fn may_change(&self) -> bool {
        true
    }

    fn state(&self) -> State {
        match self.word() {
            "FAIL" => State::new("✖", "X", "FAIL", Some(Tone::Failing)),
            "ODD" => State::new("▲", "~", "ODD", Some(Tone::Degraded)),
            "IDLE" => State::new("·", ".", "IDLE", None),
            "OK" => State::new("●", "+", "OK", None),
            "GONE" => State::new("–", "-", "GONE", None),
            _ => State::new("○", "o", "FREE", None),
        }
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        let (last_in, last_out) = self.last_calls(|at| day_or_time(at, glance));
        vec![
            self.number.clone(),
            self.nickname.clone(),
            self.owner.name(),
            if self.has_voice { "yes" } else { "no" }.to_owned(),
            self.active().to_owned(),
            self.webhook.clone(),
            self.agents(),
            last_in,
            last_out,
            self.figures.calls.to_string(),
            self.figures.percent(),
            age(self.seen_at, glance.now),
            self.trouble.clone().unwrap_or_default(),
        ]
    }

    fn account(&self) -> Option<&str> {
        self.owner.account()
    }

    fn sid(&self) -> Option<&str> {
        Some(&self.sid)
    }
}
