//! Placing a call: the checks Twilio makes, then a call that lives.
//!
//! Source: <https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource>

use std::time::Duration;

use super::numbers::is_acceptable;
use super::{Answer, Ask, RestResult};
use crate::accounts::AccountKind;
use crate::calls::{Address, CallbackPlan, Order, Script};
use crate::e164;
use crate::errors::Refusal;
use crate::form::Pairs;
use crate::sim::Sim;
use crate::wire;

const MAX_TWIML_CHARACTERS: usize = 4000;
const DEFAULT_TIMEOUT_S: u64 = 60;
const MAX_TIMEOUT_S: u64 = 600;
const MAX_TIME_LIMIT_S: u64 = 14_400;

/// Checks the request and, unless it came with test credentials, starts the call. A refusal goes into the error log.
pub(super) fn create(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    place(sim, ask).inspect_err(|refusal| {
        if !ask.caller.is_test {
            sim.note_refusal(&ask.account.sid, refusal, ask.url(ask.path()), ask.form());
        }
    })
}

fn place(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let order = read_order(sim, ask)?;
    if ask.caller.is_test {
        check_magic(&order)?;
        return Ok(Answer::Json(201, wire::call(&sim.unplaced_call(&order))));
    }
    if ask.account.out_of_funds {
        return Err(Refusal::not_active());
    }
    check_caller(sim, ask, &order)?;
    check_callee(sim, ask, &order)?;
    let sid = sim.place(order);
    let call = sim.call(&sid).ok_or_else(|| ask.not_found())?;
    Ok(Answer::Json(201, wire::call(&call)))
}

fn read_order(sim: &Sim, ask: &Ask<'_>) -> Result<Order, Refusal> {
    let form = ask.form();
    let to = form
        .filled("To")
        .ok_or_else(|| Refusal::invalid(21201, "No 'To' number is specified"))?;
    let from = form
        .filled("From")
        .ok_or_else(|| Refusal::invalid(21213, "No 'From' number is specified"))?;
    Ok(Order {
        account_sid: ask.account.sid.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        price_unit: ask.account.currency.clone(),
        phone_number_sid: sim.state().number_dialled(from).map(|number| number.sid.clone()),
        script: read_script(ask)?,
        callbacks: read_callbacks(form)?,
        timeout: read_seconds(form, "Timeout", DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S)?,
        time_limit: read_seconds(form, "TimeLimit", MAX_TIME_LIMIT_S, MAX_TIME_LIMIT_S)?,
        detects_machines: matches!(form.filled("MachineDetection"), Some("Enable" | "DetectMessageEnd")),
    })
}

/// `Url` wins over `Twiml`, and both over `ApplicationSid`, with which the fallback is the application's.
fn read_script(ask: &Ask<'_>) -> Result<Script, Refusal> {
    let form = ask.form();
    let fallback = read_address(form, "FallbackUrl", "FallbackMethod", 21205)?;
    if let Some(first) = read_address(form, "Url", "Method", 21205)? {
        return Ok(Script::Fetch { first, fallback });
    }
    if let Some(twiml) = form.filled("Twiml") {
        if twiml.chars().count() > MAX_TWIML_CHARACTERS {
            return Err(Refusal::invalid(
                20422,
                format!("Twiml is longer than {MAX_TWIML_CHARACTERS} characters"),
            ));
        }
        return Ok(Script::Given {
            twiml: twiml.to_owned(),
            fallback,
        });
    }
    let Some(sid) = form.filled("ApplicationSid") else {
        return Err(Refusal::invalid(21205, "Url parameter is required."));
    };
    let known = ask
        .account
        .applications
        .iter()
        .find(|application| application.sid == sid);
    let application = known.ok_or_else(|| Refusal::invalid(21218, format!("Invalid ApplicationSid: {sid}")))?;
    Ok(Script::Fetch {
        first: Address::post(&application.voice_url),
        fallback: None,
    })
}

fn read_callbacks(form: &Pairs) -> Result<CallbackPlan, Refusal> {
    let Some(address) = read_address(form, "StatusCallback", "StatusCallbackMethod", 21205)? else {
        return Ok(CallbackPlan::none());
    };
    // Helper libraries repeat the name; some clients put several events into one value.
    let sent = form.all("StatusCallbackEvent");
    let events: Vec<&str> = sent
        .iter()
        .flat_map(|value| value.split([' ', ',']))
        .filter(|event| !event.is_empty())
        .collect();
    Ok(if events.is_empty() {
        CallbackPlan::of(address, &["completed"])
    } else {
        CallbackPlan::of(address, &events)
    })
}

