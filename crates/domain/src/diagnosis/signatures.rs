//! Counts webhooks that were refused for their signature, number by number: evidence that is stored, and seldom written.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ::entity::test_call::CheckState;
use ::entity::{NumberId, health_check};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::stored::{self, Answer};
use crate::Services;
use crate::calls::Target;
use crate::checklist::CheckName;

/// How often a number's count is written at most. What is refused in between is added then.
const WRITES_EVERY: TimeDelta = TimeDelta::minutes(1);

/// How many numbers are remembered.
const REMEMBERED: usize = 10_000;

/// What this process has seen of each number's webhooks and not written yet.
#[derive(Debug, Default)]
pub struct Signatures(Mutex<HashMap<NumberId, Seen>>);

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    refused: i64,
    written_at: Option<DateTime<Utc>>,
    good_at: Option<DateTime<Utc>>,
}

impl Signatures {
    /// Notes a webhook that was refused: its signature fits no token, or, with `other_account`, it is of an account that is not the
    /// number's.
    ///
    /// # Errors
    /// When the database fails; the count is kept for the next time.
    pub async fn refused(&self, services: &Services, target: &Target, other_account: bool) -> Result<(), DbErr> {
        let now = services.clock.now();
        let Some(count) = self.to_write(target.number, now) else {
            return Ok(());
        };
        let written = write(services, target, other_account, count, now).await;
        if written.is_err() {
            self.change(target.number, |seen| {
                seen.refused += count;
                seen.written_at = None;
            });
        }
        written
    }

    /// Counts a webhook that was signed as it should be. Answers whether it is to be written: once a minute and number.
    pub fn accepted(&self, services: &Services, target: &Target) -> bool {
        self.is_news(target.number, services.clock.now())
    }

    /// Writes that a number's webhooks are signed as they should be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_accepted(services: &Services, target: &Target) -> Result<(), DbErr> {
        let now = services.clock.now();
        health_check::Entity::update_many()
            .col_expr(health_check::Column::State, Expr::value(CheckState::Pass))
            .col_expr(health_check::Column::Reason, Expr::value(None::<String>))
            .col_expr(health_check::Column::Since, Expr::value(now))
            .col_expr(health_check::Column::At, Expr::value(now))
            .filter(health_check::COLUMN.twilio_account_id.eq(target.account))
            .filter(health_check::COLUMN.check_name.eq(CheckName::SignatureValid.as_str()))
            .filter(health_check::COLUMN.subject.eq(target.number.to_string()))
            .filter(health_check::COLUMN.state.eq(CheckState::Fail))
            .exec(&services.db)
            .await?;
        Ok(())
    }

    /// Counts one more, and answers how many are to be written now.
    fn to_write(&self, number: NumberId, now: DateTime<Utc>) -> Option<i64> {
        self.change(number, |seen| {
            seen.refused += 1;
            seen.good_at = None;
            if seen.written_at.is_some_and(|at| now - at < WRITES_EVERY) {
                return None;
            }
            seen.written_at = Some(now);
            Some(std::mem::take(&mut seen.refused))
        })
    }

    fn is_news(&self, number: NumberId, now: DateTime<Utc>) -> bool {
        self.change(number, |seen| {
            let is_news = seen.good_at.is_none_or(|at| now - at >= WRITES_EVERY);
            if is_news {
                *seen = Seen {
                    good_at: Some(now),
                    ..Seen::default()
                };
            }
            is_news
        })
    }

    fn change<T>(&self, number: NumberId, change: impl FnOnce(&mut Seen) -> T) -> T {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED && !seen.contains_key(&number) {
            seen.clear();
        }
        change(seen.entry(number).or_default())
    }
}

async fn write(
    services: &Services,
    target: &Target,
    other_account: bool,
    count: i64,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let check = CheckName::SignatureValid.as_str();
    let mut tx = services.begin().await?;
    let before = health_check::Entity::find()
        .filter(health_check::COLUMN.twilio_account_id.eq(target.account))
        .filter(health_check::COLUMN.check_name.eq(check))
        .filter(health_check::COLUMN.subject.eq(target.number.to_string()))
        .one(tx.db())
        .await?;
    let bad = before.filter(|row| row.state == CheckState::Fail);
    let first = bad.as_ref().map_or(now, |row| row.since);
    let count = count + bad.and_then(|row| row.evidence["count"].as_i64()).unwrap_or(0);
    let reason = if other_account {
        "OTHER_ACCOUNT"
    } else {
        "SIGNATURE_REFUSED"
    };
    let answer = Answer::good(check, target.number)
        .becomes(CheckState::Fail, reason)
        .with(json!({ "count": count, "first": first, "last": now }));
    stored::keep(services, tx.db(), (target.workspace, target.account), answer, now).await?;
    if count == 1 {
        // Live views are told of the first; the count grows silently.
        tx.record(target.workspace, super::refused_event(target)).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_number_is_written_once_a_minute_and_loses_no_count() {
        let seen = Signatures::default();
        let number = NumberId(Uuid::from_u128(1));
        let at = |second: u32| Utc.with_ymd_and_hms(2026, 11, 27, 9, second / 60, second % 60).unwrap();
        assert_eq!(seen.to_write(number, at(0)), Some(1));
        assert_eq!([1, 20, 59].map(|second| seen.to_write(number, at(second))), [None; 3]);
        assert_eq!(seen.to_write(NumberId(Uuid::from_u128(2)), at(30)), Some(1));
        assert_eq!(seen.to_write(number, at(60)), Some(4));
        assert!(seen.is_news(number, at(61)));
        assert!(!seen.is_news(number, at(90)));
        assert_eq!(seen.to_write(number, at(91)), Some(1));
        assert!(seen.is_news(number, at(92)), "a good one after a bad one is news");
    }
}
