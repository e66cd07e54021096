//! Keyset pages in SQL: where a page begins, by the place of the row before it, and the same page of many at once.

use std::collections::HashMap;

use ::entity::AccountId;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use crate::page::{Page, PageOf};

/// The rows behind a position in a list that is ordered by a column and then by the id, both in `order`.
pub(crate) fn beyond<C: ColumnTrait>(
    order: &Order,
    (column, value): (C, impl Into<Value>),
    (id, of): (C, impl Into<Value>),
) -> Condition {
    let (value, of) = (value.into(), of.into());
    let same = column.eq(value.clone());
    let (further, behind) = match order {
        Order::Desc => (column.lt(value), id.lt(of)),
        _ => (column.gt(value), id.gt(of)),
    };
    Condition::any()
        .add(further)
        .add(Condition::all().add(same).add(behind))
}

/// The ids of the first `size` of the `wanted` rows of each group, in the order of a column and then of the id, both in `order`.
pub(crate) fn first_of_each<E: EntityTrait>(
    group: E::Column,
    order: &Order,
    (column, id): (E::Column, E::Column),
    wanted: Condition,
    size: u64,
) -> SelectStatement {
    let by_order = WindowStatement::partition_by(group)
        .order_by(column, order.clone())
        .order_by(id, order.clone())
        .to_owned();
    let places = Query::select()
        .expr_as(Expr::col(id), "id")
        .expr_window_as(Func::cust("ROW_NUMBER"), by_order, "place")
        .from(E::default())
        .cond_where(wanted)
        .to_owned();
    Query::select()
        .column("id")
        .from_subquery(places, "places")
        .and_where(Expr::col("place").lte(size))
        .to_owned()
}

/// What happened to each of these accounts, newest first: the same page of each, in one statement. The columns are the account's, the
/// time's and the id's; `account_of` tells whose a row is.
pub(crate) async fn history_of_each<E: EntityTrait>(
    db: &impl ConnectionTrait,
    (account, at, id): (E::Column, E::Column, E::Column),
    accounts: &[AccountId],
    page: &PageOf<(DateTime<Utc>, Uuid)>,
    account_of: impl Fn(&E::Model) -> AccountId,
) -> Result<HashMap<AccountId, Page<E::Model>>, DbErr>
where
    E::Model: Send + Sync,
{
    let after = page.after.map(|(then, of)| beyond(&Order::Desc, (at, then), (id, of)));
    let wanted = Condition::all()
        .add(account.is_in(accounts.iter().copied()))
        .add_option(after);
    let ids = first_of_each::<E>(account, &Order::Desc, (at, id), wanted, page.size + 1);
    let rows = E::find()
        .filter(id.in_subquery(ids))
        .order_by_desc(at)
        .order_by_desc(id)
        .all(db)
        .await?;
    Ok(Page::of_each(rows, page.size, account_of))
}
