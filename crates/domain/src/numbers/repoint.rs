//! Numbers whose routing at Twilio is to be tried again: credentials work once more, or our public address has changed.

use ::entity::phone_number::{self, RoutingState};
use ::entity::{twilio_account, webhook_address};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::jobs::{ConfigureNumber, ReturnNumber};
use crate::{Services, Transaction};

/// The account's credentials work: what is still to be written or given back is tried again.
///
/// What Twilio refused, rather than left unanswered, is tried again only when `refused_too`: when the credentials are new, or
/// work once more.
pub(crate) async fn retry_routing(
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    refused_too: bool,
) -> Result<(), DbErr> {
    if refused_too {
        phone_number::Entity::update_many()
            .col_expr(phone_number::Column::Routing, Expr::value(RoutingState::ReturnPending))
            .filter(phone_number::COLUMN.twilio_account_id.eq(account.id))
            .filter(phone_number::COLUMN.routing.eq(RoutingState::ReturnBlocked))
            .exec(tx.db())
            .await?;
    }
    for number in in_state(tx, account, RoutingState::ReturnPending).await? {
        tx.enqueue(account.workspace_id, &ReturnNumber { number: number.id })
            .await?;
    }
    for number in in_state(tx, account, RoutingState::Applying).await? {
        tx.enqueue(account.workspace_id, &ConfigureNumber { number: number.id })
            .await?;
    }
    Ok(())
}

async fn in_state(
    tx: &Transaction<'_>,
    account: &twilio_account::Model,
    state: RoutingState,
) -> Result<Vec<phone_number::Model>, DbErr> {
    phone_number::Entity::of_account(account.id)
        .filter(phone_number::COLUMN.routing.eq(state))
        .all(tx.db())
        .await
}

/// Has the numbers re-pointed that still lead to an earlier public address. Answers how many. Called at start-up.
///
/// # Errors
/// When the database fails.
pub async fn queue_repoints(services: &Services) -> Result<usize, DbErr> {
    let Some(public) = &services.public_url else {
        return Ok(0);
    };
    let elsewhere = webhook_address::Entity::find()
        .filter(webhook_address::COLUMN.base_url.ne(public.base()))
        .filter(webhook_address::COLUMN.call_intent_id.is_null())
        .all(&services.db)
        .await?;
    let mut queued = 0;
    for address in elsewhere {
        let number = phone_number::Entity::find_by_id(address.phone_number_id)
            .one(&services.db)
            .await?;
        let Some(number) = number.filter(|number| number.routing == RoutingState::Ours) else {
            continue;
        };
        let mut tx = services.begin().await?;
        tx.enqueue(number.workspace_id, &ConfigureNumber { number: number.id })
            .await?;
        tx.commit().await?;
        queued += 1;
    }
    Ok(queued)
}
