//! A test call as it is told: in lines, and in the fields of `--json` and `--csv`.

use serde::Serialize;

use crate::commands::output::moment;
use crate::queries::calls::{Money, TestCall, TestCallStep, TestCallStepName, TestCallTarget, TestCallVerdict};
use crate::queries::commands::find::NumberName;
use crate::queries::diagnosis::CheckState;
use crate::scrub::{in_words, scrub, unheard};
use crate::state::code_told;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    id: String,
    number: String,
    target: Option<String>,
    verdict: String,
    failed_step: Option<String>,
    twilio_code: Option<i32>,
    error: Option<String>,
    failed_check: Option<String>,
    call_sid: Option<String>,
    prices: Vec<String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Serialize, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    name: String,
    state: &'static str,
    at: Option<String>,
    code: Option<i32>,
    detail: Option<String>,
}

pub(super) fn written(number: &NumberName, target: Option<&TestCallTarget>, test: &TestCall) -> Written {
    Written {
        id: test.id.inner().to_owned(),
        number: scrub(&number.number, 40),
        target: target.map(|target| scrub(&target.label, 60)),
        verdict: verdict(test),
        failed_step: test.failed_step.as_deref().map(|step| scrub(step, 40)),
        twilio_code: test.twilio_code,
        error: test
            .error
            .as_ref()
            .and_then(|error| error.text.as_deref())
            .map(|text| scrub(text, 400)),
        failed_check: test.failed_check.as_ref().map(|check| scrub(check.as_str(), 40)),
        call_sid: test.call.as_ref().map(|call| scrub(&call.sid, 34)),
        prices: test.prices.iter().map(Money::shown).collect(),
        steps: test.steps.iter().map(step).collect(),
    }
}

fn step(step: &TestCallStep) -> Step {
    Step {
        name: name(&step.name),
        state: state(&step.state),
        at: step.at.map(moment),
        code: step.code,
        detail: step.detail.as_deref().map(|detail| scrub(detail, 100)),
    }
}

/// The steps that came to something since so many of them were told.
pub(crate) fn steps_since(test: &TestCall, told: usize) -> &[TestCallStep] {
    let is_open = |step: &TestCallStep| step.state == CheckState::NotReached;
    let known = test.steps.iter().position(is_open).unwrap_or(test.steps.len());
    test.steps.get(told..known).unwrap_or_default()
}

/// A step, in a line.
pub(crate) fn step_line(told: &TestCallStep) -> String {
    let told = step(told);
    let code = told.code.map(|code| format!(" {code}")).unwrap_or_default();
    let detail = told.detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    let name = in_words(&told.name);
    format!("{:<6} {name}{code}{detail}", told.state)
}

/// The verdict, in a line.
pub(crate) fn verdict_line(test: &TestCall) -> String {
    let step = test.failed_step.as_deref().map(in_words);
    let error = test.error.as_ref().and_then(|error| error.text.as_deref());
    let parts = [
        Some(verdict(test)),
        step.map(|step| format!(": stopped at {step}")),
        test.twilio_code.map(|code| format!(", {}", code_told(code))),
        error.map(|error| format!(": {}", scrub(error, 400))),
        test.call.as_ref().map(|call| format!(" ({})", scrub(&call.sid, 34))),
    ];
    parts.into_iter().flatten().collect()
}

fn verdict(test: &TestCall) -> String {
    match &test.verdict {
        Some(TestCallVerdict::Pass) => "PASS".to_owned(),
        Some(TestCallVerdict::Fail) => "FAIL".to_owned(),
        Some(TestCallVerdict::Unknown) | None => "UNKNOWN".to_owned(),
        Some(TestCallVerdict::Canceled) => "CANCELED".to_owned(),
        Some(TestCallVerdict::Unheard(word)) => unheard(word),
    }
}

fn state(state: &CheckState) -> &'static str {
    match state {
        CheckState::Pass => "good",
        CheckState::Warn => "odd",
        CheckState::Fail => "FAILS",
        CheckState::Unknown | CheckState::Unheard(_) => "?",
        CheckState::NotReached => "-",
    }
}

/// A step's name as the API writes it.
fn name(step: &TestCallStepName) -> String {
    let written = serde_json::to_value(step).unwrap_or_default();
    scrub(written.as_str().unwrap_or_default(), 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_steps_are_words() {
        for (step, written, words) in [
            (TestCallStepName::FoundInLog, "FOUND_IN_LOG", "found in log"),
            (TestCallStepName::Preflight, "PREFLIGHT", "preflight"),
            (
                TestCallStepName::Unheard("DREAMED_OF".into()),
                "DREAMED_OF",
                "dreamed of",
            ),
        ] {
            assert_eq!(name(&step), written);
            assert_eq!(in_words(&name(&step)), words);
        }
    }
}
