//! What a phone number says of itself: is it E.164, of which country, how is it written nationally.

use crate::countries;

/// Whether the text is E.164: `+`, a digit from 1 to 9, then 7 to 14 digits.
pub(crate) fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// The ISO 3166 country of a number (`US`), or nothing when its country code is not in use.
pub(crate) fn country(number: &str) -> Option<String> {
    let parsed = phonenumber::parse(None, number).ok()?;
    let country = parsed.country();
    let by_number = country.id().map(|id| id.as_ref().to_owned());
    // Numbers kept free for fiction lie in no country of those that share a calling code: they count as the largest one's.
    by_number.or_else(|| countries::main_of_code(country.code()).map(|country| country.iso.to_owned()))
}

/// As Twilio's `to_formatted` writes it: `(415) 867-5309` for North America, the number itself for the rest.
pub(crate) fn formatted(number: &str) -> String {
    match number.strip_prefix("+1") {
        Some(digits) if digits.len() == 10 && digits.is_ascii() => {
            format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..])
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{country, formatted, is_e164};

    #[test]
    fn numbers_are_judged_by_their_digits() {
        assert!(is_e164("+14155550123"));
        for wrong in [
            "14155550123",
            "+0123456789",
            "+1 415",
            "+123",
            "anonymous",
            "+1234567890123456",
        ] {
            assert!(!is_e164(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_country_comes_from_the_country_code() {
        assert_eq!(country("+14155550123").as_deref(), Some("US"));
        assert_eq!(country("+442071838750").as_deref(), Some("GB"));
        assert_eq!(country("+447700900123").as_deref(), Some("GB"));
        assert_eq!(country("+21012345678"), None);
    }

    #[test]
    fn north_american_numbers_are_written_nationally() {
        assert_eq!(formatted("+14158675309"), "(415) 867-5309");
        assert_eq!(formatted("+442071838750"), "+442071838750");
    }
}
