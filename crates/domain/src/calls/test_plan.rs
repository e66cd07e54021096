//! What a test call of a number would be: who may be called, how many are left, what it costs. Writes nothing.

use std::time::Duration;

use ::entity::{Amount, E164, NumberId, phone_number};
use futures_util::future::try_join_all;

use super::place::TEST_LASTS_AT_MOST;
use super::start_test::made_lately;
use crate::billing::pricing;
use crate::{Actor, Fault, Services, accounts, numbers};

/// What an outbound test call of a number would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPlan {
    /// Callab's own lines, which any test may call.
    pub targets: Vec<TestTarget>,
    /// How many tests a number may make in an hour.
    pub limit_per_hour: u32,
    /// How many of them are left.
    pub left: u32,
    /// What a minute to the dearest of the targets costs, with its currency; none where Twilio does not tell.
    pub cost: Option<(Amount, String)>,
    /// How long a test call lasts at most.
    pub lasts_at_most: Duration,
}

/// A line of Callab's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestTarget {
    /// Its name, for people.
    pub label: String,
    /// Its number.
    pub to: E164,
}

/// The plan for a number that the actor may see; none if there is no such number.
///
/// # Errors
/// When the database fails. A silent Twilio is no price.
pub async fn test_plan(services: &Services, actor: &Actor, id: NumberId) -> Result<Option<TestPlan>, Fault> {
    let Some(number) = numbers::find(services, actor, id).await? else {
        return Ok(None);
    };
    let limit = services.limits.test_calls_per_hour;
    let made = made_lately(&services.db, number.id, services.clock.now()).await?;
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    let targets = services.limits.echo_lines.iter().filter(|line| **line != number.e164);
    let targets: Vec<TestTarget> = targets.map(target).collect();
    Ok(Some(TestPlan {
        limit_per_hour: limit,
        left: limit.saturating_sub(made),
        cost: cost(services, actor, &number, &targets).await?,
        lasts_at_most: TEST_LASTS_AT_MOST,
        targets,
    }))
}

fn target(line: &E164) -> TestTarget {
    let label = match numbers::country_and_kind(line, None).0 {
        Some(country) => format!("Callab's echo line, {country}"),
        None => "Callab's echo line".to_owned(),
    };
    TestTarget {
        label,
        to: line.clone(),
    }
}

async fn cost(
    services: &Services,
    actor: &Actor,
    number: &phone_number::Model,
    targets: &[TestTarget],
) -> Result<Option<(Amount, String)>, Fault> {
    let Some(account) = accounts::find(services, actor, number.twilio_account_id).await? else {
        return Ok(None);
    };
    if accounts::require_connected(&account).is_err() {
        return Ok(None);
    }
    let asked = targets
        .iter()
        .map(|target| pricing::of_a_minute(services, &account, &number.e164, &target.to));
    Ok(dearest(try_join_all(asked).await?.into_iter().flatten()))
}

/// The highest price; none of prices in several currencies, which cannot be compared.
fn dearest(prices: impl IntoIterator<Item = (Amount, String)>) -> Option<(Amount, String)> {
    let mut dearest: Option<(Amount, String)> = None;
    for price in prices {
        match &dearest {
            Some((_, currency)) if *currency != price.1 => return None,
            Some((amount, _)) if *amount >= price.0 => {}
            _ => dearest = Some(price),
        }
    }
    dearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_price_of_one_currency_counts() {
        let price = |amount: &str, currency: &str| (amount.parse::<Amount>().unwrap(), currency.to_owned());
        assert_eq!(dearest([]), None);
        assert_eq!(
            dearest([price("0.013", "USD"), price("0.2", "USD"), price("0.1", "USD")]),
            Some(price("0.2", "USD"))
        );
        assert_eq!(dearest([price("0.1", "USD"), price("0.1", "EUR")]), None);
    }

    #[test]
    fn a_line_is_named_with_its_country() {
        let label = |number: &str| target(&E164::parse(number).unwrap()).label;
        assert_eq!(label("+4930123456"), "Callab's echo line, DE");
        assert_eq!(label("+999999999999"), "Callab's echo line");
    }
}
