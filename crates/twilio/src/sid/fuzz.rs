//! SIDs and secrets as people paste them, against another reading.

use ::fuzz::Target;
use proptest::prelude::*;

use super::*;
use crate::AuthToken;

const WORDS: &[&str] = &[
    "AC",
    "SK",
    "PN",
    "CA",
    "ac",
    " ",
    "\n",
    "\u{a0}",
    "0",
    "f",
    "F",
    "g",
    "0123456789abcdef",
    "\"",
    "é",
    "Ａ",
];

/// The SID in its one spelling, character by character.
fn by_another_reading(text: &str, prefix: &str) -> Option<String> {
    let characters: Vec<char> = text.trim().chars().collect();
    let (kind, digits) = characters.split_at_checked(2)?;
    let is_kind = kind.iter().collect::<String>() == prefix;
    let digits: Option<String> = digits
        .iter()
        .map(|c| c.to_digit(16).and_then(|digit| char::from_digit(digit, 16)))
        .collect();
    digits
        .filter(|digits| is_kind && digits.len() == 32)
        .map(|digits| prefix.to_owned() + &digits)
}

#[test]
fn a_sid_is_read_in_its_one_spelling_or_not_at_all() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "sids", WORDS).texts(|text| {
        let read = [
            ("AC", AccountSid::parse(text).map(String::from)),
            ("PN", NumberSid::parse(text).map(String::from)),
            ("CA", CallSid::parse(text).map(String::from)),
            ("UT", UsageTriggerSid::parse(text).map(String::from)),
            ("NO", AlertSid::parse(text).map(String::from)),
            ("SK", ApiKeySid::parse(text).map(String::from)),
        ];
        for (prefix, read) in &read {
            let expected = by_another_reading(text, prefix);
            prop_assert_eq!(read.as_ref().ok(), expected.as_ref(), "as {}", prefix);
            if let Err(error) = read {
                let (told, sent) = (error.to_string(), text.trim());
                prop_assert!(
                    sent.len() < 12 || !told.contains(sent),
                    "the error repeats what may be a secret: {told}"
                );
            }
        }
        let json = serde_json::to_string(text).expect("a text");
        let by_json = serde_json::from_str::<AccountSid>(&json).ok();
        prop_assert_eq!(by_json, AccountSid::parse(text).ok(), "JSON is read alike");

        match AuthToken::parse(text) {
            Ok(token) => {
                prop_assert_eq!(token.expose_secret(), text.trim());
                prop_assert!(
                    read.iter().all(|(_, read)| read.is_err()) || kind_of(text.trim()).is_none(),
                    "a SID is no token"
                );
                let printed = format!("{token:?}");
                prop_assert!(token.expose_secret().len() < 6 || !printed.contains(token.expose_secret()));
            }
            Err(error) => prop_assert!(text.trim().len() < 12 || !error.to_string().contains(text.trim())),
        }
        Ok(())
    });
}
