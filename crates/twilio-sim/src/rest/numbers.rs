//! Phone numbers an account has.
//!
//! Source: <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>

use super::{Answer, Ask, RestResult};
use crate::errors::Refusal;
use crate::form::Pairs;
use crate::numbers::SimNumber;
use crate::sim::Sim;
use crate::wire;

/// All numbers or those of one type; filters `PhoneNumber` (a part, `*` stands for any digit) and `FriendlyName` (exact).
pub(super) fn list(sim: &Sim, ask: &Ask<'_>, number_type: Option<&str>) -> RestResult {
    let part = ask.query().filled("PhoneNumber");
    let name = ask.query().filled("FriendlyName");
    let wanted = |number: &&SimNumber| {
        number.account_sid == ask.account.sid
            && number_type.is_none_or(|wanted| number.number_type == wanted)
            && part.is_none_or(|part| holds(&number.phone_number, part))
            && name.is_none_or(|name| number.friendly_name == name)
    };
    let state = sim.state();
    let numbers: Vec<&SimNumber> = state.numbers.iter().filter(wanted).collect();
    ask.page(
        "incoming_phone_numbers",
        &numbers,
        |number| &number.sid,
        |number| wire::number(number),
    )
}

/// One number.
pub(super) fn fetch(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    Ok(Answer::Json(200, wire::number(&find(sim, ask, sid)?)))
}

/// Changes the fields that are sent; an empty value clears.
pub(super) fn update(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    let mut number = find(sim, ask, sid)?;
    change(&mut number, ask)?;
    sim.change_number(sid, |stored| *stored = number);
    fetch(sim, ask, sid)
}

/// Releases the number.
pub(super) fn release(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    find(sim, ask, sid)?;
    sim.release_number(sid);
    Ok(Answer::NoContent)
}

fn find(sim: &Sim, ask: &Ask<'_>, sid: &str) -> Result<SimNumber, Refusal> {
    sim.number(sid)
        .filter(|number| number.account_sid == ask.account.sid)
        .ok_or_else(|| ask.not_found())
}

fn holds(number: &str, part: &str) -> bool {
    let (number, part) = (number.as_bytes(), part.as_bytes());
    number.windows(part.len()).any(|window| {
        window
            .iter()
            .zip(part)
            .all(|(digit, wanted)| *wanted == b'*' || digit == wanted)
    })
}

fn change(number: &mut SimNumber, ask: &Ask<'_>) -> Result<(), Refusal> {
    let form = ask.form();
    let applications = &ask.account.applications;
    if let Some(sid) = form.filled("VoiceApplicationSid")
        && !applications.iter().any(|application| application.sid == sid)
    {
        return Err(Refusal::invalid(
            21420,
            format!("ApplicationSid {sid} is not accessible"),
        ));
    }
    set(&mut number.friendly_name, form, "FriendlyName");
    for (field, name) in [
        (&mut number.voice_url, "VoiceUrl"),
        (&mut number.voice_fallback_url, "VoiceFallbackUrl"),
        (&mut number.status_callback, "StatusCallback"),
        (&mut number.sms_url, "SmsUrl"),
        (&mut number.sms_fallback_url, "SmsFallbackUrl"),
    ] {
        set_url(field, form, name)?;
    }
    for (field, name) in [
        (&mut number.voice_method, "VoiceMethod"),
        (&mut number.voice_fallback_method, "VoiceFallbackMethod"),
        (&mut number.status_callback_method, "StatusCallbackMethod"),
        (&mut number.sms_method, "SmsMethod"),
        (&mut number.sms_fallback_method, "SmsFallbackMethod"),
    ] {
        set_one_of(field, form, name, &["GET", "POST"])?;
    }
    set_one_of(
        &mut number.voice_receive_mode,
        form,
        "VoiceReceiveMode",
        &["voice", "fax"],
    )?;
    set(&mut number.sms_application_sid, form, "SmsApplicationSid");
    set_trunk_or_application(number, form);
    if form.filled("VoiceFallbackUrl").is_some() && number.voice_url.is_empty() {
        return Err(Refusal::invalid(21405, "VoiceFallbackUrl was set without a VoiceUrl"));
    }
    Ok(())
}

/// Setting the trunk deletes the application, and the reverse; when both are sent the trunk wins.
fn set_trunk_or_application(number: &mut SimNumber, form: &Pairs) {
    set(&mut number.voice_application_sid, form, "VoiceApplicationSid");
    set(&mut number.trunk_sid, form, "TrunkSid");
    if form.filled("TrunkSid").is_some() {
        number.voice_application_sid.clear();
    } else if form.filled("VoiceApplicationSid").is_some() {
        number.trunk_sid.clear();
    }
}

fn set(field: &mut String, form: &Pairs, name: &str) {
    if let Some(value) = form.get(name) {
        value.clone_into(field);
    }
}

fn set_url(field: &mut String, form: &Pairs, name: &str) -> Result<(), Refusal> {
    if let Some(url) = form.filled(name)
        && !is_acceptable(url)
    {
        return Err(Refusal::invalid(21402, format!("{name} is not a valid URL: {url}")));
    }
    set(field, form, name);
    Ok(())
}

fn set_one_of(field: &mut String, form: &Pairs, name: &str, allowed: &[&str]) -> Result<(), Refusal> {
    let Some(value) = form.filled(name) else { return Ok(()) };
    let Some(known) = allowed.iter().find(|known| known.eq_ignore_ascii_case(value)) else {
        return Err(Refusal::invalid(
            20422,
            format!("{name} must be one of {}", allowed.join(", ")),
        ));
    };
    (*known).clone_into(field);
    Ok(())
}

/// Whether Twilio takes it as the URL of a webhook: http or https, with a host, which has no underscore.
pub(super) fn is_acceptable(url: &str) -> bool {
    let Ok(parsed) = reqwest::Url::parse(url) else {
        return false;
    };
    let host_is_fine = parsed
        .host_str()
        .is_some_and(|host| !host.is_empty() && !host.contains('_'));
    matches!(parsed.scheme(), "http" | "https") && host_is_fine
}
