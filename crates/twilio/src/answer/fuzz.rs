//! What Twilio answers: its official examples, changed in ways that its documentation leaves room for. What is new in them is passed
//! over, what is missing is none, and nothing of a list is lost.

use std::fmt::Debug;

use ::fuzz::Target;
use proptest::prelude::*;
use proptest::sample::Index;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error_body::ErrorBody;
use crate::page::{Listed, Page};
use crate::{
    Account, AccountKind, AccountSid, AccountStatus, Alert, Balance, Call, CallDirection, CallNotification, CallStatus,
    CallSummary, CallerId, DialingPermissions, InsightsSettings, LogLevel, Number, NumberPrices, TriggerBy,
    TriggerRecurring, TwilioText, UsageRecord, UsageTrigger, VoiceCountryPrices, VoicePrice, VoiceRegion, call_log,
    fields, tokens,
};

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "\"\"",
    "true",
    "0",
    "-1",
    "1e400",
    "1.5",
    "\"x\"",
    "{}",
    "[]",
    "\"sid\"",
    "\"code\"",
    "\"message\"",
    "\"next_page_uri\"",
    "\"meta\"",
    "\\u0000",
    "\\ud800",
    "\\",
];

fn target() -> Target {
    Target::new(env!("CARGO_MANIFEST_DIR"), "answers", WORDS)
}

/// What may stand in the place of a value.
fn odd_values() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(""),
        json!("a word of a later year"),
        json!("0.1234567890123456789"),
        json!("Thu, 30 Jul 2015 20:00:00 +0000"),
        json!("2015-99-99"),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(true),
        json!([]),
        json!([null]),
        json!({}),
        json!({ "a": { "b": [1, "c"] } }),
    ])
}

/// An example in which some values are others.
fn changed_examples() -> impl Strategy<Value = Value> {
    let examples: Vec<Value> = target()
        .files()
        .iter()
        .filter_map(|file| serde_json::from_slice(file).ok())
        .collect();
    let changes = prop::collection::vec((any::<Index>(), odd_values()), 0..6);
    (any::<Index>(), changes).prop_map(move |(first, changes)| {
        let mut example = first.get(&examples).clone();
        for (at, value) in changes {
            let mut places = Vec::new();
            places_in(&example, String::new(), &mut places);
            if let Some(place) = example.pointer_mut(at.get::<String>(&places)) {
                *place = value;
            }
        }
        example
    })
}

fn places_in(value: &Value, here: String, places: &mut Vec<String>) {
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(n, value)| places_in(value, format!("{here}/{n}"), places)),
        Value::Object(object) => object
            .iter()
            .for_each(|(name, value)| places_in(value, format!("{here}/{name}"), places)),
        _ => {}
    }
    places.push(here);
}

/// The same with a field in every object that nobody knows yet.
fn with_news(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(with_news).collect(),
        Value::Object(object) => {
            let known = object.iter().map(|(name, value)| (name.clone(), with_news(value)));
            let new = [("a_field_of_a_later_year".to_owned(), json!([{ "deep": null }]))];
            Value::Object(known.chain(new).collect())
        }
        other => other.clone(),
    }
}

