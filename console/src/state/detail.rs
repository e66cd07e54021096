//! One connection, opened: why its calls do not connect, its last hour, and what became of its health.

use chrono::{DateTime, TimeDelta, Utc};

use super::health::Health;
use super::rows::Configured;
use super::rows::connection::who;
use crate::queries::diagnosis::{BalanceReading, CallMinute, CheckState, Detail as Told, SignalMinute};
use crate::scrub::{scrub, unheard};

/// The longest sentence that is kept.
const SENTENCE: usize = 400;

/// The answer to a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Good.
    Pass,
    /// Odd, and stops nothing.
    Warn,
    /// Stops calls.
    Fail,
    /// Not known.
    Unknown,
    /// Not asked, because of a check before it.
    NotReached,
    /// A word of a newer API.
    Unheard(String),
}

impl Answer {
    /// Its sign, one column wide.
    #[must_use]
    pub fn sign(&self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::Pass, false) => "✔",
            (Self::Pass, true) => "+",
            (Self::Warn, _) => "!",
            (Self::Fail, false) => "✖",
            (Self::Fail, true) => "X",
            (Self::Unknown | Self::Unheard(_), _) => "?",
            (Self::NotReached, false) => "–",
            (Self::NotReached, true) => "-",
        }
    }

    /// Whether somebody has to look at it.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Fail | Self::Warn | Self::Unheard(_))
    }

    /// Its word, for those who read no signs.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Pass => "good",
            Self::Warn => "odd",
            Self::Fail => "FAILS",
            Self::Unknown => "not known",
            Self::NotReached => "not reached",
            Self::Unheard(word) => word,
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name in the API.
    pub name: String,
    /// What the line is called.
    pub title: String,
    /// The answer.
    pub answer: Answer,
    /// What happened, in a sentence.
    pub sentence: Option<String>,
    /// What was seen.
    pub evidence: String,
    /// What was expected to be seen.
    pub expected: Option<String>,
    /// What is there instead.
    pub actual: Option<String>,
    /// What to do.
    pub fix: Option<String>,
    /// Who has to.
    pub who: Option<String>,
    /// Twilio's code.
    pub twilio_code: Option<i32>,
    /// The number of the line with the same cause, from 1.
    pub same_cause_as: Option<usize>,
    /// When it was seen.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether that is older than it should be.
    pub is_stale: bool,
}

/// One minute of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// How many were tried.
    pub attempts: u32,
    /// How many connected.
    pub connected: u32,
    /// How many failed.
    pub failed: u32,
}

impl From<&CallMinute> for Minute {
    fn from(told: &CallMinute) -> Self {
        let count = |figure: i32| u32::try_from(figure).unwrap_or(0);
        Self {
            attempts: count(told.attempts),
            connected: count(told.connected),
            failed: count(told.failed),
        }
    }
}

/// What else one minute told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long all but a twentieth of its calls took to be answered, in milliseconds.
    pub setup_p95_ms: Option<u32>,
    /// What Twilio asked and told.
    pub webhooks: u32,
    /// How much of it was not answered.
    pub webhook_errors: u32,
}

impl From<&SignalMinute> for Signal {
    fn from(told: &SignalMinute) -> Self {
        let count = |figure: i32| u32::try_from(figure).unwrap_or(0);
        Self {
            at: told.at,
            setup_p95_ms: told.setup_p95_ms.map(count),
            webhooks: count(told.webhooks),
            webhook_errors: count(told.webhook_errors),
        }
    }
}

/// A balance that was read, once or several times in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceRead {
    /// The amount, as the API tells it.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// When it was first read.
    pub at: DateTime<Utc>,
    /// When it was last read the same.
    pub last_at: DateTime<Utc>,
}

impl BalanceRead {
    /// What the API told; none where it tells no amount.
    #[must_use]
    pub fn of(told: &BalanceReading) -> Option<Self> {
        let money = told.balance.as_ref()?;
        Some(Self {
            amount: scrub(&money.amount.0, 30),
            currency: scrub(&money.currency, 3),
            at: told.at,
            last_at: told.last_at,
        })
    }

    /// The amount in hundredths, for a bar; zero where the account owes.
    #[must_use]
    pub fn hundredths(&self) -> u32 {
        let (whole, part) = self.amount.split_once('.').unwrap_or((&self.amount, ""));
        let part: String = part.chars().chain("00".chars()).take(2).collect();
        let figure = format!("{whole}{part}").parse::<i64>().unwrap_or(0);
        u32::try_from(figure.max(0)).unwrap_or(u32::MAX)
    }
}

/// What was known of a balance at each of `bars` moments up to now, `apart` from each other; none where nothing was read for `counts_for`.
#[must_use]
pub fn balances_until(
    reads: &[BalanceRead],
    now: DateTime<Utc>,
    bars: i32,
    apart: TimeDelta,
    counts_for: TimeDelta,
) -> Vec<Option<u32>> {
    let moments = (0..bars).rev().map(|ago| now - apart * ago);
    let known = moments.map(|at| {
        let read = reads.iter().filter(|read| read.at <= at).max_by_key(|read| read.at)?;
        (at - read.last_at < counts_for).then(|| read.hundredths())
    });
    known.collect()
}

/// A change of health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// From what.
    pub before: Health,
    /// To what.
    pub after: Health,
    /// Why.
    pub why: String,
}

