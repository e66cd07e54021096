//! Asks Twilio what an account used and has left.

use ::entity::usage_day::Column;
use ::entity::{twilio_account, usage_day};
use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use twilio::{Balance, Credentials, TwilioError, UsagePeriod, UsageQuery, UsageRecord};

use super::balance::is_subaccount;
use super::categories::WHOLE_BILL;
use super::records;
use crate::{Services, Transaction};

/// How many days are read the first time.
const FIRST_TIME: u64 = 60;

/// How many days one reading asks for: Twilio lists some hundred categories for each.
const AT_ONCE: u64 = 20;

/// How many rows one statement inserts: their values stay under SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

/// Some days in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// What Twilio answered to each question.
pub(super) struct Answers {
    pub span: Span,
    pub balance: Result<Balance, TwilioError>,
    /// Every category of each day, without subaccounts.
    pub usage: Result<Vec<UsageRecord>, TwilioError>,
    /// The whole bill of each day, with subaccounts. None of a subaccount: its bill is its parent's.
    pub bills: Option<Result<Vec<UsageRecord>, TwilioError>>,
}

impl Answers {
    /// Asks for the days and the balance side by side.
    pub(super) async fn of(
        services: &Services,
        account: &twilio_account::Model,
        who: &Credentials,
        span: Span,
    ) -> Self {
        let (balance, usage, bills) = tokio::join!(
            services.twilio.fetch_balance(who),
            list_usage(services, who, span),
            list_bills(services, account, who, span),
        );
        Self {
            span,
            balance,
            usage,
            bills,
        }
    }

    /// The errors among them.
    pub(super) fn errors(&self) -> impl Iterator<Item = &TwilioError> {
        let bills = self.bills.as_ref().and_then(|bills| bills.as_ref().err());
        [self.balance.as_ref().err(), self.usage.as_ref().err(), bills]
            .into_iter()
            .flatten()
    }

    /// The first error that `is` picks.
    pub(super) fn into_error(self, is: impl Fn(&TwilioError) -> bool) -> Option<TwilioError> {
        let bills = self.bills.and_then(Result::err);
        [self.balance.err(), self.usage.err(), bills]
            .into_iter()
            .flatten()
            .find(|error| is(error))
    }
}

pub(super) async fn list_usage(
    services: &Services,
    who: &Credentials,
    span: Span,
) -> Result<Vec<UsageRecord>, TwilioError> {
    let query = UsageQuery {
        start: Some(span.first),
        end: Some(span.last),
        ..UsageQuery::new(UsagePeriod::Daily)
    };
    services.twilio.list_usage(who, &query).await
}

pub(super) async fn list_bills(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
    span: Span,
) -> Option<Result<Vec<UsageRecord>, TwilioError>> {
    if is_subaccount(account) {
        return None;
    }
    let query = UsageQuery {
        categories: vec![WHOLE_BILL.to_owned()],
        start: Some(span.first),
        end: Some(span.last),
        include_subaccounts: true,
        ..UsageQuery::new(UsagePeriod::Daily)
    };
    Some(services.twilio.list_usage(who, &query).await)
}

/// The days to read: from the last one that was read, and the one before it again since Twilio's figures lag, up to today. The first
/// time, and after a long pause, the last 60. Cut, the last of them with today.
///
/// # Errors
/// When the database fails.
pub(super) async fn spans(
    db: &impl ConnectionTrait,
    account: &twilio_account::Model,
    now: DateTime<Utc>,
) -> Result<Vec<Span>, DbErr> {
    let newest: Option<Option<NaiveDate>> = usage_day::Entity::find()
        .select_only()
        .column_as(usage_day::COLUMN.day.max(), "newest")
        .filter(usage_day::COLUMN.twilio_account_id.eq(account.id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(cut(newest.flatten(), now.date_naive()))
}

fn cut(newest: Option<NaiveDate>, today: NaiveDate) -> Vec<Span> {
    let back = |day: NaiveDate, days| day.checked_sub_days(Days::new(days)).unwrap_or(day);
    let earliest = back(today, FIRST_TIME);
    let from = newest.map_or(earliest, |newest| back(newest.min(today), 1).max(earliest));
    let mut spans = Vec::new();
    let mut first = from;
    while first <= today {
        let next = first.checked_add_days(Days::new(AT_ONCE)).unwrap_or(NaiveDate::MAX);
        spans.push(Span {
            first,
            last: back(next, 1).min(today),
        });
        first = next;
    }
    spans
}

/// Writes what changed of these days. Answers how many figures did.
pub(super) async fn write(
    services: &Services,
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    span: Span,
    (told, with_subaccounts): (&[UsageRecord], bool),
) -> Result<usize, DbErr> {
    let stored = usage_day::Entity::find()
        .filter(usage_day::COLUMN.twilio_account_id.eq(account.id))
        .filter(usage_day::COLUMN.day.between(span.first, span.last))
        .filter(usage_day::COLUMN.with_subaccounts.eq(with_subaccounts))
        .all(tx.db())
        .await?;
    let told = records::rows(account, told, with_subaccounts, &*services.ids);
    let changed = records::changed(stored, told);
    for rows in changed.chunks(ROWS_A_STATEMENT) {
        let newer = OnConflict::columns([
            Column::TwilioAccountId,
            Column::Day,
            Column::WithSubaccounts,
            Column::Category,
            Column::Currency,
        ])
        .update_columns([
            Column::Description,
            Column::UsageAmount,
            Column::UsageUnit,
            Column::Count,
            Column::CountUnit,
            Column::Price,
            Column::AsOf,
        ])
        .to_owned();
        let rows = rows
            .iter()
            .map(|row| usage_day::ActiveModel::from(row.clone()).reset_all());
        usage_day::Entity::insert_many(rows)
            .on_conflict(newer)
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(changed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn cut_as_text(newest: Option<&str>) -> Vec<String> {
        let spans = cut(newest.map(day), day("2026-11-27"));
        spans
            .iter()
            .map(|span| format!("{}..{}", span.first, span.last))
            .collect()
    }

    #[test]
    fn yesterday_is_read_again_and_the_first_time_sixty_days_are() {
        assert_eq!(cut_as_text(Some("2026-11-27")), ["2026-11-26..2026-11-27"]);
        assert_eq!(cut_as_text(Some("2026-11-20")), ["2026-11-19..2026-11-27"]);
        let whole = [
            "2026-09-28..2026-10-17",
            "2026-10-18..2026-11-06",
            "2026-11-07..2026-11-26",
            "2026-11-27..2026-11-27",
        ];
        assert_eq!(cut_as_text(None), whole);
        assert_eq!(cut_as_text(Some("2025-01-01")), whole);
        assert_eq!(
            cut_as_text(Some("2026-11-28")),
            ["2026-11-26..2026-11-27"],
            "of a clock that was ahead"
        );
    }
}
