//! Everything stored that the checks are answered from. Read by [`super::read`]; nothing here asks anyone.

use std::time::Duration;

use ::entity::evidence::{Right, RightAnswer, RightEvidence};
use ::entity::test_call::CheckState;
use ::entity::twilio_account::{self, AccountState};
use ::entity::{Amount, NumberId, agent, health_check, phone_number};
use chrono::{DateTime, Utc};

use super::over::{is_about, is_over, stops};
use super::read::LATELY;
use crate::Limits;
use crate::checklist::{CheckName, of_twilio_code};

/// What `health_check` calls the region in which Twilio answers a number. Its subject is the number.
pub const VOICE_REGION: &str = "VOICE_REGION";

/// How long each kind of evidence is good: twice the interval of the job that brings it.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// What Twilio says of the account.
    pub account: Duration,
    /// The numbers and their routing.
    pub numbers: Duration,
    /// The balance.
    pub balance: Duration,
    /// Twilio's error log.
    pub log: Duration,
    /// Twilio's status page.
    pub status_page: Duration,
    /// What is asked on demand alone.
    pub asked: Duration,
    /// What calls proved.
    pub calls: Duration,
}

impl Fresh {
    /// As long as the limits say.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            account: limits.check_every * 2,
            numbers: limits.sync_every * 2,
            balance: limits.billing_every * 2,
            log: limits.calls_every * 2,
            status_page: limits.status_every * 2,
            asked: Duration::from_hours(1),
            calls: Duration::from_hours(24),
        }
    }
}

/// Where a call would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its country, ISO 3166-1 alpha-2.
    pub country: String,
    /// The number, where one was named.
    pub number: Option<::entity::E164>,
}

/// What is stored of an account, and of its numbers in use or of one of them.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The moment for which it is judged.
    pub now: DateTime<Utc>,
    /// How long each kind of evidence is good.
    pub fresh: Fresh,
    /// The account.
    pub account: twilio_account::Model,
    /// The parent of a subaccount, where the same workspace has connected it.
    pub parent: Option<twilio_account::Model>,
    /// Whether one number was asked for.
    pub is_of_one: bool,
    /// The number that was asked for, or those in use, the first of them.
    pub numbers: Vec<NumberEvidence>,
    /// How many numbers are in use.
    pub in_use: usize,
    /// The answers to what has to be asked.
    pub asked: Vec<health_check::Model>,
    /// What went wrong lately, the newest first.
    pub troubles: Vec<Trouble>,
    /// The calls that Twilio took lately: the newest from each number to each other.
    pub placed: Vec<PlacedCall>,
    /// When any number of the account last had a call.
    pub calls: CallsSeen,
    /// Whether the balance is under the level of a billing alert.
    pub is_under_alert: bool,
    /// The balance lately, of the account or of the parent that pays for it.
    pub balances: Vec<BalanceSeen>,
    /// Where a call would go.
    pub destination: Option<Destination>,
    /// Twilio's status page as it was last read.
    pub status_page: Option<StatusPage>,
    /// Whether Twilio is told where to reach Callab.
    pub has_public_url: bool,
}

/// What is stored of one number.
#[derive(Clone, Debug)]
pub struct NumberEvidence {
    /// Its row.
    pub row: phone_number::Model,
    /// The agent that answers it.
    pub inbound: Option<agent::Model>,
    /// The agent that calls from it.
    pub outbound: Option<agent::Model>,
    /// Whether it ever had an agent.
    pub was_assigned: bool,
    /// When Twilio last asked Callab what to do with a call, with a good signature.
    pub webhook_at: Option<DateTime<Utc>>,
    /// When Twilio last asked Callab what to do with a call that came in.
    pub called_at: Option<DateTime<Utc>>,
    /// When an agent was last on the line of a call that came in.
    pub connected_in_at: Option<DateTime<Utc>>,
    /// When an agent was last on the line of a placed call.
    pub connected_out_at: Option<DateTime<Utc>>,
    /// When an agent was last on the line.
    pub connected_at: Option<DateTime<Utc>>,
    /// Since when the agent that answers it, or else the one that calls from it, is assigned and has its address.
    pub agent_since: Option<DateTime<Utc>>,
    /// Since when the agent that calls from it is assigned and has its address.
    pub outbound_since: Option<DateTime<Utc>>,
}

/// What is known of the agent that a trouble of a number was met with.
#[derive(Clone, Copy, Debug)]
pub(super) struct AgentMet<'n> {
    /// The agent.
    pub agent: &'n agent::Model,
    /// When it was last on the line.
    pub connected_at: Option<DateTime<Utc>>,
    /// Since when it is assigned and has its address.
    pub since: Option<DateTime<Utc>>,
}

impl NumberEvidence {
    /// The agent that answers the number, or else the one that calls from it.
    pub(super) fn agent(&self) -> Option<AgentMet<'_>> {
        Some(AgentMet {
            agent: self.inbound.as_ref().or(self.outbound.as_ref())?,
            connected_at: if self.has_two_agents() {
                self.connected_in_at
            } else {
                self.connected_at
            },
            since: self.agent_since,
        })
    }

    /// The agent that a trouble was met with: of a placed call the one that calls. None when no agent calls any more.
    pub(super) fn agent_met(&self, trouble: &Trouble) -> Option<AgentMet<'_>> {
        if trouble.source == TroubleSource::Refusal || trouble.to.is_none() {
            return self.agent();
        }
        Some(AgentMet {
            agent: self.outbound.as_ref()?,
            connected_at: if self.has_two_agents() {
                self.connected_out_at
            } else {
                self.connected_at
            },
            since: self.outbound_since,
        })
    }

    fn has_two_agents(&self) -> bool {
        let ids = [&self.inbound, &self.outbound].map(|agent| agent.as_ref().map(|agent| agent.id));
        matches!(ids, [Some(inbound), Some(outbound)] if inbound != outbound)
    }
}

