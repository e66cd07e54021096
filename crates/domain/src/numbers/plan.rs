//! What a sync changes: ours against Twilio's. Pure, and the same however often it runs.

use std::collections::HashMap;

use ::entity::phone_number::{self, AtTwilio, NumberKind, RoutingState};
use ::entity::{E164, Routing};

use super::{country_and_kind, routing};

/// A number as Twilio lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub sid: String,
    pub e164: E164,
    pub friendly_name: Option<String>,
    pub country: Option<String>,
    pub kind: NumberKind,
    pub voice: bool,
    pub sms: bool,
    pub mms: bool,
    pub fax: bool,
    pub twilio_status: Option<String>,
    pub routing: Routing,
}

impl Listed {
    /// Reads Twilio's record. `None` for what has no phone number in E.164, such as a short code.
    pub(super) fn read(number: &twilio::Number) -> Option<Self> {
        let e164 = E164::parse(&number.phone_number).ok()?;
        let (country, kind) = country_and_kind(&e164, number.kind.as_deref());
        let can = number.capabilities.as_ref();
        Some(Self {
            sid: number.sid.to_string(),
            friendly_name: number.friendly_name.clone(),
            country,
            kind,
            voice: number.is_voice_enabled(),
            sms: can.and_then(|can| can.sms).unwrap_or(false),
            mms: can.and_then(|can| can.mms).unwrap_or(false),
            fax: can.and_then(|can| can.fax).unwrap_or(false),
            twilio_status: number.status.clone(),
            routing: read_routing(number),
            e164,
        })
    }
}

/// A number's routing as Twilio tells it.
pub(crate) fn read_routing(number: &twilio::Number) -> Routing {
    Routing {
        voice_url: number.voice_url.clone(),
        voice_method: number.voice_method.clone(),
        voice_application_sid: number.voice_application_sid.clone(),
        trunk_sid: number.trunk_sid.clone(),
        voice_receive_mode: number.voice_receive_mode.clone(),
        voice_fallback_url: number.voice_fallback_url.clone(),
        voice_fallback_method: number.voice_fallback_method.clone(),
        status_callback: number.status_callback.clone(),
        status_callback_method: number.status_callback_method.clone(),
    }
}

/// What has to change.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Listed, and not known yet.
    pub add: Vec<Listed>,
    /// Known, and listed otherwise than we have it. The row as it was, and as it becomes.
    pub change: Vec<(phone_number::Model, phone_number::Model)>,
    /// Known as listed, and no longer listed.
    pub gone: Vec<phone_number::Model>,
}

/// Compares our rows of an account with Twilio's list of it.
pub(super) fn plan(ours: Vec<phone_number::Model>, theirs: Vec<Listed>) -> Plan {
    let mut known: HashMap<String, phone_number::Model> = ours.into_iter().map(|row| (row.sid.clone(), row)).collect();
    let mut plan = Plan::default();
    for listed in theirs {
        match known.remove(&listed.sid) {
            None => plan.add.push(listed),
            Some(row) => {
                let becomes = changed(&row, listed);
                if becomes != row {
                    plan.change.push((row, becomes));
                }
            }
        }
    }
    plan.gone = known
        .into_values()
        .filter(|row| row.at_twilio == AtTwilio::Listed)
        .collect();
    plan.gone.sort_by(|a, b| a.sid.cmp(&b.sid));
    plan
}

fn changed(row: &phone_number::Model, listed: Listed) -> phone_number::Model {
    let is_ours = row
        .written_routing
        .as_ref()
        .is_some_and(|written| routing::same(&listed.routing, written));
    let routing = match (&row.routing, is_ours) {
        (RoutingState::Ours, false) => RoutingState::Drifted,
        (RoutingState::Drifted, true) => RoutingState::Ours,
        (state, _) => state.clone(),
    };
    phone_number::Model {
        e164: listed.e164,
        at_twilio: AtTwilio::Listed,
        routing,
        friendly_name: listed.friendly_name,
        country: listed.country,
        kind: listed.kind,
        voice: listed.voice,
        sms: listed.sms,
        mms: listed.mms,
        fax: listed.fax,
        twilio_status: listed.twilio_status,
        seen_routing: listed.routing,
        ..row.clone()
    }
}

#[cfg(test)]
mod tests;
