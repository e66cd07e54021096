//! Numbers whose routing at Twilio is to be tried again: credentials work once more, or our public address has changed.

use ::entity::phone_number::{self, RoutingState};
use ::entity::{twilio_account, webhook_address};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::jobs::{ConfigureNumber, ReturnNumber};
use crate::{RefusalCode, Services, Transaction};

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
        tx.enqueue(&number, &ReturnNumber { number: number.id }).await?;
    }
    for number in in_state(tx, account, RoutingState::Applying).await? {
        let refused = number
            .routing_problem
            .as_deref()
            .is_some_and(|problem| problem != RefusalCode::TwilioUnreachable.as_str());
        if refused_too || !refused {
            tx.enqueue(&number, &ConfigureNumber { number: number.id }).await?;
        }
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
        .order_by_asc(phone_number::COLUMN.id)
        .all(tx.db())
        .await
}

/// How many jobs one statement writes.
const ROWS_A_STATEMENT: usize = 500;

/// Has the numbers re-pointed that still lead to an earlier public address. Answers how many. Called at start-up.
///
/// # Errors
/// When the database fails.
pub async fn queue_repoints(services: &Services) -> Result<usize, DbErr> {
    let Some(public) = &services.public_url else {
        return Ok(0);
    };
    let elsewhere = webhook_address::Entity::find()
        .select_only()
        .column(webhook_address::Column::Reference)
        .filter(webhook_address::COLUMN.base_url.ne(public.base()))
        .filter(webhook_address::COLUMN.call_intent_id.is_null());
    let numbers = phone_number::Entity::find()
        .filter(phone_number::COLUMN.routing.eq(RoutingState::Ours))
        .filter(phone_number::Column::Reference.in_subquery(elsewhere.into_query()))
        .order_by_asc(phone_number::COLUMN.id)
        .all(&services.db)
        .await?;
    let mut queued = 0;
    for numbers in numbers.chunks(ROWS_A_STATEMENT) {
        let mut tx = services.begin().await?;
        let jobs = numbers
            .iter()
            .map(|number| (number.into(), ConfigureNumber { number: number.id }));
        queued += tx.enqueue_routine(jobs).await?; // Nobody waits: the address before still answers.
        tx.commit().await?;
    }
    Ok(queued)
}
