//! The call log, and calls that are to end.
//!
//! Source: <https://www.twilio.com/docs/voice/api/call-resource>

use chrono::{DateTime, NaiveDate, Utc};

use super::{Answer, Ask, RestResult};
use crate::calls::{CallStatus, HangUp, SimCall};
use crate::errors::Refusal;
use crate::form::Pairs;
use crate::sim::Sim;
use crate::wire;

/// Newest first; filters `To`, `From`, `Status`, `ParentCallSid`, and `StartTime`, `EndTime` by UTC date.
pub(super) fn list(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let query = ask.query();
    let start = DateFilter::read(query, "StartTime")?;
    let end = DateFilter::read(query, "EndTime")?;
    let exact = |name: &str, value: Option<&str>| query.filled(name).is_none_or(|wanted| value == Some(wanted));
    let wanted = |call: &&SimCall| {
        call.account_sid == ask.account.sid
            && exact("To", Some(&call.to))
            && exact("From", Some(&call.from))
            && exact("Status", Some(call.status.as_str()))
            && exact("ParentCallSid", call.parent_call_sid.as_deref())
            && start.admits(call.started_at)
            && end.admits(call.ended_at)
    };
    let state = sim.state();
    let calls: Vec<&SimCall> = state
        .calls
        .iter()
        .rev()
        .map(|entry| &entry.call)
        .filter(wanted)
        .collect();
    ask.page("calls", &calls, |call| &call.sid, |call| wire::call(call))
}

/// One call.
pub(super) fn fetch(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    Ok(Answer::Json(200, wire::call(&find(sim, ask, sid)?)))
}

/// Ends a call: `Status=completed` whatever it does, `Status=canceled` as long as nobody has answered. 21220 once it has ended.
pub(super) fn update(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    let call = find(sim, ask, sid)?;
    let status = ask.form().filled("Status");
    if !matches!(status, Some("completed" | "canceled")) {
        return Err(Refusal::invalid(20422, "Status must be completed or canceled"));
    }
    let too_late = call.status.is_final() || (status == Some("canceled") && call.status == CallStatus::InProgress);
    if too_late {
        return Err(Refusal::invalid(21220, "Call is not in-progress. Cannot redirect."));
    }
    sim.end_call(sid, HangUp::Api);
    fetch(sim, ask, sid)
}

/// What Twilio noted about a call: the only place the REST API says why it failed.
pub(super) fn notifications(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    let call = find(sim, ask, sid)?;
    ask.page(
        "notifications",
        &call.notifications,
        |n| &n.sid,
        |n| wire::notification(&call, n),
    )
}

fn find(sim: &Sim, ask: &Ask<'_>, sid: &str) -> Result<SimCall, Refusal> {
    sim.call(sid)
        .filter(|call| call.account_sid == ask.account.sid)
        .ok_or_else(|| ask.not_found())
}

/// `Name`, `Name>` and `Name<`: on, not before and not after a UTC date. A call without the time is met by none of them.
#[derive(Debug, Default)]
struct DateFilter {
    on: Option<NaiveDate>,
    not_before: Option<NaiveDate>,
    not_after: Option<NaiveDate>,
}

impl DateFilter {
    fn read(query: &Pairs, name: &str) -> Result<Self, Refusal> {
        let date = |name: &str| match query.filled(name) {
            None => Ok(None),
            Some(text) => match text.get(..10).and_then(|day| day.parse().ok()) {
                Some(date) => Ok(Some(date)),
                None => Err(Refusal::invalid(20422, format!("{name} is not a date"))),
            },
        };
        Ok(Self {
            on: date(name)?,
            not_before: date(&format!("{name}>"))?,
            not_after: date(&format!("{name}<"))?,
        })
    }

    fn admits(&self, time: Option<DateTime<Utc>>) -> bool {
        if self.on.is_none() && self.not_before.is_none() && self.not_after.is_none() {
            return true;
        }
        let Some(day) = time.map(|time| time.date_naive()) else {
            return false;
        };
        self.on.is_none_or(|date| day == date)
            && self.not_before.is_none_or(|date| day >= date)
            && self.not_after.is_none_or(|date| day <= date)
    }
}
