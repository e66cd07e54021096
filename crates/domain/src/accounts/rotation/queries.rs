//! Reads of rotations.

use ::entity::{AccountId, token_rotation};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

use crate::Services;

/// Whether an account's token is being changed.
pub(in crate::accounts) async fn is_open(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    Ok(token_rotation::Entity::open_of(account).count(db).await? > 0)
}

/// The newest rotation of each of these accounts, in no order.
///
/// # Errors
/// When the database fails.
pub async fn newest_of(services: &Services, accounts: &[AccountId]) -> Result<Vec<token_rotation::Model>, DbErr> {
    let newer = Query::select()
        .expr(Expr::val(1))
        .from_as(token_rotation::Entity, "newer")
        .and_where(
            Expr::col(("newer", "twilio_account_id"))
                .equals((token_rotation::Entity, token_rotation::Column::TwilioAccountId)),
        )
        .and_where(
            Expr::col(("newer", "started_at"))
                .gt(Expr::col((token_rotation::Entity, token_rotation::Column::StartedAt))),
        )
        .to_owned();
    token_rotation::Entity::find()
        .filter(token_rotation::COLUMN.twilio_account_id.is_in(accounts.iter().copied()))
        .filter(Expr::exists(newer).not())
        .all(&services.db)
        .await
}
