//! Who gets a number's calls: what Callab writes, what it gives back, and what it leaves alone. Nothing here asks anyone.
//!
//! Routing is given back in groups, and a group only if all of it is still ours: a customer who moved on by changing the voice
//! URL must not get the old trunk back over it.

use ::entity::Routing;
use twilio::NumberUpdate;

use crate::public_url;

mod drift;

pub use drift::{DriftReason, FieldDeviation, calls_still_come, deviation, reason};

/// The fields that are written and given back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Voice URL, method, application, trunk, receive mode.
    Voice,
    /// Fallback URL and method.
    Fallback,
    /// Status callback and method.
    Status,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 3] = [Self::Voice, Self::Fallback, Self::Status];

    /// The group's name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Fallback => "fallback",
            Self::Status => "status",
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::Voice => &[
                Field::VoiceUrl,
                Field::VoiceMethod,
                Field::VoiceApplicationSid,
                Field::TrunkSid,
                Field::VoiceReceiveMode,
            ],
            Self::Fallback => &[Field::VoiceFallbackUrl, Field::VoiceFallbackMethod],
            Self::Status => &[Field::StatusCallback, Field::StatusCallbackMethod],
        }
    }
}

/// One field of a routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Where Twilio asks what to do with a call.
    VoiceUrl,
    /// The method of that request.
    VoiceMethod,
    /// The application that answers instead.
    VoiceApplicationSid,
    /// The trunk that takes calls before anything else.
    TrunkSid,
    /// `voice` or `fax`.
    VoiceReceiveMode,
    /// Where Twilio asks when the voice URL fails.
    VoiceFallbackUrl,
    /// The method of that request.
    VoiceFallbackMethod,
    /// Where Twilio reports the end of a call.
    StatusCallback,
    /// The method of that report.
    StatusCallbackMethod,
}

impl Field {
    /// Twilio's name of the field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VoiceUrl => "voice_url",
            Self::VoiceMethod => "voice_method",
            Self::VoiceApplicationSid => "voice_application_sid",
            Self::TrunkSid => "trunk_sid",
            Self::VoiceReceiveMode => "voice_receive_mode",
            Self::VoiceFallbackUrl => "voice_fallback_url",
            Self::VoiceFallbackMethod => "voice_fallback_method",
            Self::StatusCallback => "status_callback",
            Self::StatusCallbackMethod => "status_callback_method",
        }
    }

    fn of(self, routing: &Routing) -> Option<&String> {
        match self {
            Self::VoiceUrl => routing.voice_url.as_ref(),
            Self::VoiceMethod => routing.voice_method.as_ref(),
            Self::VoiceApplicationSid => routing.voice_application_sid.as_ref(),
            Self::TrunkSid => routing.trunk_sid.as_ref(),
            Self::VoiceReceiveMode => routing.voice_receive_mode.as_ref(),
            Self::VoiceFallbackUrl => routing.voice_fallback_url.as_ref(),
            Self::VoiceFallbackMethod => routing.voice_fallback_method.as_ref(),
            Self::StatusCallback => routing.status_callback.as_ref(),
            Self::StatusCallbackMethod => routing.status_callback_method.as_ref(),
        }
    }

    fn set(self, routing: &mut Routing, value: Option<String>) {
        match self {
            Self::VoiceUrl => routing.voice_url = value,
            Self::VoiceMethod => routing.voice_method = value,
            Self::VoiceApplicationSid => routing.voice_application_sid = value,
            Self::TrunkSid => routing.trunk_sid = value,
            Self::VoiceReceiveMode => routing.voice_receive_mode = value,
            Self::VoiceFallbackUrl => routing.voice_fallback_url = value,
            Self::VoiceFallbackMethod => routing.voice_fallback_method = value,
            Self::StatusCallback => routing.status_callback = value,
            Self::StatusCallbackMethod => routing.status_callback_method = value,
        }
    }

    /// The value that counts: Twilio calls an unset method POST and an unset receive mode voice.
    fn meaning(self, routing: &Routing) -> Option<&str> {
        let value = self.of(routing).map(String::as_str);
        match self {
            Self::VoiceMethod | Self::VoiceFallbackMethod | Self::StatusCallbackMethod => Some(value.unwrap_or("POST")),
            Self::VoiceReceiveMode => Some(value.unwrap_or("voice")),
            _ => value,
        }
    }
}

/// One field that is going to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldWrite {
    /// Which.
    pub field: Field,
    /// What stands there now.
    pub from: Option<String>,
    /// What is going to; none clears it.
    pub to: Option<String>,
}

