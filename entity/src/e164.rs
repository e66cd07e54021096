//! Phone numbers in the international form E.164.

use sea_orm::DeriveValueType;
use sea_orm::sea_query::ValueTypeErr;
use serde::{Deserialize, Serialize};

/// A phone number as `+`, then 2 to 15 digits of which the first is not zero: `+14155550123`.
///
/// Source: ITU-T E.164, section 6. Whether the number exists is not checked here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
#[serde(try_from = "String", into = "String")]
#[sea_orm(value_type = "String")]
pub struct E164(String);

/// The text is not a phone number in the form `+14155550123`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotE164;

impl E164 {
    /// Reads a number written strictly in E.164, without blanks or signs.
    ///
    /// # Errors
    /// [`NotE164`] for anything else, such as `anonymous`, `client:anna` or `0171 55`.
    pub fn parse(text: &str) -> Result<Self, NotE164> {
        let digits = text.strip_prefix('+').ok_or(NotE164)?;
        let fits =
            (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if fits { Ok(Self(text.to_owned())) } else { Err(NotE164) }
    }

    /// The number as text, `+` first.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with all but the first three and the last two characters hidden, for logs and events.
    #[must_use]
    pub fn masked(&self) -> String {
        let (head, tail) = (
            3.min(self.0.len()),
            self.0.len().saturating_sub(2).max(3.min(self.0.len())),
        );
        format!("{}•••{}", &self.0[..head], &self.0[tail..])
    }
}

impl std::fmt::Display for E164 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for E164 {
    type Err = ValueTypeErr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).map_err(|_| ValueTypeErr)
    }
}

impl TryFrom<String> for E164 {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|_| "not a phone number in E.164")
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plus_and_two_to_fifteen_digits_are_a_number() {
        for good in ["+14155550123", "+4930123", "+123456789012345"] {
            assert_eq!(E164::parse(good).map(|n| n.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "+",
            "14155550123",
            "+0155",
            "+1",
            "+1234567890123456",
            "+1 415",
            "+1415a",
            "anonymous",
            "+١٢٣٤",
        ] {
            assert_eq!(E164::parse(bad), Err(NotE164), "{bad}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_ends_only() {
        assert_eq!(
            E164::parse("+14155550123").map(|n| n.masked()).as_deref(),
            Ok("+14•••23")
        );
    }
}
