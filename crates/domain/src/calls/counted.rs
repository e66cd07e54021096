//! Counts an account's calls for the rules of unusual activity, in a fixed number of statements.

use ::entity::agent_assignment::Direction;
use ::entity::call::CallStatus;
use ::entity::{AccountId, Amount, NumberId};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};

use super::unusual::{Counted, NewCountry, NumberCounted, WEEKS};
use crate::Services;
use crate::sql::Sql;

const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// How long a call to a new country is news.
const NEWS: TimeDelta = TimeDelta::hours(24);

/// Counts an account's calls as of `now`.
pub(super) async fn count(services: &Services, account: AccountId, now: DateTime<Utc>) -> Result<Counted, DbErr> {
    let mut counted = Counted::default();
    overall(services, account, now, &mut counted).await?;
    counted.new_countries = new_countries(services, account, now).await?;
    counted.numbers = numbers(services, account, now).await?;
    Ok(counted)
}

fn weeks_ago(weeks: u32) -> TimeDelta {
    TimeDelta::weeks(i64::from(weeks))
}

/// How many of the rows of a statement that is being written lie from one time to another.
fn in_time(sql: Sql, from: DateTime<Utc>, to: DateTime<Utc>, and: &str) -> Sql {
    sql.text("COALESCE(SUM(CASE WHEN started_at >= ")
        .value(from)
        .text(" AND started_at < ")
        .value(to)
        .text(and)
        .text(" THEN 1 ELSE 0 END), 0)")
}

/// A call that failed: it could not be connected, or Twilio noted an error about it.
const FAILED: &str = " AND (status = 'failed' OR error_code IS NOT NULL)";

async fn overall(
    services: &Services,
    account: AccountId,
    now: DateTime<Utc>,
    counted: &mut Counted,
) -> Result<(), DbErr> {
    debug_assert!(FAILED.contains(CallStatus::Failed.as_str()));
    let soon = now + TimeDelta::seconds(1);
    let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
    let mut sql = Sql::new(services.db.get_database_backend()).text("SELECT ");
    sql = in_time(sql, now - QUARTER, soon, "").text(" AS calls, ");
    sql = in_time(sql, now - QUARTER, soon, FAILED).text(" AS failures");
    for week in 1..=WEEKS {
        let then = hour - weeks_ago(week);
        sql = in_time(sql.text(", "), then, then + TimeDelta::hours(1), "").text(&format!(" AS calls_{week}, "));
        sql = in_time(sql, then, then + TimeDelta::hours(1), FAILED).text(&format!(" AS failures_{week}"));
    }
    let sql = sql
        .text(", MIN(started_at) AS first FROM call WHERE twilio_account_id = ")
        .value(account.0)
        .text(" AND started_at >= ")
        .value(hour - weeks_ago(WEEKS))
        .text(" AND started_at < ")
        .value(soon);
    let Some(row) = services.db.query_one_raw(sql.statement()).await? else {
        return Ok(());
    };
    counted.calls = number(&row, "calls")?;
    counted.failures = number(&row, "failures")?;
    for week in 1..=WEEKS {
        counted.calls_then[week as usize - 1] = number(&row, &format!("calls_{week}"))?;
        counted.failures_then += number(&row, &format!("failures_{week}"))?;
    }
    let first: Option<DateTime<Utc>> = row.try_get("", "first")?;
    let known = first.map_or(TimeDelta::zero(), |first| hour - first);
    // The newest week's hour is known when the account's calls are known for six days and more, and so on.
    counted.weeks_known = u32::try_from((known + TimeDelta::days(1)).num_weeks())
        .unwrap_or(0)
        .min(WEEKS);
    Ok(())
}