/// The routing that brings a number's calls to us. The receive mode stays what it is: fax numbers are not taken.
#[must_use]
pub fn ours(base: &str, reference: &str, live: &Routing) -> Routing {
    let post = || Some("POST".to_owned());
    Routing {
        voice_url: Some(public_url::voice(base, reference)),
        voice_method: post(),
        voice_application_sid: None,
        trunk_sid: None,
        voice_receive_mode: live.voice_receive_mode.clone(),
        voice_fallback_url: Some(public_url::fallback(base)),
        voice_fallback_method: post(),
        status_callback: Some(public_url::status(base, reference)),
        status_callback_method: post(),
    }
}

/// Whether a routing leads to any of our voice addresses below `base`.
#[must_use]
pub fn leads_to_us(routing: &Routing, base: &str) -> bool {
    let voice = public_url::voice(base, "");
    let set_aside = routing.trunk_sid.is_some() || routing.voice_application_sid.is_some();
    !set_aside && routing.voice_url.as_deref().is_some_and(|url| url.starts_with(&voice))
}

/// The same routing without the addresses that lie under our own.
#[must_use]
pub fn without_ours(routing: &Routing, bases: &[String]) -> Routing {
    let ours = |url: &String| bases.iter().any(|base| url.starts_with(&format!("{base}/twilio/v1/")));
    let mut rest = routing.clone();
    for field in [Field::VoiceUrl, Field::VoiceFallbackUrl, Field::StatusCallback] {
        if field.of(&rest).is_some_and(ours) {
            field.set(&mut rest, None);
        }
    }
    rest
}

/// The writes that turn `live` into `wanted`, in Twilio's order of fields.
#[must_use]
pub fn writes(live: &Routing, wanted: &Routing) -> Vec<FieldWrite> {
    Group::ALL
        .iter()
        .flat_map(|group| group_writes(*group, live, wanted))
        .collect()
}

fn group_writes(group: Group, live: &Routing, wanted: &Routing) -> Vec<FieldWrite> {
    let differs = |field: &&Field| field.meaning(live) != field.meaning(wanted);
    let write = |field: &Field| FieldWrite {
        field: *field,
        from: field.of(live).cloned(),
        to: field.of(wanted).cloned(),
    };
    group.fields().iter().filter(differs).map(write).collect()
}

/// Whether two routings are the same in every field, unset and default methods taken for alike.
#[must_use]
pub fn same(a: &Routing, b: &Routing) -> bool {
    writes(a, b).is_empty()
}

/// The request that performs the writes. Only one of trunk and application is sent: setting either clears the other at Twilio.
#[must_use]
pub fn update(writes: &[FieldWrite]) -> NumberUpdate {
    let mut update = NumberUpdate::default();
    let sets = |field| writes.iter().any(|write| write.field == field && write.to.is_some());
    let (sets_trunk, sets_application) = (sets(Field::TrunkSid), sets(Field::VoiceApplicationSid));
    for write in writes {
        let value = Some(write.to.clone().unwrap_or_default());
        match write.field {
            Field::VoiceUrl => update.voice_url = value,
            Field::VoiceMethod => update.voice_method.clone_from(&write.to),
            Field::VoiceApplicationSid if !sets_trunk => update.voice_application_sid = value,
            Field::TrunkSid if !sets_application => update.trunk_sid = value,
            Field::VoiceApplicationSid | Field::TrunkSid => {}
            Field::VoiceReceiveMode => update.voice_receive_mode.clone_from(&write.to),
            Field::VoiceFallbackUrl => update.voice_fallback_url = value,
            Field::VoiceFallbackMethod => update.voice_fallback_method.clone_from(&write.to),
            Field::StatusCallback => update.status_callback = value,
            Field::StatusCallbackMethod => update.status_callback_method.clone_from(&write.to),
        }
    }
    update
}

/// What giving back comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBack {
    /// What is written.
    pub writes: Vec<FieldWrite>,
    /// The routing to be seen afterwards.
    pub wanted: Routing,
    /// The groups that someone else changed since, and that are left as they are.
    pub left: Vec<Group>,
}

/// Plans the return of what was borrowed. `live` is what stands at Twilio now, `written` what Callab may have written: what it
/// last did for certain, and what a write that was cut off would have left.
#[must_use]
pub fn give_back(live: &Routing, written: &[Routing], borrowed: &Routing) -> GiveBack {
    let mut wanted = live.clone();
    let (mut planned, mut left) = (Vec::new(), Vec::new());
    for group in Group::ALL {
        if !written
            .iter()
            .any(|written| group_writes(group, live, written).is_empty())
        {
            if !group_writes(group, live, borrowed).is_empty() {
                left.push(group); // Neither ours nor back already: someone else's.
            }
            continue;
        }
        planned.extend(group_writes(group, live, borrowed));
        for field in group.fields() {
            field.set(&mut wanted, field.of(borrowed).cloned());
        }
    }
    GiveBack {
        writes: planned,
        wanted,
        left,
    }
}

#[cfg(test)]
mod tests;
