//! Twilio's identifiers (SIDs): two capital letters for the kind and 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hexadecimal digits after the two letters.
const DIGITS: usize = 32;

/// The kinds a person may mix up, with the words for them.
const KINDS: [(&str, &str); 6] = [
    ("AC", "an AC account SID"),
    ("SK", "an SK API key SID"),
    ("PN", "a PN phone number SID"),
    ("CA", "a CA call SID"),
    ("AP", "an AP application SID"),
    ("TK", "a TK trunk SID"),
];

/// Why a text is not the SID that was asked for. The text itself is left out: it may be a secret pasted in the wrong field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SidError {
    /// Nothing was given.
    #[error("{expected} is needed")]
    Empty {
        /// What was asked for.
        expected: &'static str,
    },
    /// A well-formed value of another kind, for instance an API key.
    #[error("{found} where {expected} belongs")]
    OtherKind {
        /// What was asked for.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Too short, too long or with a wrong character.
    #[error("{expected} is its two letters and 32 hexadecimal digits; {length} characters were given")]
    Unreadable {
        /// What was asked for.
        expected: &'static str,
        /// How many characters were given, blanks at the ends left out.
        length: usize,
    },
}

/// Names the kind of SID `text` is, if it is one.
pub(crate) fn kind_of(text: &str) -> Option<&'static str> {
    KINDS
        .iter()
        .find(|(prefix, _)| text.strip_prefix(prefix).is_some_and(is_digits))
        .map(|(_, name)| *name)
}

fn is_digits(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The SID in its one spelling. Twilio's specification takes either case, its SIDs are lower case.
fn parse(text: &str, prefix: &str, expected: &'static str) -> Result<String, SidError> {
    let text = text.trim();
    match text.strip_prefix(prefix) {
        Some(digits) if is_digits(digits) => Ok(format!("{prefix}{}", digits.to_ascii_lowercase())),
        _ if text.is_empty() => Err(SidError::Empty { expected }),
        // 32 digits without letters before them are what Twilio's Auth Tokens look like.
        _ if is_digits(text) => Err(SidError::OtherKind {
            expected,
            found: "an Auth Token",
        }),
        _ => Err(match kind_of(text) {
            Some(found) => SidError::OtherKind { expected, found },
            None => SidError::Unreadable {
                expected,
                length: text.chars().count(),
            },
        }),
    }
}

macro_rules! sid {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a SID as a person pastes it: blanks at the ends are dropped, the digits become lower case.
            ///
            /// # Errors
            /// [`SidError`] says what was given instead, without repeating it.
            pub fn parse(text: &str) -> Result<Self, SidError> {
                parse(text, $prefix, $expected).map(Self)
            }

            /// The SID as Twilio writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = SidError;

            fn from_str(text: &str) -> Result<Self, SidError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = SidError;

            fn try_from(text: String) -> Result<Self, SidError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0
            }
        }
    };
}

sid!(
    /// A Twilio account or subaccount.
    AccountSid, "AC", "an AC account SID"
);
sid!(
    /// A phone number as one account owns it; the same number in another account has another SID.
    NumberSid, "PN", "a PN phone number SID"
);
sid!(
    /// A call leg.
    CallSid, "CA", "a CA call SID"
);
sid!(
    /// A usage trigger.
    UsageTriggerSid, "UT", "a UT usage trigger SID"
);
sid!(
    /// An entry of the account's error log: an alert, or a call's notification.
    AlertSid, "NO", "a NO alert SID"
);
sid!(
    /// An API key.
    ApiKeySid, "SK", "an SK API key SID"
);

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_pasted_sid_gets_its_one_spelling() {
        let sid = AccountSid::parse(&format!("  AC{}\n", DIGITS.to_uppercase())).unwrap();
        assert_eq!(sid.as_str(), format!("AC{DIGITS}"));
    }

    #[test]
    fn a_mixed_up_field_is_named() {
        let error = AccountSid::parse(&format!("SK{DIGITS}")).unwrap_err();
        assert_eq!(error.to_string(), "an SK API key SID where an AC account SID belongs");

        let error = AccountSid::parse(DIGITS).unwrap_err();
        assert_eq!(
            error,
            SidError::OtherKind {
                expected: "an AC account SID",
                found: "an Auth Token"
            }
        );
        assert!(!error.to_string().contains(DIGITS));
    }

    #[test]
    fn length_digits_and_prefix_are_checked() {
        for text in [
            "AC123",
            "AC0123456789abcdef0123456789abcdeg",
            "ac0123456789abcdef0123456789abcdef",
            "AC…",
        ] {
            assert!(
                matches!(CallSid::parse(text), Err(SidError::Unreadable { .. })),
                "{text}"
            );
        }
        assert!(matches!(CallSid::parse("  "), Err(SidError::Empty { .. })));
    }

    #[test]
    fn json_goes_through_the_same_check() {
        let sid: NumberSid = serde_json::from_str(&format!("\"PN{DIGITS}\"")).unwrap();
        assert_eq!(serde_json::to_string(&sid).unwrap(), format!("\"PN{DIGITS}\""));
        assert!(serde_json::from_str::<NumberSid>(&format!("\"AC{DIGITS}\"")).is_err());
    }
}
