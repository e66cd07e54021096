//! Health states that nothing in a demo leads to by itself: put into the database, and kept there by far due times.

use chrono::TimeDelta;
use domain::Clock as _;
use domain::SystemClock;
use entity::evidence::{Reason, Reasons, Rights};
use entity::twilio_account::{self, Column, Health};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};

/// Nobody checks the account while the demo runs.
const NEVER: TimeDelta = TimeDelta::days(3650);

/// An account that nobody checked for an hour: `UNKNOWN`.
pub(super) async fn not_checked_lately(db: &impl ConnectionTrait, sid: &str) -> Result<(), DbErr> {
    let now = SystemClock.now();
    twilio_account::Entity::update_many()
        .col_expr(Column::CheckedAt, Expr::value(now - TimeDelta::hours(1)))
        .col_expr(Column::VerifiedAt, Expr::value(now - TimeDelta::hours(1)))
        .col_expr(Column::NextCheckAt, Expr::value(now + NEVER))
        .filter(Column::Sid.eq(sid))
        .exec(db)
        .await?;
    Ok(())
}

/// An account whose first check has not finished: `UNVERIFIED`.
pub(super) async fn not_yet_checked(db: &impl ConnectionTrait, sid: &str) -> Result<(), DbErr> {
    let reason = Reason {
        code: "NOT_YET_CHECKED".to_owned(),
        evidence: None,
        twilio_code: None,
    };
    twilio_account::Entity::update_many()
        .col_expr(Column::CheckedAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
        .col_expr(Column::VerifiedAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
        .col_expr(Column::NextCheckAt, Expr::value(SystemClock.now() + NEVER))
        .col_expr(Column::Rights, Expr::value(Rights::default()))
        .col_expr(Column::Health, Expr::value(Health::Unverified))
        .col_expr(Column::HealthReasons, Expr::value(Reasons(vec![reason])))
        .filter(Column::Sid.eq(sid))
        .exec(db)
        .await?;
    Ok(())
}
