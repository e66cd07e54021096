//! Usage triggers.
//!
//! Source: <https://www.twilio.com/docs/usage/api/usage-trigger>

use rust_decimal::Decimal;

use super::numbers::is_acceptable;
use super::{Answer, Ask, RestResult};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::triggers::{Recurring, SimTrigger, TriggerBy};
use crate::wire;

/// Oldest first; filters `Recurring`, `TriggerBy`, `UsageCategory`.
pub(super) fn list(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let query = ask.query();
    let recurring = query.get("Recurring").map(read_recurring).transpose()?;
    let trigger_by = query.filled("TriggerBy").map(read_trigger_by).transpose()?;
    let category = query.filled("UsageCategory");
    let mut triggers = sim.triggers(&ask.account.sid);
    triggers.retain(|trigger| {
        recurring.is_none_or(|wanted| trigger.recurring == wanted)
            && trigger_by.is_none_or(|wanted| trigger.trigger_by == wanted)
            && category.is_none_or(|wanted| trigger.usage_category == wanted)
    });
    ask.page(
        "usage_triggers",
        &triggers,
        |trigger| &trigger.sid,
        |trigger| show(sim, trigger),
    )
}

/// Makes a trigger. `TriggerValue` is a positive number, or `+30` for 30 more than there is now.
pub(super) fn create(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let form = ask.form();
    let needed = |name: &str| {
        let missing = || Refusal::invalid(20422, format!("{name} is required"));
        form.filled(name).ok_or_else(missing)
    };
    let now = sim.now();
    let mut trigger = SimTrigger {
        sid: sim.state().sids.next("UT"),
        account_sid: ask.account.sid.clone(),
        friendly_name: form.get("FriendlyName").unwrap_or_default().to_owned(),
        usage_category: needed("UsageCategory")?.to_owned(),
        trigger_by: form
            .filled("TriggerBy")
            .map_or(Ok(TriggerBy::default()), read_trigger_by)?,
        trigger_value: Decimal::ZERO,
        recurring: form.get("Recurring").map_or(Ok(Recurring::default()), read_recurring)?,
        callback_url: read_url(needed("CallbackUrl")?)?,
        callback_method: read_method(form.filled("CallbackMethod").unwrap_or("POST"))?,
        created_at: now,
        updated_at: now,
        fired_at: None,
    };
    trigger.trigger_value = read_value(sim, &trigger, needed("TriggerValue")?)?;
    sim.state().triggers.push(trigger.clone());
    sim.usage_changed(&ask.account.sid);
    Ok(Answer::Json(201, show(sim, &trigger)))
}

/// One trigger.
pub(super) fn fetch(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    Ok(Answer::Json(200, show(sim, &find(sim, ask, sid)?)))
}

/// Changes name and callback. Everything else is ignored, as Twilio does: what is watched stays.
pub(super) fn update(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    let mut trigger = find(sim, ask, sid)?;
    let form = ask.form();
    if let Some(name) = form.get("FriendlyName") {
        name.clone_into(&mut trigger.friendly_name);
    }
    if let Some(url) = form.filled("CallbackUrl") {
        trigger.callback_url = read_url(url)?;
    }
    if let Some(method) = form.filled("CallbackMethod") {
        trigger.callback_method = read_method(method)?;
    }
    trigger.updated_at = sim.now();
    if let Some(stored) = sim.state().triggers.iter_mut().find(|stored| stored.sid == sid) {
        *stored = trigger;
    }
    fetch(sim, ask, sid)
}

/// Deletes a trigger; its firings are still known.
pub(super) fn delete(sim: &Sim, ask: &Ask<'_>, sid: &str) -> RestResult {
    find(sim, ask, sid)?;
    sim.state().triggers.retain(|trigger| trigger.sid != sid);
    Ok(Answer::NoContent)
}

fn find(sim: &Sim, ask: &Ask<'_>, sid: &str) -> Result<SimTrigger, Refusal> {
    let mut triggers = sim.triggers(&ask.account.sid).into_iter();
    triggers
        .find(|trigger| trigger.sid == sid)
        .ok_or_else(|| ask.not_found())
}

fn show(sim: &Sim, trigger: &SimTrigger) -> serde_json::Value {
    let current = sim.state().watched_value(trigger, sim.now().date_naive());
    wire::usage_trigger(trigger, &current.to_string())
}

fn read_value(sim: &Sim, trigger: &SimTrigger, text: &str) -> Result<Decimal, Refusal> {
    let is_offset = text.starts_with('+');
    let value = text
        .trim_start_matches('+')
        .parse()
        .ok()
        .filter(|value| *value > Decimal::ZERO);
    let value: Decimal = value.ok_or_else(|| Refusal::invalid(20422, "TriggerValue must be a positive number"))?;
    if !is_offset {
        return Ok(value);
    }
    let now = sim.state().watched_value(trigger, sim.now().date_naive());
    Ok(now + value)
}

fn read_url(text: &str) -> Result<String, Refusal> {
    let refusal = || Refusal::invalid(20422, format!("CallbackUrl is not a valid URL: {text}"));
    is_acceptable(text).then(|| text.to_owned()).ok_or_else(refusal)
}

fn read_method(text: &str) -> Result<String, Refusal> {
    let method = text.to_ascii_uppercase();
    let refusal = || Refusal::invalid(20422, "CallbackMethod must be GET or POST");
    matches!(method.as_str(), "GET" | "POST")
        .then_some(method)
        .ok_or_else(refusal)
}

fn read_trigger_by(text: &str) -> Result<TriggerBy, Refusal> {
    let mut known = [TriggerBy::Count, TriggerBy::Usage, TriggerBy::Price].into_iter();
    let refusal = || Refusal::invalid(20422, "TriggerBy must be one of count, usage, price");
    known.find(|by| by.as_str() == text).ok_or_else(refusal)
}

fn read_recurring(text: &str) -> Result<Recurring, Refusal> {
    Ok(match text {
        "daily" => Recurring::Daily,
        "monthly" => Recurring::Monthly,
        "yearly" => Recurring::Yearly,
        "" | "alltime" => Recurring::AllTime,
        _ => {
            return Err(Refusal::invalid(
                20422,
                "Recurring must be one of daily, monthly, yearly, alltime",
            ));
        }
    })
}
