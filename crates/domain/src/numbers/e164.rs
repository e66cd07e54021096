//! What a phone number tells of itself.

use ::entity::E164;
use ::entity::phone_number::NumberKind;
use phonenumber::Type;

use crate::{Refusal, RefusalCode};

/// Reads a phone number that a person typed in E.164.
///
/// # Errors
/// A refusal on `field`.
pub fn parse_e164(text: &str, field: &'static str) -> Result<E164, Refusal> {
    let malformed = || {
        let message = "Write the phone number in international form, without blanks: +14155550123.";
        Refusal::new(RefusalCode::NumberMalformed, message).on(field)
    };
    let number = E164::parse(text.trim()).map_err(|_| malformed())?;
    phonenumber::parse(None, number.as_str()).map_err(|_| malformed())?;
    Ok(number)
}

/// A number's country (ISO 3166-1 alpha-2) and type.
///
/// Twilio's word for the type counts where it gives one, a new one too; else Google's metadata decides. Where a plan does not
/// tell landlines from mobiles, as in North America, the number is bound to a place: local.
#[must_use]
pub fn country_and_kind(number: &E164, twilio_says: Option<&str>) -> (Option<String>, NumberKind) {
    let parsed = phonenumber::parse(None, number.as_str()).ok();
    let country = parsed
        .as_ref()
        .and_then(|parsed| parsed.country().id())
        .map(|id| id.as_ref().to_owned());
    let from_twilio = match twilio_says
        .map(|word| word.to_ascii_lowercase().replace(['-', ' ', '_'], ""))
        .as_deref()
    {
        Some("local") => Some(NumberKind::Local),
        Some("mobile") => Some(NumberKind::Mobile),
        Some("tollfree") => Some(NumberKind::TollFree),
        Some("national") => Some(NumberKind::National),
        Some("") | None => None,
        Some(_) => twilio_says.map(NumberKind::from), // A type that came later: kept as it is.
    };
    let from_plan = || match parsed.map(|parsed| parsed.number_type(&phonenumber::metadata::DATABASE)) {
        Some(Type::Mobile) => NumberKind::Mobile,
        Some(Type::TollFree) => NumberKind::TollFree,
        Some(Type::SharedCost | Type::Uan | Type::Voip | Type::PersonalNumber | Type::PremiumRate) => {
            NumberKind::National
        }
        _ => NumberKind::Local,
    };
    (country, from_twilio.unwrap_or_else(from_plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_and_type_come_from_twilio_or_the_numbering_plan() {
        let cases = [
            ("+14155550123", None, Some("US"), NumberKind::Local),
            ("+18005550123", None, Some("US"), NumberKind::TollFree),
            ("+4915112345678", None, Some("DE"), NumberKind::Mobile),
            ("+4932211234567", Some("national"), Some("DE"), NumberKind::National),
            ("+14155550123", Some("toll-free"), Some("US"), NumberKind::TollFree),
            (
                "+14155550123",
                Some("hologram"),
                Some("US"),
                NumberKind::Unknown("hologram".into()),
            ),
        ];
        for (number, twilio_says, country, kind) in cases {
            let number = E164::parse(number).unwrap();
            let (found, found_kind) = country_and_kind(&number, twilio_says);
            assert_eq!((found.as_deref(), found_kind), (country, kind), "{number}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert!(parse_e164(" +14155550123 ", "to").is_ok());
        for text in ["", "4155550123", "+1 415 555", "+999999999999", "anna"] {
            assert_eq!(
                parse_e164(text, "to").map_err(|refusal| refusal.field),
                Err(Some("to")),
                "{text}"
            );
        }
    }
}