fn read_address(form: &Pairs, url: &str, method: &str, bad_url: u32) -> Result<Option<Address>, Refusal> {
    let Some(text) = form.filled(url) else { return Ok(None) };
    if !is_acceptable(text) {
        return Err(Refusal::invalid(bad_url, format!("{url} is not a valid URL: {text}")));
    }
    let method = form.filled(method).unwrap_or("POST").to_ascii_uppercase();
    Ok(Some(Address {
        method,
        url: text.to_owned(),
    }))
}

fn read_seconds(form: &Pairs, name: &str, default: u64, max: u64) -> Result<Duration, Refusal> {
    let Some(text) = form.filled(name) else {
        return Ok(Duration::from_secs(default));
    };
    let seconds: u64 = text
        .parse()
        .map_err(|_| Refusal::invalid(20422, format!("{name} is not a number of seconds")))?;
    Ok(Duration::from_secs(seconds.clamp(1, max)))
}

/// The magic numbers of test credentials: <https://www.twilio.com/docs/iam/test-credentials#test-calls>.
fn check_magic(order: &Order) -> Result<(), Refusal> {
    match order.from.as_str() {
        "+15005550006" => {}
        "+15005550001" => return Err(invalid_from(&order.from)),
        _ => return Err(not_owned(&order.from)),
    }
    match order.to.as_str() {
        "+15005550001" => Err(Refusal::invalid(
            21217,
            format!("Phone number does not appear to be valid: {}", order.to),
        )),
        "+15005550002" => Err(Refusal::invalid(
            21214,
            format!("'To' phone number cannot be reached: {}", order.to),
        )),
        "+15005550003" => Err(no_permission(&order.to)),
        "+15005550004" => Err(Refusal::invalid(
            21216,
            format!("Account not allowed to call {}", order.to),
        )),
        to if e164::is_e164(to) || is_address(to) => Ok(()),
        to => Err(invalid_to(to)),
    }
}

fn check_caller(sim: &Sim, ask: &Ask<'_>, order: &Order) -> Result<(), Refusal> {
    let from = order.from.as_str();
    if is_address(from) {
        return Ok(());
    }
    if !e164::is_e164(from) {
        return Err(invalid_from(from));
    }
    let state = sim.state();
    let owns = |account_sid: &str| {
        state
            .numbers
            .iter()
            .any(|number| number.phone_number == from && number.account_sid == account_sid)
    };
    if !owns(&ask.account.sid) && !ask.account.may_call_from(from) {
        return Err(not_owned(from));
    }
    let live = state.live_calls(&ask.account.sid);
    if ask.account.concurrent_calls.is_some_and(|limit| live >= limit) {
        // Twilio's dictionary names no HTTP status for 10004; 400 is that of its other refusals to place a call.
        return Err(Refusal::invalid(10004, "Call concurrency limit exceeded"));
    }
    Ok(())
}

fn check_callee(sim: &Sim, ask: &Ask<'_>, order: &Order) -> Result<(), Refusal> {
    let to = order.to.as_str();
    if is_address(to) {
        return Ok(());
    }
    if !e164::is_e164(to) {
        return Err(invalid_to(to));
    }
    if order.from == to {
        return Err(Refusal::invalid(21266, "'To' and 'From' cannot be the same"));
    }
    let owned = sim
        .state()
        .number_dialled(to)
        .is_some_and(|number| number.account_sid == ask.account.sid);
    if ask.account.kind == AccountKind::Trial && !owned && !ask.account.may_call_from(to) {
        let message = format!("The number {to} is unverified. Trial accounts may only make calls to verified numbers.");
        return Err(Refusal::invalid(21219, message));
    }
    let Some(country) = e164::country(to) else {
        return Err(Refusal::invalid(
            21217,
            format!("Phone number does not appear to be valid: {to}"),
        ));
    };
    let is_abroad = ask.account.kind == AccountKind::Trial && country != ask.account.country;
    if is_abroad || sim.state().may_not_call(&ask.account, &country) {
        return Err(no_permission(to));
    }
    Ok(())
}

fn is_address(text: &str) -> bool {
    text.starts_with("sip:") || text.starts_with("client:")
}

fn invalid_to(to: &str) -> Refusal {
    Refusal::invalid(
        21211,
        format!("The phone number you are attempting to call, {to}, is not valid."),
    )
}

fn invalid_from(from: &str) -> Refusal {
    Refusal::invalid(
        21212,
        format!("The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    )
}

fn not_owned(from: &str) -> Refusal {
    let message = format!(
        "The source phone number provided, {from}, is not yet verified for your account. \
         You may only make calls from phone numbers that you've verified or purchased from Twilio."
    );
    Refusal::invalid(21210, message)
}

fn no_permission(to: &str) -> Refusal {
    let message = format!(
        "Account not authorized to call {to}. \
         Perhaps you need to enable some international permissions: https://www.twilio.com/console/voice/calls/geo-permissions/low-risk"
    );
    Refusal::invalid(21215, message)
}