/// The newest calls from a number to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCall {
    /// The number that called.
    pub number: NumberId,
    /// Who was called, as Twilio wrote it.
    pub to: String,
    /// Their country, where that is known.
    pub country: Option<String>,
    /// When Twilio last took one.
    pub taken_at: DateTime<Utc>,
    /// When one was last answered.
    pub answered_at: Option<DateTime<Utc>>,
}

/// When an account last had calls, whatever the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallsSeen {
    /// When a call last came in.
    pub called: Option<DateTime<Utc>>,
    /// When Twilio last took one that was placed.
    pub taken: Option<DateTime<Utc>>,
    /// When one that was placed was last answered.
    pub answered: Option<DateTime<Utc>>,
}

/// A balance that was read, once or several times in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceSeen {
    /// The figure.
    pub amount: Amount,
    /// When it was first read.
    pub from: DateTime<Utc>,
    /// When it was last read.
    pub until: DateTime<Utc>,
}

/// Who told of a trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleSource {
    /// Twilio's error log.
    Log,
    /// Twilio's answer when a call was placed.
    Refusal,
    /// A callback of a call.
    Call,
}

/// Something that went wrong lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Who told of it.
    pub source: TroubleSource,
    /// Twilio's error code; none where Twilio gave none that is a number.
    pub code: Option<i32>,
    /// Twilio's words, phone numbers masked.
    pub text: Option<String>,
    /// Whether it is no more than a warning.
    pub is_warning: bool,
    /// The number it is about, where that is known.
    pub number: Option<NumberId>,
    /// Who was called, where that is known. Never shown.
    pub to: Option<String>,
    /// Their country, where that is known.
    pub country: Option<String>,
    /// Whether it is of a call that came in when no agent was assigned to the number.
    pub without_agent: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl Trouble {
    /// The check that its code belongs to, and the reason; none for a code that nobody here knows.
    pub(super) fn meaning(&self) -> Option<(CheckName, &'static str)> {
        self.code.and_then(of_twilio_code)
    }
}

/// Twilio's status page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPage {
    /// The incidents that are open and concern calls.
    pub incidents: Vec<Incident>,
    /// When it was last read whole; none if it never was.
    pub read_at: Option<DateTime<Utc>>,
    /// Whether it could not be read the last time.
    pub has_failed: bool,
}

/// An open incident at Twilio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Twilio's name for it.
    pub name: String,
    /// `minor`, `major`, `critical` or another word of Twilio's.
    pub impact: String,
    /// Since when.
    pub started_at: Option<DateTime<Utc>>,
}

impl Evidence {
    /// The newest answer to a check that has to be asked. A bad one counts for a day, as what Twilio reported does.
    #[must_use]
    pub fn answer(&self, check: &str, subject: &str) -> Option<&health_check::Model> {
        let mut answers = self.asked.iter();
        let newest = answers.find(|row| row.check_name == check && row.subject == subject);
        newest.filter(|row| row.state != CheckState::Fail || self.now - row.at < LATELY)
    }

    /// The trouble that belongs to a check, is about what was asked, is `wanted`, and is not known to be over: one that stops calls
    /// before one that only warns, and then the newest.
    #[must_use]
    pub fn trouble(&self, check: CheckName, wanted: impl Fn(&Trouble) -> bool) -> Option<(&Trouble, &'static str)> {
        let found = self.troubles.iter().filter_map(|trouble| {
            let (of, reason) = trouble.meaning()?;
            let holds = of == check && wanted(trouble) && is_about(self, trouble) && !is_over(self, trouble);
            holds.then_some((trouble, reason))
        });
        found.min_by_key(|(trouble, _)| !stops(self, trouble))
    }

    /// When a number was last read at Twilio. A sync that changes nothing does not write the number's row: the account's newest sync saw
    /// it as well.
    #[must_use]
    pub fn read_at(&self, number: &NumberEvidence) -> Option<DateTime<Utc>> {
        self.account.synced_at.max(Some(number.row.seen_at))
    }

    /// The newest answer to a right, where it was asked.
    #[must_use]
    pub fn right(&self, right: &Right) -> Option<&RightEvidence> {
        self.account.rights.0.iter().find(|evidence| evidence.right == *right)
    }

    /// Twilio's refusal because of the account's state: what it answers, its code, and when it was last asked.
    #[must_use]
    pub fn account_refusal(&self) -> Option<(RightAnswer, Option<i32>, Option<DateTime<Utc>>)> {
        let of_account = [Right::Account, Right::Numbers, Right::Calls];
        let of_right = of_account
            .iter()
            .filter_map(|right| self.right(right))
            .find(|evidence| {
                matches!(
                    evidence.answer,
                    RightAnswer::Suspended | RightAnswer::Closed | RightAnswer::NotActive
                )
            });
        if let Some(evidence) = of_right {
            return Some((evidence.answer.clone(), evidence.twilio_code, Some(evidence.at)));
        }
        let is_reason = self.account.health_reason.as_deref() == Some("ACCOUNT_NOT_ACTIVE");
        is_reason.then(|| {
            let code = self.account.health_twilio_code;
            (RightAnswer::NotActive, code, self.account.checked_at)
        })
    }

    /// Whether Callab uses the account at all.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.account.state != AccountState::Disconnected
    }
}

/// Whether an answer was good.
#[must_use]
pub fn passed(answer: &health_check::Model) -> bool {
    answer.state == CheckState::Pass
}
