//! The error log: Monitor v1 alerts.
//!
//! Source: <https://www.twilio.com/docs/usage/monitor-alert>

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Answer, Ask, RestResult};
use crate::alerts::SimAlert;
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::wire;

/// Answers everything of the product `monitor` that is simulated.
pub(super) fn answer(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    match (ask.request.method.as_str(), ask.request.target.segments().as_slice()) {
        ("GET", ["v1", "Alerts"]) => list(sim, ask),
        ("GET", ["v1", "Alerts", sid]) => fetch(sim, ask, sid),
        (_, ["v1", "Alerts", ..]) => Err(Refusal::method_not_allowed()),
        _ => Err(ask.not_found()),
    }
}

/// Newest first, of the last 30 days; filters `LogLevel`, `StartDate`, `EndDate` (which includes the day it names).
fn list(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let level = ask.query().filled("LogLevel");
    let start = read_time(ask, "StartDate", TimeDelta::zero())?;
    let end = read_time(ask, "EndDate", TimeDelta::seconds(86_399))?;
    let mut alerts = sim.readable_alerts(&ask.account.sid);
    alerts.retain(|alert| {
        level.is_none_or(|wanted| alert.log_level.as_str() == wanted)
            && start.is_none_or(|start| alert.at >= start)
            && end.is_none_or(|end| alert.at <= end)
    });
    let show = |alert: &SimAlert| wire::alert(alert, &url(ask, alert));
    ask.meta_page("alerts", &alerts, |alert| &alert.sid, show)
}

/// One alert, with the request that failed.
fn fetch(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    let mut alerts = sim.readable_alerts(&ask.account.sid).into_iter();
    let alert = alerts.find(|alert| alert.sid == sid).ok_or_else(|| ask.not_found())?;
    Ok(Answer::Json(200, wire::whole_alert(&alert, &url(ask, &alert))))
}

fn url(ask: &Ask<'_>, alert: &SimAlert) -> String {
    ask.url(&format!("/v1/Alerts/{}", alert.sid))
}

/// A time, or so long after the beginning of a date.
fn read_time(ask: &Ask<'_>, name: &str, into_the_day: TimeDelta) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = ask.query().filled(name) else {
        return Ok(None);
    };
    let day = text
        .parse::<NaiveDate>()
        .map(|date| date.and_time(chrono::NaiveTime::MIN).and_utc() + into_the_day);
    let time = day.or_else(|_| text.parse());
    let refusal = |_| Refusal::invalid(20422, format!("{name} is neither a date nor a time"));
    time.map(Some).map_err(refusal)
}