fn number(row: &QueryResult, column: &str) -> Result<u32, DbErr> {
    let count: i64 = row.try_get("", column)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

#[derive(FromQueryResult)]
struct PricedCall {
    other_country: String,
    price: Option<Amount>,
    price_currency: Option<String>,
    duration_s: Option<i32>,
}

/// The most calls to new countries that are looked at.
const NEW_CALLS: i64 = 500;

async fn new_countries(services: &Services, account: AccountId, now: DateTime<Utc>) -> Result<Vec<NewCountry>, DbErr> {
    let since = now - NEWS;
    let sql = Sql::new(services.db.get_database_backend())
        .text("SELECT other_country, price, price_currency, duration_s FROM call WHERE twilio_account_id = ")
        .value(account.0)
        .text(" AND started_at >= ")
        .value(since)
        .text(" AND direction = ")
        .value(Direction::Outbound.as_str())
        .text(" AND other_country IS NOT NULL AND other_country NOT IN (SELECT other_country FROM call WHERE twilio_account_id = ")
        .value(account.0)
        .text(" AND started_at >= ")
        .value(since - weeks_ago(WEEKS))
        .text(" AND started_at < ")
        .value(since)
        .text(" AND direction = ")
        .value(Direction::Outbound.as_str())
        .text(" AND other_country IS NOT NULL) ORDER BY other_country, id LIMIT ")
        .value(NEW_CALLS);
    let calls = PricedCall::find_by_statement(sql.statement()).all(&services.db).await?;
    let mut countries: Vec<NewCountry> = Vec::new();
    for call in calls {
        if countries.last().is_none_or(|last| last.country != call.other_country) {
            countries.push(NewCountry {
                country: call.other_country.clone(),
                calls: 0,
                per_minute: None,
                currency: None,
            });
        }
        let Some(country) = countries.last_mut() else { continue };
        country.calls += 1;
        let per_minute = per_minute(&call);
        // Prices in another currency than the first are not compared with it.
        let is_comparable = country.currency.is_none() || country.currency == call.price_currency;
        if per_minute > country.per_minute && is_comparable {
            country.per_minute = per_minute;
            country.currency = call.price_currency;
        }
    }
    Ok(countries)
}

/// What a begun minute of the call cost.
fn per_minute(call: &PricedCall) -> Option<Decimal> {
    let minutes = Decimal::from(call.duration_s.filter(|seconds| *seconds > 0)?)
        .checked_div(Decimal::from(60))?
        .ceil();
    call.price?.0.checked_div(minutes)
}

#[derive(FromQueryResult)]
struct OfNumber {
    phone_number_id: NumberId,
    calls: i64,
    calls_then: i64,
    week_1: i64,
    week_2: i64,
    week_3: i64,
    week_4: i64,
}

/// Numbers with calls in the last hour, compared with their own last weeks.
async fn numbers(services: &Services, account: AccountId, now: DateTime<Utc>) -> Result<Vec<NumberCounted>, DbErr> {
    let soon = now + TimeDelta::seconds(1);
    let last_hour = now - TimeDelta::hours(1);
    let mut sql = Sql::new(services.db.get_database_backend()).text("SELECT phone_number_id, ");
    sql = in_time(sql, last_hour, soon, "").text(" AS calls, ");
    for week in 1..=WEEKS {
        // The hour of the week, and the hours beside it.
        let (from, to) = (
            last_hour - weeks_ago(week) - TimeDelta::hours(1),
            now - weeks_ago(week) + TimeDelta::hours(1),
        );
        let plus = if week > 1 { " + " } else { "" };
        sql = in_time(sql.text(plus), from, to, "");
    }
    sql = sql.text(" AS calls_then");
    for week in 1..=WEEKS {
        let (from, to) = (last_hour - weeks_ago(week), last_hour - weeks_ago(week - 1));
        sql = in_time(sql.text(", "), from, to, "").text(&format!(" AS week_{week}"));
    }
    let sql = sql
        .text(" FROM call WHERE twilio_account_id = ")
        .value(account.0)
        .text(" AND started_at >= ")
        .value(last_hour - weeks_ago(WEEKS) - TimeDelta::hours(1))
        .text(" AND started_at < ")
        .value(soon)
        .text(" AND phone_number_id IN (SELECT phone_number_id FROM call WHERE twilio_account_id = ")
        .value(account.0)
        .text(" AND started_at >= ")
        .value(last_hour)
        .text(") GROUP BY phone_number_id");
    let rows = OfNumber::find_by_statement(sql.statement()).all(&services.db).await?;
    let counted = rows.into_iter().map(|row| {
        let weeks = [row.week_1, row.week_2, row.week_3, row.week_4];
        let count = |calls: i64| u32::try_from(calls).unwrap_or(u32::MAX);
        NumberCounted {
            number: row.phone_number_id,
            calls: count(row.calls),
            calls_then: count(row.calls_then),
            calls_in_all: count(weeks.iter().sum()),
            weeks: count(weeks.iter().filter(|calls| **calls > 0).map(|_| 1).sum()),
        }
    });
    Ok(counted.collect())
}
