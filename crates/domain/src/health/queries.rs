//! Reads of the history of health.

use std::collections::HashMap;

use ::entity::{AccountId, HealthChangeId, health_change};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Services;
use crate::page::{Page, PageOf};

/// Where a page of the history begins: after the change of then, with this id.
pub type Position = (DateTime<Utc>, Uuid);

/// Each account's changes of health, newest first: the same page of each, in one statement. Whether the asker may see the accounts is
/// the caller's to check.
///
/// # Errors
/// When the database fails.
pub async fn history(
    services: &Services,
    accounts: &[AccountId],
    page: &PageOf<Position>,
) -> Result<HashMap<AccountId, Page<health_change::Model>>, DbErr> {
    let column = health_change::COLUMN;
    let mut wanted = Condition::all().add(column.twilio_account_id.is_in(accounts.iter().copied()));
    if let Some((at, id)) = page.after {
        let earlier = Condition::any().add(column.at.lt(at)).add(
            Condition::all()
                .add(column.at.eq(at))
                .add(column.id.lt(HealthChangeId(id))),
        );
        wanted = wanted.add(earlier);
    }
    let rows = health_change::Entity::find()
        .filter(health_change::Column::Id.in_subquery(newest_of_each(wanted, page.size + 1)))
        .order_by_desc(column.at)
        .order_by_desc(column.id)
        .all(&services.db)
        .await?;
    let mut of_account: HashMap<AccountId, Vec<health_change::Model>> = HashMap::new();
    for row in rows {
        of_account.entry(row.twilio_account_id).or_default().push(row);
    }
    let pages = of_account.into_iter();
    Ok(pages
        .map(|(account, rows)| (account, Page::cut(rows, page.size)))
        .collect())
}

/// The ids of the newest `size` wanted changes of each account.
fn newest_of_each(wanted: Condition, size: u64) -> SelectStatement {
    let by_time = WindowStatement::partition_by(health_change::Column::TwilioAccountId)
        .order_by(health_change::Column::At, Order::Desc)
        .order_by(health_change::Column::Id, Order::Desc)
        .to_owned();
    let places = Query::select()
        .column(health_change::Column::Id)
        .expr_window_as(Func::cust("ROW_NUMBER"), by_time, "place")
        .from(health_change::Entity)
        .cond_where(wanted)
        .to_owned();
    Query::select()
        .column("id")
        .from_subquery(places, "places")
        .and_where(Expr::col("place").lte(size))
        .to_owned()
}

/// The times of an account's newest changes, newest first.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    account: AccountId,
    most: u64,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    let column = health_change::COLUMN;
    health_change::Entity::find()
        .select_only()
        .column(health_change::Column::At)
        .filter(column.twilio_account_id.eq(account))
        .order_by_desc(column.at)
        .order_by_desc(column.id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await
}
