//! A write that reaches Twilio after another worker has done the job. No fence can stop a request that is under way.

use std::time::Duration;

use ::entity::phone_number::{self, RoutingState};
use ::entity::{NumberId, Routing, borrowed_routing, job, webhook_address};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use super::plan::read_routing;
use super::routing_jobs::{bases_of, credentials_of, is_wanted};
use super::{changed, queries};
use crate::jobs::{ConfigureNumber, Job, ReturnNumber, WorkError, Worked};
use crate::{Services, Transaction, public_url};

/// How long a request that was given up may still be under way.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// Has the number of a routing job looked at again that was taken from its worker: whatever that one sent to Twilio, it sent
/// without knowing what others did meanwhile. Of no consequence for jobs of other kinds.
///
/// # Errors
/// When the database fails.
pub async fn look_again(services: &Services, lost: &job::Model) -> Result<(), WorkError> {
    let writes_routing = [ConfigureNumber::KIND, ReturnNumber::KIND].contains(&lost.kind.as_str());
    let (true, Ok(number)) = (writes_routing, Uuid::try_parse(&lost.subject)) else {
        return Ok(());
    };
    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, NumberId(number)).await?;
    if is_wanted(tx.db(), &number).await? {
        let job = ConfigureNumber { number: number.id };
        tx.enqueue_after(&number, &job, ARRIVES_WITHIN).await?;
    } else {
        let job = ReturnNumber { number: number.id };
        tx.enqueue_after(&number, &job, ARRIVES_WITHIN).await?;
    }
    Ok(tx.commit().await?)
}

/// Looks whether calls to a number come to us that is not ours by its row. If they do, what was given back last is borrowed once
/// more, and to be given back again.
///
/// # Errors
/// When Twilio does not tell, or something on our side fails.
pub(super) async fn left_over(services: &Services, number: &phone_number::Model) -> Result<Worked, WorkError> {
    let nothing = Worked::Done(json!({ "skipped": "there is nothing to give back" }));
    let (Some(reference), Some((who, sid))) = (&number.reference, credentials_of(services, number).await?) else {
        return Ok(nothing);
    };
    let live = match services.twilio.fetch_number(&who, &sid).await {
        Ok(live) => read_routing(&live),
        Err(silence) if silence.is_silence() => return Err(silence.into()),
        Err(_) => return Ok(nothing),
    };
    let address = webhook_address::Entity::find_by_id(reference).one(&services.db).await?;
    let bases = bases_of(services, address.as_ref());
    if !bases.iter().any(|base| is_our_address(&live, base, reference)) {
        return Ok(nothing);
    }
    let mut tx = services.begin().await?;
    let number = queries::lock(&tx, number.id).await?;
    if number.routing != RoutingState::NotOurs || is_wanted(tx.db(), &number).await? {
        return Ok(Worked::Again(Duration::ZERO));
    }
    reopen_borrowed(&tx, number.id).await?;
    let pending = phone_number::ActiveModel {
        id: Unchanged(number.id),
        routing: Set(RoutingState::ReturnPending),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let pending = pending.update(tx.db()).await?;
    tx.record(pending.workspace_id, changed(&pending)).await?;
    tx.commit().await?;
    tracing::warn!(number.id = %number.id, "a late write brought calls to number {} to us; its routing is given back once more", number.e164.masked());
    Ok(Worked::Again(Duration::ZERO))
}

fn is_our_address(live: &Routing, base: &str, reference: &str) -> bool {
    live.voice_url.as_deref() == Some(&public_url::voice(base, reference))
}

/// What was given back last is borrowed again.
async fn reopen_borrowed(tx: &Transaction<'_>, number: NumberId) -> Result<(), DbErr> {
    let column = borrowed_routing::COLUMN;
    let last = borrowed_routing::Entity::find()
        .filter(column.phone_number_id.eq(number))
        .order_by_desc(column.borrowed_at)
        .one(tx.db())
        .await?;
    let Some(last) = last else { return Ok(()) };
    borrowed_routing::Entity::update_many()
        .col_expr(
            borrowed_routing::Column::ReturnedAt,
            Expr::value(None::<chrono::DateTime<chrono::Utc>>),
        )
        .filter(column.id.eq(last.id))
        .exec(tx.db())
        .await?;
    Ok(())
}
