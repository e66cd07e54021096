//! How a number's routing at Twilio differs from what Callab wrote, and what that does to its calls.

use ::entity::Routing;

use super::{Field, Group, group_writes, writes};

/// One field that is no longer what Callab wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDeviation {
    /// Which.
    pub field: Field,
    /// What Callab wrote; none for a field that is to be unset.
    pub expected: Option<String>,
    /// What stands there; none where it is not set.
    pub actual: Option<String>,
}

/// What a deviation does to the number's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DriftReason {
    /// A SIP trunk takes the calls before anything else.
    OverriddenByTrunk,
    /// An application answers in the place of the voice URL.
    OverriddenByApplication,
    /// The number was switched to receive faxes.
    ReceivesFaxes,
    /// An address that Callab wrote was taken out.
    NotSet,
    /// An address that Callab wrote was replaced by another.
    UrlChanged,
    /// An address of Callab's is asked with another method.
    WrongMethod,
    /// Another of Twilio's regions answers the number, by that region's own settings.
    OtherRegion,
}

impl DriftReason {
    /// The stable code, such as `URL_CHANGED`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OverriddenByTrunk => "OVERRIDDEN_BY_TRUNK",
            Self::OverriddenByApplication => "OVERRIDDEN_BY_APPLICATION",
            Self::ReceivesFaxes => "RECEIVES_FAXES",
            Self::NotSet => "NOT_SET",
            Self::UrlChanged => "URL_CHANGED",
            Self::WrongMethod => "WRONG_METHOD",
            Self::OtherRegion => "OTHER_REGION",
        }
    }
}

impl DriftReason {
    /// What it means for the number's calls, and the way out, for people.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::OverriddenByTrunk => {
                "A SIP trunk was set on the number and takes its calls before anything else. Repair the routing, or accept it."
            }
            Self::OverriddenByApplication => {
                "A Twilio application was set on the number and answers in the place of Callab. Repair the routing, or accept it."
            }
            Self::ReceivesFaxes => {
                "The number was switched to receive faxes, so no agent can answer it. Switch it back to voice in the Twilio Console."
            }
            Self::NotSet => "An address of Callab's was taken out of the number. Repair the routing, or accept it.",
            Self::UrlChanged => "An address of Callab's was replaced by another. Repair the routing, or accept it.",
            Self::WrongMethod => "Twilio asks Callab's address with another HTTP method than POST. Repair the routing.",
            Self::OtherRegion => {
                "The number is answered in another of Twilio's regions, by that region's settings. Route it back in the Twilio Console."
            }
        }
    }
}

/// The fields of `seen` that are not as `written`, in Twilio's order. Empty when nothing has drifted; unset and default methods
/// are taken for alike.
#[must_use]
pub fn deviation(written: &Routing, seen: &Routing) -> Vec<FieldDeviation> {
    let deviations = writes(seen, written).into_iter().map(|write| FieldDeviation {
        field: write.field,
        expected: write.to,
        actual: write.from,
    });
    deviations.collect()
}

/// The first cause in Twilio's order of precedence: trunk, application, voice URL, its method; then the fallback and the status
/// callback, whose change leaves calls where they are. `answered_elsewhere` is the word of Twilio's routes: another region than
/// the account's answers the number. It counts last, since what it does to calls is not documented. None when nothing deviates.
#[must_use]
pub fn reason(written: &Routing, seen: &Routing, answered_elsewhere: bool) -> Option<DriftReason> {
    let deviations = deviation(written, seen);
    let of_group = |group: Group| {
        let of_field = |field: &Field| deviations.iter().find(|deviation| deviation.field == *field);
        let found = group.fields().iter().filter_map(of_field);
        found.filter_map(cause).min_by_key(|cause| precedence(*cause))
    };
    let cause = Group::ALL.into_iter().find_map(of_group);
    cause.or(answered_elsewhere.then_some(DriftReason::OtherRegion))
}

/// Whether calls still come to us: nothing of the voice group deviates.
#[must_use]
pub fn calls_still_come(written: &Routing, seen: &Routing) -> bool {
    group_writes(Group::Voice, seen, written).is_empty()
}

