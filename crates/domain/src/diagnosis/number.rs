//! Is the number still there, and does it take calls?

use ::entity::phone_number::{AtTwilio, NumberState};

use super::checks::Check;
use super::evidence::{Evidence, NumberEvidence};
use crate::checklist::CheckName;

pub(super) fn owned(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::NumberOwned;
    let row = &number.row;
    let moved = seen.trouble(name, |trouble| trouble.number == Some(row.id));
    let check = match (&row.at_twilio, moved) {
        (AtTwilio::Listed, Some(found)) => {
            Check::of_trouble(seen, name, found, "Twilio does not know the number in this account.")
        }
        (AtTwilio::Listed, None) => Check::pass(name, "Twilio lists the number for this account."),
        (AtTwilio::Gone, _) => Check::fail(
            name,
            "NUMBER_GONE",
            "Twilio does not list the number for this account any more.",
        ),
        (AtTwilio::Undetermined, _) => Check::unknown(
            name,
            "NUMBER_UNKNOWN",
            "The account is disconnected, so nobody asks Twilio about the number.",
        ),
        (AtTwilio::Unknown(word), _) => Check::unknown(name, "NUMBER_UNKNOWN", format!("The number is \"{word}\".")),
    };
    check.or_seen(seen.read_at(number), seen.now, seen.fresh.numbers)
}

pub(super) fn voice(seen: &Evidence, number: &NumberEvidence) -> Check {
    let name = CheckName::NumberVoice;
    let row = &number.row;
    let in_fax_mode = row.seen_routing.voice_receive_mode.as_deref() == Some("fax");
    let check = if row.voice {
        Check::pass(name, "The number has the capability \"voice\" and takes calls.")
    } else if in_fax_mode {
        Check::fail(name, "FAX_MODE", "The number is set to receive faxes.").expecting("voice", "fax")
    } else {
        Check::fail(
            name,
            "NO_VOICE",
            "Twilio does not list the capability \"voice\" for the number.",
        )
    };
    check.seen(seen.read_at(number), seen.now, seen.fresh.numbers)
}

/// Whether Callab uses the number.
pub(super) fn is_in_use(number: &NumberEvidence) -> bool {
    number.row.state == NumberState::Added
}
