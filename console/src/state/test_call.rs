//! A test call: its steps, and its verdict.

use chrono::{DateTime, TimeDelta, Utc};

use super::detail::{Answer, answer};
use crate::queries::calls::{Money, TestCall as Told, TestCallKind, TestCallStepName, TestCallVerdict};
use crate::queries::diagnosis::CheckState;
use crate::scrub::{in_words, scrub, unheard};

/// The longest sentence that is kept.
const SENTENCE: usize = 300;

/// A test call that was started here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCall {
    /// Its id in the API.
    pub id: String,
    /// What is tested.
    pub title: String,
    /// What the operator has to do.
    pub task: Option<String>,
    /// The `CallSid`, once there is a call.
    pub sid: Option<String>,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// How it ended; none while it goes on.
    pub verdict: Option<Verdict>,
    /// What it cost, once Twilio tells.
    pub price: Option<String>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was last asked for.
    pub asked_at: DateTime<Utc>,
    /// When the API last told of it.
    pub told_at: DateTime<Utc>,
    /// Why it could not be asked for since.
    pub trouble: Option<String>,
}

/// A step of a test call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is.
    pub name: String,
    /// What came of it.
    pub answer: Answer,
    /// How long after the start.
    pub after: Option<TimeDelta>,
    /// What was seen.
    pub detail: String,
}

/// How a test call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether calls work.
    pub is_pass: bool,
    /// `PASS`, or the step that stopped it, with Twilio's code and text and the line of the checks that it belongs to.
    pub text: String,
}

/// For so long after its end a test call is looked for in Twilio's log, and its price.
const AFTER: TimeDelta = TimeDelta::minutes(2);

/// What was told longer ago than this of one that goes on may be other by now: it is asked for every second.
const NEW_FOR: TimeDelta = TimeDelta::seconds(5);

impl TestCall {
    /// Whether there is more to hear of it: it goes on, or Twilio's log and price are still to come.
    #[must_use]
    pub fn is_awaited(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none_or(|at| self.price.is_none() && now - at < AFTER) && now < self.expires_at + AFTER
    }