impl Change {
    /// It in a line; without a reason where none was told.
    #[must_use]
    pub fn line(&self) -> String {
        let why = Some(self.why.as_str()).filter(|why| !why.is_empty());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        format!("{} -> {}{why}", self.before.name(), self.after.name())
    }
}

/// A connection as it is known in depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// What its checks come to: what is the matter, what to do and who must act.
    pub summary: String,
    /// The place of the likely cause in the list.
    pub cause: Option<usize>,
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// When the numbers were last read.
    pub synced_at: Option<DateTime<Utc>>,
    /// When Twilio last accepted the credentials.
    pub verified_at: Option<DateTime<Utc>>,
    /// When the connection is probed next by itself; none while it is paused.
    pub next_check_at: Option<DateTime<Utc>>,
    /// The balance, with its currency, and when it was read.
    pub balance: Option<(String, DateTime<Utc>)>,
    /// How long all but a twentieth of the last quarter's calls took to be answered, in milliseconds.
    pub setup_p95_ms: Option<i32>,
    /// How many of a hundred webhooks of the last quarter of an hour failed, and how many there were.
    pub webhook_errors: Option<(f64, i32)>,
    /// The last hour, oldest first.
    pub minutes: Vec<Minute>,
    /// The same hour, of setup and of webhooks.
    pub signals: Vec<Signal>,
    /// The newest balances that were read, newest first.
    pub balances: Vec<BalanceRead>,
    /// What became of its health, newest first.
    pub history: Vec<Change>,
    /// How its calls were set up otherwise, newest first.
    pub configuration: Vec<Configured>,
    /// The moment for which it was judged.
    pub at: DateTime<Utc>,
}

impl Detail {
    /// The place of the check to look at first: the likely cause, else the first that fails, else the first that is odd.
    #[must_use]
    pub fn first_to_look_at(&self) -> usize {
        let first = |answer: &Answer| self.checks.iter().position(|check| check.answer == *answer);
        let bad = || first(&Answer::Fail).or_else(|| first(&Answer::Warn));
        self.cause.or_else(bad).unwrap_or(0)
    }

    /// What the API told; none where there is no such connection any more.
    #[must_use]
    pub fn read(told: &Told) -> Option<Self> {
        let (diagnosis, account) = (told.diagnose.as_ref()?, told.twilio_account.as_ref()?);
        let place = |name: &str| diagnosis.checks.iter().position(|check| check.name.as_str() == name);
        let sentence = |text: &Option<String>| text.as_deref().map(|text| scrub(text, SENTENCE));
        let checks = diagnosis.checks.iter().map(|check| Check {
            name: scrub(check.name.as_str(), 40),
            title: scrub(&check.title, 80),
            answer: answer(&check.state),
            sentence: sentence(&check.sentence),
            evidence: scrub(&check.evidence, SENTENCE),
            expected: sentence(&check.expected),
            actual: sentence(&check.actual),
            fix: sentence(&check.fix),
            who: check.who_acts.as_ref().map(who),
            twilio_code: check.twilio_code,
            same_cause_as: check
                .same_cause_as
                .as_ref()
                .and_then(|name| Some(place(name.as_str())? + 1)),
            as_of: check.as_of,
            is_stale: check.is_stale,
        });
        let minutes = account.calls_by_minute.iter().map(Minute::from);
        let history = account.health_history.nodes.iter().map(|change| Change {
            at: change.at,
            before: Health::from(&change.before),
            after: Health::from(&change.after),
            why: change
                .reasons
                .first()
                .map(|reason| scrub(&reason.text, SENTENCE))
                .unwrap_or_default(),
        });
        let cause = diagnosis.cause.as_ref();
        Some(Self {
            summary: scrub(&diagnosis.summary, 1000),
            cause: cause.and_then(|cause| diagnosis.checks.iter().position(|check| check.title == cause.title)),
            checks: checks.collect(),
            synced_at: account.synced_at,
            verified_at: account.verified_at,
            next_check_at: account.next_check_at,
            balance: account.balance.as_ref().map(|balance| {
                let figure = format!("{} {}", scrub(&balance.amount.0, 30), scrub(&balance.currency, 3));
                (figure, balance.as_of)
            }),
            setup_p95_ms: account.call_figures.setup_p95_ms,
            webhook_errors: account
                .call_figures
                .webhook_error_rate
                .map(|rate| (rate * 100.0, account.call_figures.webhooks)),
            minutes: minutes.collect(),
            signals: account.signals_by_minute.iter().map(Signal::from).collect(),
            balances: account
                .balance_history
                .nodes
                .iter()
                .filter_map(BalanceRead::of)
                .collect(),
            history: history.collect(),
            configuration: account
                .configuration_history
                .nodes
                .iter()
                .map(Configured::from)
                .collect(),
            at: diagnosis.as_of,
        })
    }
}

pub(super) fn answer(state: &CheckState) -> Answer {
    match state {
        CheckState::Pass => Answer::Pass,
        CheckState::Warn => Answer::Warn,
        CheckState::Fail => Answer::Fail,
        CheckState::Unknown => Answer::Unknown,
        CheckState::NotReached => Answer::NotReached,
        CheckState::Unheard(word) => Answer::Unheard(unheard(word)),
    }
}
