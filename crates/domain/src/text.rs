//! Text that people type: names, labels, nicknames.

use crate::{Refusal, RefusalCode};

/// The most characters of a name, a label or a nickname.
pub const MAX_NAME: usize = 100;

/// The fewest characters of a reason.
pub const MIN_REASON: usize = 3;

/// The most characters of a reason.
pub const MAX_REASON: usize = 200;

/// Reads a name: blanks at its ends dropped, 1 to [`MAX_NAME`] characters, no control or bidirectional-formatting characters.
///
/// # Errors
/// A refusal on `field`, without the text in it.
pub fn name(text: &str, field: &'static str) -> Result<String, Refusal> {
    up_to(MAX_NAME, text, field)
}

/// Reads why something is done, for the audit log: like a name, of [`MIN_REASON`] to [`MAX_REASON`] characters.
///
/// # Errors
/// A refusal on `field`, without the text in it.
pub fn reason(text: &str, field: &'static str) -> Result<String, Refusal> {
    let text = up_to(MAX_REASON, text, field)?;
    if text.chars().count() < MIN_REASON {
        let message = format!("A reason has {MIN_REASON} to {MAX_REASON} characters.");
        return Err(Refusal::new(RefusalCode::Malformed, message).on(field));
    }
    Ok(text)
}

fn up_to(most: usize, text: &str, field: &'static str) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(Refusal::new(RefusalCode::Empty, "This cannot be empty.").on(field));
    }
    if length > most {
        let message = format!("This has {length} characters; at most {most} are allowed.");
        return Err(Refusal::new(RefusalCode::TooLong, message).on(field));
    }
    if text.chars().any(is_invisible_formatting) {
        let message = "This holds control or invisible formatting characters. Type it again.";
        return Err(Refusal::new(RefusalCode::ControlCharacters, message).on(field));
    }
    Ok(text.to_owned())
}

/// Reads an id that another system gave: like a name, and without blanks inside.
///
/// # Errors
/// A refusal on `field`.
pub fn external_id(text: &str, field: &'static str) -> Result<String, Refusal> {
    let text = name(text, field)?;
    if text.contains(char::is_whitespace) {
        return Err(Refusal::new(RefusalCode::Malformed, "An id has no blanks inside.").on(field));
    }
    Ok(text)
}

/// Control characters, and those that make text read otherwise than it is written.
/// Source: Unicode Standard Annex 9, section 2; zero-width joiners stay, since scripts and emoji need them.
pub(crate) fn is_invisible_formatting(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(name("  Main line  ", "nickname").as_deref(), Ok("Main line"));
        assert_eq!(name(&"ä".repeat(100), "nickname").map(|n| n.chars().count()), Ok(100));
        for (text, code) in [
            ("", RefusalCode::Empty),
            (" \t ", RefusalCode::Empty),
            (&*"a".repeat(101), RefusalCode::TooLong),
            ("a\u{1b}[31m", RefusalCode::ControlCharacters),
            ("a\u{202E}b", RefusalCode::ControlCharacters),
            ("a\0b", RefusalCode::ControlCharacters),
        ] {
            let refusal = name(text, "nickname").unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some("nickname")), "{text:?}");
        }
        assert!(name("👩‍👧 línea", "nickname").is_ok());
    }

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason(" CRM ", "reason").as_deref(), Ok("CRM"));
        assert!(reason(&"ä".repeat(200), "reason").is_ok());
        for (text, code) in [
            ("", RefusalCode::Empty),
            ("ok ", RefusalCode::Malformed),
            (&*"a".repeat(201), RefusalCode::TooLong),
            ("why\u{202E}", RefusalCode::ControlCharacters),
        ] {
            let refusal = reason(text, "reason").unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some("reason")), "{text:?}");
        }
    }
}