    /// Whether it goes on, as far as is known: it was not told to have ended, and must not have by now.
    #[must_use]
    pub fn goes_on(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// Whether it may be otherwise by now than it was told.
    #[must_use]
    pub fn is_old(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now - self.told_at >= NEW_FOR
    }

    /// How long it goes on, or went on: not on and on where nobody told of its end.
    #[must_use]
    pub fn lasts(&self, now: DateTime<Utc>) -> TimeDelta {
        let until = self.ended_at.unwrap_or_else(|| now.min(self.expires_at));
        (until - self.started_at).max(TimeDelta::zero())
    }

    /// What the API told at `now`.
    #[must_use]
    pub fn read(told: &Told, now: DateTime<Utc>) -> Self {
        let number = told
            .phone_number
            .as_ref()
            .map(|number| scrub(&number.number, 40))
            .unwrap_or_default();
        let (title, task) = match told.kind {
            TestCallKind::AwaitInbound => (
                format!("Test call to {number}"),
                told.ended_at
                    .is_none()
                    .then(|| format!("Call {number} now, from any phone.")),
            ),
            TestCallKind::Inbound => (format!("Test call to {number}"), None),
            TestCallKind::Outbound | TestCallKind::Unheard => (format!("Test call from {number}"), None),
        };
        let steps = told.steps.iter().map(|step| {
            let code = step
                .code
                .map(|code| format!("{} ", code_told(code)))
                .unwrap_or_default();
            let was_reached = !matches!(step.state, CheckState::NotReached | CheckState::Unknown);
            // Twilio's clock may be behind ours.
            let after = step.at.map(|at| (at - told.created_at).max(TimeDelta::zero()));
            let detail = step.detail.as_deref().map(|detail| scrub(detail, SENTENCE));
            Step {
                name: step_name(&step.name),
                answer: answer(&step.state),
                after: after.filter(|_| was_reached),
                detail: format!("{code}{}", detail.unwrap_or_default()).trim_end().to_owned(),
            }
        });
        let price = told.prices.first().map(Money::shown);
        Self {
            id: told.id.inner().to_owned(),
            title,
            task,
            sid: told.call.as_ref().map(|call| scrub(&call.sid, 34)),
            steps: steps.collect(),
            verdict: told.verdict.as_ref().map(|verdict| sentence(told, verdict)),
            price,
            started_at: told.created_at,
            expires_at: told.expires_at,
            ended_at: told.ended_at,
            asked_at: now,
            told_at: now,
            trouble: None,
        }
    }
}

/// A code that a call ended with: Twilio's have five digits, those of SIP three.
#[must_use]
pub fn code_told(code: i32) -> String {
    let what = match code {
        1000.. => return format!("Twilio {code}"),
        404 => ", there is no such number",
        408 => ", no answer in time",
        480 => ", cannot be reached now",
        486 | 600 => ", busy",
        487 => ", hung up before it was answered",
        503 => ", the other end's service is out of order",
        603 => ", declined",
        _ => "",
    };
    format!("SIP {code}{what}")
}

fn sentence(told: &Told, verdict: &TestCallVerdict) -> Verdict {
    let step = told
        .failed_step
        .as_deref()
        .map(|step| format!(" at {}", in_words(step)));
    let code = told.twilio_code.map(|code| format!(", {}", code_told(code)));
    let text = told.error.as_ref().and_then(|error| error.text.as_deref());
    let text = text.map(|text| format!(": {}", scrub(text, SENTENCE)));
    let check = told
        .failed_check
        .as_ref()
        .map(|check| format!(" (line of the checks: {})", in_words(check.as_str())))
        .or_else(|| Some(" (no line of the checks is about it)".to_owned()));
    let why = [step, code, text, check].map(Option::unwrap_or_default).concat();
    Verdict {
        is_pass: *verdict == TestCallVerdict::Pass,
        text: match verdict {
            TestCallVerdict::Pass => "PASS".to_owned(),
            TestCallVerdict::Fail => format!("FAIL: it stopped{why}"),
            TestCallVerdict::Unknown => format!("NOT KNOWN: Twilio did not tell how it ended{why}"),
            TestCallVerdict::Canceled => "CANCELED".to_owned(),
            TestCallVerdict::Unheard(word) => format!("{}{why}", unheard(word)),
        },
    }
}

fn step_name(name: &TestCallStepName) -> String {
    match name {
        TestCallStepName::Preflight => "preflight".to_owned(),
        TestCallStepName::Created => "created at Twilio".to_owned(),
        TestCallStepName::Ringing => "ringing".to_owned(),
        TestCallStepName::Answered => "answered".to_owned(),
        TestCallStepName::WebhookReceived => "our webhook was asked".to_owned(),
        TestCallStepName::AgentResolved => "agent found".to_owned(),
        TestCallStepName::AgentConnected => "agent connected".to_owned(),
        TestCallStepName::Completed => "completed".to_owned(),
        TestCallStepName::FoundInLog => "found in Twilio's call log".to_owned(),
        TestCallStepName::Unheard(word) => unheard(word),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A test call that was made at 14:02:00, and ended busy.
    fn busy(code: i32, check: &Value) -> TestCall {
        let step = |name: &str, state: &str, at: &str| json!({ "name": name, "state": state, "at": at, "code": null, "detail": null });
        let told = json!({
            "id": "t1", "kind": "OUTBOUND", "phoneNumber": null, "call": null,
            "steps": [
                step("RINGING", "PASS", "2026-11-27T14:01:59.9Z"),
                step("ANSWERED", "FAIL", "2026-11-27T14:02:03.2Z"),
                step("AGENT_CONNECTED", "NOT_REACHED", "2026-11-27T14:02:03.2Z"),
            ],
            "verdict": "FAIL", "failedStep": "ANSWERED", "twilioCode": code, "error": null, "failedCheck": check, "prices": [],
            "createdAt": "2026-11-27T14:02:00Z", "expiresAt": "2026-11-27T14:03:00Z", "endedAt": "2026-11-27T14:02:04Z",
        });
        TestCall::read(&serde_json::from_value(told).unwrap(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn no_step_is_before_the_call_and_what_was_not_reached_has_no_time() {
        let after: Vec<Option<i64>> = busy(486, &Value::Null)
            .steps
            .iter()
            .map(|step| step.after.map(|after| after.num_milliseconds()))
            .collect();
        assert_eq!(after, [Some(0), Some(3200), None]);
    }

    #[test]
    fn a_verdict_names_whose_code_it_is_and_the_line_of_the_checks() {
        let verdict = |code, check: &Value| busy(code, check).verdict.unwrap().text;
        assert_eq!(
            verdict(486, &Value::Null),
            "FAIL: it stopped at answered, SIP 486, busy (no line of the checks is about it)"
        );
        assert_eq!(
            verdict(11200, &json!("WEBHOOK_ANSWERED")),
            "FAIL: it stopped at answered, Twilio 11200 (line of the checks: webhook answered)"
        );
        assert_eq!(code_told(499), "SIP 499");
    }
}
