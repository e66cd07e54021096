//! What an account has behind it: spend, calls and errors of the past.

use chrono::{Days, TimeDelta};
use rust_decimal::Decimal;

use crate::accounts::SimAccount;
use crate::alerts::{AlertSpec, FailedRequest, LogLevel};
use crate::calls::{CallStatus, PastCall};
use crate::sim::Sim;
use crate::usage::SimUsage;

/// For how many days [`steady_spend`] goes back.
const STEADY_DAYS: u64 = 28;

/// How many calls a burst has.
const BURST: u32 = 60;

/// Lets a change happen to an account's past. Gives whether it is one of these.
pub(super) fn happen(sim: &Sim, account: &SimAccount, name: &str) -> bool {
    match name {
        "heavy_spend" => heavy_spend(sim, account),
        "burst_of_calls" => burst(sim, account, "+1212555", CallStatus::Completed),
        "burst_of_failures" => burst(sim, account, "+1212555", CallStatus::Failed),
        "new_expensive_destination" => burst(sim, account, "+5371234", CallStatus::Completed),
        "webhook_failing" => log_errors(sim, account, &[(11200, LogLevel::Error, "Got HTTP 500 response")]),
        "errors_logged" => log_errors(
            sim,
            account,
            &[
                (11205, LogLevel::Error, "HTTP connection failure"),
                (12100, LogLevel::Error, "Document parse failure"),
                (12200, LogLevel::Warning, "Schema validation warning"),
                (31921, LogLevel::Error, "Stream: the socket was closed"),
                (99999, LogLevel::Error, "A code nobody has seen"),
            ],
        ),
        _ => return false,
    }
    true
}

/// Four weeks of about five a day: calls in and out, and the rent of numbers.
pub(super) fn steady_spend(sim: &Sim, account: &SimAccount) {
    let today = sim.now().date_naive();
    for back in 1..=STEADY_DAYS {
        let Some(day) = today.checked_sub_days(Days::new(back)) else {
            return;
        };
        // A little more on some days than on others.
        let calls = 95 + i64::try_from(back % 5).unwrap_or_default() * 3;
        let amount = |calls: i64, hundredths: i64| SimUsage::new(calls, calls * 3, Decimal::new(calls * hundredths, 2));
        sim.set_usage(&account.sid, day, "calls-outbound", amount(calls, 4));
        sim.set_usage(&account.sid, day, "calls-inbound-local", amount(calls / 2, 2));
    }
    let rent = SimUsage::new(3, 3, Decimal::new(345, 2));
    sim.set_usage(&account.sid, today, "phonenumbers-local", rent);
}

/// A hundred times as much as [`steady_spend`], today.
fn heavy_spend(sim: &Sim, account: &SimAccount) {
    let amount = SimUsage::new(4000, 12_000, 480);
    sim.set_usage(&account.sid, sim.now().date_naive(), "calls-outbound", amount);
}

/// Many calls in the last ten minutes, to as many numbers.
fn burst(sim: &Sim, account: &SimAccount, to: &str, status: CallStatus) {
    let from = sim
        .numbers(&account.sid)
        .first()
        .map(|number| number.phone_number.clone());
    let now = sim.now();
    for call in 0..BURST {
        let back = TimeDelta::seconds(i64::from(BURST - call) * 10);
        sim.plant_call(
            &account.sid,
            &PastCall {
                from: from.clone().unwrap_or_default(),
                to: format!("{to}{:04}", 100 + call),
                status,
                started_at: Some(now - back),
                sip_response_code: (status == CallStatus::Failed).then_some(603),
                ..PastCall::default()
            },
        );
    }
}

/// Errors on each of the account's numbers.
fn log_errors(sim: &Sim, account: &SimAccount, errors: &[(u32, LogLevel, &str)]) {
    for number in sim.numbers(&account.sid) {
        for (error_code, log_level, message) in errors {
            let spec = AlertSpec {
                error_code: *error_code,
                log_level: *log_level,
                message: (*message).to_owned(),
                resource_sid: Some(number.sid.clone()),
                service_sid: Some(number.sid.clone()),
                request: FailedRequest {
                    method: number.voice_method.clone(),
                    url: number.voice_url.clone(),
                    ..FailedRequest::default()
                },
                at: None,
            };
            sim.plant_alert(&account.sid, spec);
        }
    }
}
