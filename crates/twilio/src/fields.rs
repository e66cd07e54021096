//! How Twilio writes single values: amounts as text, dates as RFC 2822, nothing as `""` or `null`.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The longest link that is kept.
const MAX_LINK_BYTES: usize = 200;

/// A text; `""` and `null` both mean none, and Twilio mixes them within one object.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// An RFC 2822 date (or an ISO 8601 one, which Twilio's newer products write) in UTC. One that cannot be read is none.
pub(crate) fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let date = text(from)?.and_then(|date| {
        DateTime::parse_from_rfc2822(&date)
            .or_else(|_| DateTime::parse_from_rfc3339(&date))
            .ok()
    });
    Ok(date.map(|date| date.to_utc()))
}

/// A day, `YYYY-MM-DD`. One that cannot be read is none.
pub(crate) fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    Ok(text(from)?.and_then(|day| day.parse().ok()))
}

/// A word of an open enum. None as for [`text`].
pub(crate) fn word<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    Ok(text(from)?.map(T::from))
}

/// A code, from text or a JSON number, as text. None as for [`text`], and what is neither is none.
pub(crate) fn code<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(from)?;
    let code = raw.and_then(|raw| text_of_number(&raw).ok().flatten());
    Ok(code.map(T::from))
}

/// A list; `null` means none in it.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A thing of a shape that Twilio does not promise. One that cannot be read is none.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(from)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

/// A list of such things, without those that cannot be read.
pub(crate) fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let items: Vec<Box<RawValue>> = lenient(from)?.unwrap_or_default();
    Ok(items
        .iter()
        .filter_map(|item| serde_json::from_str(item.get()).ok())
        .collect())
}

/// An address to show as a link; anything else is none.
pub(crate) fn link<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(lenient(from)?.filter(|url: &String| {
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && url.len() <= MAX_LINK_BYTES;
        is_plain && url.starts_with("https://")
    }))
}

/// A currency's ISO 4217 code in its one spelling: usage has it in lower case.
pub(crate) fn currency<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(text(from)?.map(|code| code.to_ascii_uppercase()))
}

/// An amount, from text or a JSON number, digit for digit.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    optional_decimal(from)?.ok_or_else(|| D::Error::custom("an amount is missing"))
}

/// An amount that may be absent. One that cannot be read is an error: money is never guessed.
pub(crate) fn optional_decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let Some(digits) = number_text(from)? else {
        return Ok(None);
    };
    Decimal::from_str_exact(&digits)
        .or_else(|_| Decimal::from_scientific(&digits))
        .map(Some)
        .map_err(|_| D::Error::custom("an amount is not a decimal number"))
}

/// A time in whole seconds.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    Ok(whole_number(from)?.map(Duration::from_secs))
}

/// A time in whole milliseconds.
pub(crate) fn milliseconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    Ok(whole_number(from)?.map(Duration::from_millis))
}

fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let Some(digits) = number_text(from)? else {
        return Ok(None);
    };
    digits
        .parse()
        .map(Some)
        .map_err(|_| D::Error::custom("a duration is not a whole number"))
}

/// The digits of a number, whether it came as text or as a JSON number. Kept as text: `f64` would change amounts.
fn number_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let raw = Option::<Box<RawValue>>::deserialize(from)?;
    raw.map_or(Ok(None), |raw| text_of_number(&raw).map_err(D::Error::custom))
}

fn text_of_number(raw: &RawValue) -> Result<Option<String>, &'static str> {
    let digits = match raw.get().as_bytes() {
        [b'"', ..] => serde_json::from_str(raw.get()).map_err(|_| "a number's text cannot be read")?,
        [b'-' | b'0'..=b'9', ..] => raw.get().to_owned(),
        _ => return Err("neither a text nor a number"),
    };
    let digits: String = digits;
    Ok(Some(digits.trim().to_owned()).filter(|digits| !digits.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Amount {
        #[serde(default, deserialize_with = "optional_decimal")]
        price: Option<Decimal>,
    }

    fn price(json: &str) -> Option<String> {
        let amount: Amount = serde_json::from_str(&format!("{{\"price\":{json}}}")).unwrap();
        amount.price.map(|price| price.to_string())
    }

    #[test]
    fn amounts_keep_every_digit() {
        assert_eq!(price("\"-0.200\"").as_deref(), Some("-0.200"));
        assert_eq!(
            price("12345678901234567.89").as_deref(),
            Some("12345678901234567.89"),
            "f64 would round it"
        );
        assert_eq!(price("1.5e-3").as_deref(), Some("0.0015"));
    }

    #[test]
    fn no_amount_is_none_and_nonsense_an_error() {
        assert_eq!(price("null"), None);
        assert_eq!(price("\"\""), None);
        assert!(serde_json::from_str::<Amount>("{\"price\":\"free\"}").is_err());
        assert!(serde_json::from_str::<Amount>("{\"price\":true}").is_err());
    }

    #[derive(Debug, Deserialize)]
    struct Coded {
        #[serde(default, deserialize_with = "code")]
        code: Option<String>,
    }

    #[test]
    fn a_code_is_a_text_or_a_number_and_nothing_else() {
        let code = |json: &str| {
            serde_json::from_str::<Coded>(&format!("{{\"code\":{json}}}"))
                .unwrap()
                .code
        };
        assert_eq!(code("11200").as_deref(), Some("11200"));
        assert_eq!(code("\" 11200 \"").as_deref(), Some("11200"));
        for none in ["null", "\"\"", "{}", "[11200]", "true", "{\"code\":1}"] {
            assert_eq!(code(none), None, "{none}");
        }
    }

    #[derive(Debug, Deserialize)]
    struct Moment {
        #[serde(default, deserialize_with = "date")]
        at: Option<DateTime<Utc>>,
    }

    fn at(json: &str) -> Option<String> {
        let moment: Moment = serde_json::from_str(&format!("{{\"at\":{json}}}")).unwrap();
        moment.at.map(|at| at.to_rfc3339())
    }

    #[test]
    fn dates_become_utc() {
        assert_eq!(
            at("\"Thu, 30 Jul 2015 20:00:00 +0200\"").as_deref(),
            Some("2015-07-30T18:00:00+00:00")
        );
        assert_eq!(
            at("\"2015-07-30T20:00:00Z\"").as_deref(),
            Some("2015-07-30T20:00:00+00:00")
        );
        assert_eq!(at("\"\""), None);
        assert_eq!(at("\"yesterday\""), None);
    }
}