/// The same without the fields that are null.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        Value::Object(object) => {
            let known = object.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                known
                    .map(|(name, value)| (name.clone(), without_nulls(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// The same as text, the fields of each object from the last to the first.
fn backwards(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(backwards).collect::<Vec<_>>().join(",")),
        Value::Object(object) => {
            let fields = object
                .iter()
                .rev()
                .map(|(name, value)| format!("{}:{}", json!(name), backwards(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Answers whether it was read at all.
fn is_read_alike<T: DeserializeOwned + PartialEq + Debug>(example: &Value) -> Result<bool, TestCaseError> {
    let read = |json: &str| serde_json::from_str::<T>(json).ok();
    let plain = read(&example.to_string());
    prop_assert_eq!(&read(&with_news(example).to_string()), &plain, "with what is new");
    prop_assert_eq!(
        &read(&without_nulls(example).to_string()),
        &plain,
        "null and missing are the same"
    );
    prop_assert_eq!(&read(&backwards(example)), &plain, "in any order");
    Ok(plain.is_some())
}

fn is_listed_whole<T: Listed>(page: &[u8]) -> Result<(), TestCaseError> {
    let Ok(read) = Page::<T>::parse(page) else {
        return Ok(());
    };
    let Ok(page) = serde_json::from_slice::<Value>(page) else {
        return Ok(()); // What the reader of values does not take: half a surrogate, or a number beyond all bounds.
    };
    prop_assert_eq!(
        Some(read.items.len()),
        page[T::KEY].as_array().map(Vec::len),
        "every item of {}",
        T::KEY
    );
    let next = match page.get("next_page_uri") {
        Some(next) => next.as_str(),
        None => page["meta"]["next_page_url"].as_str(),
    };
    prop_assert_eq!(read.next.as_deref(), next.filter(|next| !next.is_empty()));
    Ok(())
}

/// How many types there are that answers are read as.
const TYPES: usize = 15;

/// Answers which of the types it was read as.
fn is_read_alike_as_anything(example: &Value) -> Result<[bool; TYPES], TestCaseError> {
    let first = |key: &str| example[key].get(0).unwrap_or(example).clone();
    Ok([
        is_read_alike::<Account>(example)?,
        is_read_alike::<Balance>(example)?,
        is_read_alike::<Number>(&first("incoming_phone_numbers"))?,
        is_read_alike::<CallerId>(&first("outgoing_caller_ids"))?,
        is_read_alike::<Call>(&first("calls"))?,
        is_read_alike::<CallNotification>(&first("notifications"))?,
        is_read_alike::<Alert>(&first("alerts"))?,
        is_read_alike::<UsageRecord>(&first("usage_records"))?,
        is_read_alike::<UsageTrigger>(&first("usage_triggers"))?,
        is_read_alike::<DialingPermissions>(example)?,
        is_read_alike::<InsightsSettings>(example)?,
        is_read_alike::<CallSummary>(example)?,
        is_read_alike::<VoicePrice>(example)?,
        is_read_alike::<VoiceCountryPrices>(example)?,
        is_read_alike::<NumberPrices>(example)?,
    ])
}

#[test]
fn what_is_new_is_passed_over_and_what_is_missing_is_none() {
    let mut read = [false; TYPES];
    for file in target().files() {
        if let Ok(example) = serde_json::from_slice(file) {
            let as_these = is_read_alike_as_anything(&example).unwrap();
            read = std::array::from_fn(|n| read[n] || as_these[n]);
        }
    }
    assert_eq!(read, [true; TYPES], "there is an example of each, and it is read");
    let written = |example: &Value| example.to_string().into_bytes();
    target().made(&changed_examples(), written, |example| {
        is_read_alike_as_anything(example).map(|_| ())
    });
}

#[test]
fn no_bytes_break_a_reader_and_none_of_a_list_is_lost() {
    let account = AccountSid::parse("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").expect("a SID");
    target().bytes(|body| {
        is_listed_whole::<Number>(body)?;
        is_listed_whole::<CallerId>(body)?;
        is_listed_whole::<Call>(body)?;
        is_listed_whole::<CallNotification>(body)?;
        is_listed_whole::<Alert>(body)?;
        is_listed_whole::<UsageRecord>(body)?;
        is_listed_whole::<UsageTrigger>(body)?;
        let _ = call_log::read(body, None);
        if let Some(error) = ErrorBody::parse(body) {
            let is_twilios = error
                .more_info
                .is_none_or(|url| url.starts_with("https://www.twilio.com/"));
            prop_assert!(is_twilios);
        }
        if let Err(fault) = tokens::read(body, &account) {
            let told = format!("{fault} {fault:?}");
            prop_assert!(told.len() < 300, "an error says where, and not what: {told}");
        }
        Ok(())
    });
}

proptest! {
    #[test]
    fn a_word_that_nobody_knows_is_kept(word: String) {
        prop_assert_eq!(String::from(CallStatus::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(CallDirection::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(AccountStatus::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(AccountKind::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(LogLevel::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(TriggerBy::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(TriggerRecurring::from(word.clone())), word.clone());
        prop_assert_eq!(String::from(VoiceRegion::from(word.clone())), word.clone());
    }

    #[test]
    fn an_amount_is_read_digit_for_digit(digits in any::<u64>(), scale in 0..=19_u32, is_text: bool) {
        #[derive(Deserialize)]
        struct Priced {
            #[serde(deserialize_with = "fields::decimal")]
            price: Decimal,
        }
        let written = format!("{digits:020}");
        let (whole, decimals) = written.split_at(20 - scale as usize);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let amount = if decimals.is_empty() { format!("-{whole}") } else { format!("-{whole}.{decimals}") };
        let json = if is_text { format!("{{\"price\":\"{amount}\"}}") } else { format!("{{\"price\":{amount}}}") };
        let read: Priced = serde_json::from_str(&json).map_err(|error| TestCaseError::fail(format!("{json}: {error}")))?;
        // Nothing has no sign.
        let expected = if digits == 0 { amount.trim_start_matches('-') } else { &amount };
        let told = read.price.to_string();
        prop_assert_eq!(if digits == 0 { told.trim_start_matches('-') } else { told.as_str() }, expected);
    }

    /// Whatever stands around it or in it: a text of Twilio's is shown without the secret that it was asked with.
    #[test]
    fn a_text_is_shown_without_the_secret(
        secret in "[0-9a-f]{8,32}",
        around in "\\PC{0,320}",
        hidden in prop::sample::select(vec!["", "\u{0}", "\u{200e}", "\u{202e}", "\n"]),
        at in any::<Index>(),
    ) {
        let cut = at.index(secret.len());
        let text = format!("{around}{}{hidden}{}{around}", &secret[..cut], &secret[cut..]);
        let shown = TwilioText::new(&text, &secret);
        prop_assert!(!shown.as_str().contains(&secret), "{shown}");
        // Nor cut off at the end, all but a few characters of it.
        let begins = &secret[..secret.len() - 2];
        prop_assert!(around.contains(begins) || !shown.as_str().ends_with(begins), "{shown}");
        prop_assert!(shown.as_str().chars().count() <= 300);
    }
}
