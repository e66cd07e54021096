//! What calls and numbers cost, before they are made or bought: asked of Twilio, and kept for a few minutes.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use ::entity::phone_number::{self, AtTwilio};
use ::entity::{AccountId, Amount, E164, twilio_account};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use twilio::{Credentials, NumberPrices, OutboundPrice, TwilioError, VoicePrice};

use crate::{Actor, Error, Fault, Refusal, RefusalCode, Services, accounts, numbers, secrets, twilio_refusal};

/// How long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(5);

/// How many answers are kept.
const KEPT: usize = 10_000;

/// The most countries of one question.
const MAX_COUNTRIES: usize = 10;

/// How long is waited for a price that is shown beside something else.
const TOLD_WITHIN: Duration = Duration::from_secs(3);

/// What an account is to be told the price of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The number to be called.
    pub to: Option<String>,
    /// The number to call from.
    pub from: Option<String>,
    /// The countries of numbers, by their codes of two letters; those that the account has numbers in if none are named.
    pub countries: Option<Vec<String>>,
}

/// What it costs.
#[derive(Clone, Debug)]
pub struct Pricing {
    /// The call; none where Twilio does not know the destination, or none was named.
    pub call: Option<VoicePrice>,
    /// The numbers, a country at a time. Countries without numbers of Twilio's are left out.
    pub rentals: Vec<Rental>,
    /// When Twilio told the oldest of it.
    pub as_of: DateTime<Utc>,
}

/// What numbers of a country cost a month.
#[derive(Clone, Debug)]
pub struct Rental {
    /// The country's code of two letters.
    pub country: String,
    /// Its prices.
    pub prices: NumberPrices,
}

/// Tells an account's prices.
///
/// # Errors
/// Refused when there is no such account, a number or country is malformed, or Twilio refuses or does not answer.
pub async fn pricing(services: &Services, actor: &Actor, account: AccountId, wanted: Wanted) -> Result<Pricing, Error> {
    let account = accounts::named(services, actor, account).await?;
    accounts::require_connected(&account)?;
    let number = |text: Option<String>, field| text.map(|text| numbers::parse_e164(&text, field)).transpose();
    let (to, from) = (number(wanted.to, "to")?, number(wanted.from, "from")?);
    let countries = match wanted.countries {
        Some(countries) => parse_countries(&countries)?,
        None => countries_of(services, account.id).await?,
    };
    let Some(who) = secrets::credentials(services, &account).await? else {
        let message = "The account has no credentials. Connect it again.";
        return Err(Refusal::new(RefusalCode::CredentialsRejected, message)
            .on("accountId")
            .into());
    };
    let teller = Teller {
        services,
        account: &account,
        who: &who,
    };
    let rentals = try_join_all(countries.into_iter().map(|country| teller.rental(country)));
    let (call, rentals) = tokio::try_join!(teller.call(to.as_ref(), from.as_ref()), rentals)
        .map_err(|error| twilio_refusal::refusal(&error))?;
    let call = call.filter(|told| told.value.is_some());
    let ages = call
        .iter()
        .map(|told| told.at)
        .chain(rentals.iter().map(|(_, told)| told.at));
    Ok(Pricing {
        as_of: ages.min().unwrap_or_else(|| services.clock.now()),
        call: call
            .and_then(|told| told.value)
            .map(|price| fitting(price, from.as_ref())),
        rentals: rentals
            .into_iter()
            .filter_map(|(country, told)| {
                Some(Rental {
                    country,
                    prices: told.value?,
                })
            })
            .collect(),
    })
}

/// The prices of calling from this number, the best fitting first: Twilio tells them by the number's beginning.
fn fitting(mut price: VoicePrice, from: Option<&E164>) -> VoicePrice {
    let fits = |outbound: &OutboundPrice| -> Option<usize> {
        let Some(from) = from else { return Some(0) };
        let digits = from.as_str().trim_start_matches('+');
        let fitting = outbound.origination_prefixes.iter().filter_map(|prefix| {
            let is_any = prefix.eq_ignore_ascii_case("ALL");
            (is_any || digits.starts_with(prefix.as_str())).then_some(if is_any { 0 } else { prefix.len() })
        });
        let longest = fitting.max();
        longest.or(outbound.origination_prefixes.is_empty().then_some(0))
    };
    price.outbound_call_prices.retain(|outbound| fits(outbound).is_some());
    price
        .outbound_call_prices
        .sort_by_key(|outbound| std::cmp::Reverse(fits(outbound)));
    price
}

/// What a minute of a call costs the account; none where Twilio does not tell, or not soon.
pub(crate) async fn of_a_minute(
    services: &Services,
    account: &twilio_account::Model,
    from: &E164,
    to: &E164,
) -> Result<Option<(Amount, String)>, Fault> {
    let Some(who) = secrets::credentials(services, account).await? else {
        return Ok(None);
    };
    let teller = Teller {
        services,
        account,
        who: &who,
    };
    let asked = tokio::time::timeout(TOLD_WITHIN, teller.call(Some(to), Some(from))).await;
    let price = asked.ok().and_then(Result::ok).flatten().and_then(|told| told.value);
    Ok(price.and_then(|price| a_minute(fitting(price, Some(from)))))
}

/// The price of the best fitting beginning.
fn a_minute(price: VoicePrice) -> Option<(Amount, String)> {
    let best = price.outbound_call_prices.first()?;
    let figure = best.current_price.or(best.base_price)?;
    Some((Amount(figure), price.price_unit?))
}

