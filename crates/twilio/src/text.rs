//! Twilio's own words, made fit to be shown.

use std::fmt::{self, Debug, Display};

use serde::Deserialize;

/// The longest text of Twilio's that is kept, in characters.
const MAX_TEXT: usize = 300;

/// A text Twilio wrote for people: at most 300 characters, without control characters, and without the secret it was
/// asked with. It often names phone numbers, so it is for showing to the account's owner; `Debug`, and with it a log,
/// leaves it out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct TwilioText(String);

impl TwilioText {
    /// Cleans `text`, with every occurrence of `secret` taken out: once nothing is left that could stand inside of one, and before
    /// anything is cut off.
    pub(crate) fn new(text: &str, secret: &str) -> Self {
        let text: String = text.chars().filter(|c| is_printable(*c)).collect();
        Self::clean(&text.replace(secret, "[secret]"))
    }

    fn clean(text: &str) -> Self {
        Self(text.chars().filter(|c| is_printable(*c)).take(MAX_TEXT).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that may tell of a caller, such as what Twilio sent to a webhook. It is for those who may see the call; `Debug`, and
/// with it a log, leaves it out.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateText(String);

impl PrivateText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first value of the field `name`, where the text is a form: Twilio writes its explanations so, with the sentence in
    /// `Msg`.
    #[must_use]
    pub fn form_field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.0.as_bytes())
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl From<String> for PrivateText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Debug for PrivateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateText")
    }
}

/// Neither a control character nor one that turns the direction of the text around it.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl From<String> for TwilioText {
    /// Cleans a text of a place that knows no secret.
    fn from(text: String) -> Self {
        Self::clean(&text)
    }
}

impl Display for TwilioText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Debug for TwilioText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwilioText")
    }
}