fn cause(deviation: &FieldDeviation) -> Option<DriftReason> {
    let is_set = deviation.actual.is_some();
    match deviation.field {
        Field::TrunkSid => is_set.then_some(DriftReason::OverriddenByTrunk),
        Field::VoiceApplicationSid => is_set.then_some(DriftReason::OverriddenByApplication),
        Field::VoiceReceiveMode => Some(DriftReason::ReceivesFaxes),
        Field::VoiceUrl | Field::VoiceFallbackUrl | Field::StatusCallback => Some(if is_set {
            DriftReason::UrlChanged
        } else {
            DriftReason::NotSet
        }),
        Field::VoiceMethod | Field::VoiceFallbackMethod | Field::StatusCallbackMethod => Some(DriftReason::WrongMethod),
    }
}

/// What Twilio looks at first comes first.
fn precedence(reason: DriftReason) -> u8 {
    match reason {
        DriftReason::ReceivesFaxes => 0,
        DriftReason::OverriddenByTrunk => 1,
        DriftReason::OverriddenByApplication => 2,
        DriftReason::NotSet | DriftReason::UrlChanged => 3,
        DriftReason::WrongMethod => 4,
        DriftReason::OtherRegion => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ours;
    use super::*;

    fn written() -> Routing {
        ours("https://byot.callab.example", "ref", &Routing::default())
    }

    fn seen(change: impl FnOnce(&mut Routing)) -> Routing {
        let mut seen = written();
        change(&mut seen);
        seen
    }

    fn why(change: impl FnOnce(&mut Routing)) -> Option<DriftReason> {
        reason(&written(), &seen(change), false)
    }

    const OTHER: &str = "https://other.example/voice";

    #[test]
    fn a_deviation_tells_what_was_written_and_what_stands_there() {
        let now = seen(|routing| routing.voice_url = Some(OTHER.into()));
        let found = deviation(&written(), &now);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].field, &found[0].expected, &found[0].actual),
            (Field::VoiceUrl, &written().voice_url, &Some(OTHER.to_owned()))
        );
        assert!(!calls_still_come(&written(), &now));
        let unset = seen(|routing| routing.voice_method = None); // POST, which is what was written.
        assert!(deviation(&written(), &unset).is_empty());
        assert!(calls_still_come(
            &written(),
            &seen(|routing| routing.status_callback = None)
        ));
    }

    #[test]
    fn each_cause_has_its_name() {
        assert_eq!(why(|_| {}), None);
        assert_eq!(why(|routing| routing.voice_url = None), Some(DriftReason::NotSet));
        assert_eq!(
            why(|routing| routing.voice_url = Some(OTHER.into())),
            Some(DriftReason::UrlChanged)
        );
        let get = || Some("GET".to_owned());
        assert_eq!(
            why(|routing| routing.voice_method = get()),
            Some(DriftReason::WrongMethod)
        );
        let trunk = |routing: &mut Routing| routing.trunk_sid = Some("TK1".into());
        assert_eq!(why(trunk), Some(DriftReason::OverriddenByTrunk));
        let application = |routing: &mut Routing| routing.voice_application_sid = Some("AP1".into());
        assert_eq!(why(application), Some(DriftReason::OverriddenByApplication));
        let fax = |routing: &mut Routing| routing.voice_receive_mode = Some("fax".into());
        assert_eq!(why(fax), Some(DriftReason::ReceivesFaxes));
        assert_eq!(why(|routing| routing.status_callback = None), Some(DriftReason::NotSet));
    }

    #[test]
    fn of_two_causes_the_one_that_twilio_looks_at_first_is_named() {
        let both = |routing: &mut Routing| {
            routing.voice_url = Some(OTHER.into());
            routing.voice_application_sid = Some("AP1".into());
        };
        assert_eq!(why(both), Some(DriftReason::OverriddenByApplication));
        // What decides about calls comes before what is only told of them.
        let lesser = |routing: &mut Routing| {
            routing.voice_method = Some("GET".into());
            routing.status_callback = None;
        };
        assert_eq!(why(lesser), Some(DriftReason::WrongMethod));
    }

    #[test]
    fn another_region_counts_where_nothing_else_is_seen() {
        assert_eq!(reason(&written(), &written(), true), Some(DriftReason::OtherRegion));
        let changed = seen(|routing| routing.voice_url = Some(OTHER.into()));
        assert_eq!(reason(&written(), &changed, true), Some(DriftReason::UrlChanged));
    }
}