fn parse_countries(typed: &[String]) -> Result<Vec<String>, Refusal> {
    let malformed = |message: &str| Refusal::new(RefusalCode::Malformed, message).on("countries");
    if typed.len() > MAX_COUNTRIES {
        return Err(malformed("At most 10 countries are told at once."));
    }
    let mut countries = Vec::new();
    for country in typed {
        let country = country.trim().to_ascii_uppercase();
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(malformed("A country is two letters by ISO 3166-1, such as DE."));
        }
        if !countries.contains(&country) {
            countries.push(country);
        }
    }
    Ok(countries)
}

/// The first few countries that the account has numbers in.
async fn countries_of(services: &Services, account: AccountId) -> Result<Vec<String>, DbErr> {
    let column = phone_number::COLUMN;
    let countries: Vec<Option<String>> = phone_number::Entity::of_account(account)
        .select_only()
        .column(phone_number::Column::Country)
        .distinct()
        .filter(column.at_twilio.eq(AtTwilio::Listed))
        .filter(column.country.is_not_null())
        .order_by_asc(column.country)
        .limit(MAX_COUNTRIES as u64)
        .into_tuple()
        .all(&services.db)
        .await?;
    Ok(countries.into_iter().flatten().collect())
}

/// Twilio's answer: none where it does not know what was asked for.
#[derive(Clone, Debug)]
struct Told<T> {
    value: Option<T>,
    at: DateTime<Utc>,
}

/// Asks for one account.
struct Teller<'a> {
    services: &'a Services,
    account: &'a twilio_account::Model,
    who: &'a Credentials,
}

impl Teller<'_> {
    async fn call(&self, to: Option<&E164>, from: Option<&E164>) -> Result<Option<Told<VoicePrice>>, TwilioError> {
        let Some(to) = to else { return Ok(None) };
        let from = from.map(E164::as_str);
        let question = Question::Call(to.to_string(), from.map(str::to_owned));
        let kept = &self.services.prices.calls;
        let key = (self.account.id, question);
        if let Some(told) = kept.get(&key, self.services.clock.now()) {
            return Ok(Some(told));
        }
        let told = self.told(
            self.services
                .twilio
                .fetch_voice_price(self.who, to.as_str(), from)
                .await,
        )?;
        kept.put(key, told.clone());
        Ok(Some(told))
    }

    async fn rental(&self, country: String) -> Result<(String, Told<NumberPrices>), TwilioError> {
        let kept = &self.services.prices.numbers;
        let key = (self.account.id, Question::Rental(country.clone()));
        if let Some(told) = kept.get(&key, self.services.clock.now()) {
            return Ok((country, told));
        }
        let told = self.told(self.services.twilio.fetch_number_prices(self.who, &country).await)?;
        kept.put(key, told.clone());
        Ok((country, told))
    }

    fn told<T>(&self, answer: Result<T, TwilioError>) -> Result<Told<T>, TwilioError> {
        let value = match answer {
            Ok(value) => Some(value),
            Err(TwilioError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Told {
            value,
            at: self.services.clock.now(),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Question {
    Call(String, Option<String>),
    Rental(String),
}

/// Prices that Twilio told a moment ago. They are each account's own.
#[derive(Debug, Default)]
pub struct PriceCache {
    calls: Kept<VoicePrice>,
    numbers: Kept<NumberPrices>,
}

#[derive(Debug)]
struct Kept<T>(Mutex<HashMap<(AccountId, Question), Told<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Kept<T> {
    fn get(&self, key: &(AccountId, Question), now: DateTime<Utc>) -> Option<Told<T>> {
        let kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(key).filter(|told| now - told.at < KEPT_FOR).cloned()
    }

    fn put(&self, key: (AccountId, Question), told: Told<T>) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.retain(|_, before| told.at - before.at < KEPT_FOR);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_that_fits_the_callers_number_best_comes_first() {
        let outbound = |prefixes: &[&str], price: i64| OutboundPrice {
            origination_prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
            base_price: None,
            current_price: Some(price.into()),
        };
        let price = VoicePrice {
            country: None,
            iso_country: None,
            outbound_call_prices: vec![outbound(&["ALL"], 9), outbound(&["44", "4420"], 2), outbound(&["1"], 5)],
            inbound_call_price: None,
            price_unit: None,
        };
        let told = |from: Option<&str>| -> Vec<String> {
            let from = from.map(|from| E164::parse(from).unwrap());
            let prices = fitting(price.clone(), from.as_ref()).outbound_call_prices;
            prices
                .iter()
                .filter_map(|price| Some(price.current_price?.to_string()))
                .collect()
        };
        assert_eq!(
            a_minute(fitting(price.clone(), None)),
            None,
            "without a currency no price"
        );
        let in_dollars = VoicePrice {
            price_unit: Some("USD".into()),
            ..price.clone()
        };
        assert_eq!(a_minute(in_dollars), Some((Amount(9.into()), "USD".into())));
        assert_eq!(told(Some("+442071838750")), ["2", "9"]);
        assert_eq!(told(Some("+14155550123")), ["5", "9"]);
        assert_eq!(told(Some("+4930123456")), ["9"]);
        assert_eq!(told(None), ["9", "2", "5"]);
    }
}
