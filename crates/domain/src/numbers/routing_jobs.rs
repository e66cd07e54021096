//! What the two routing jobs share: whether the number is wanted, with what Twilio is asked, and what is borrowed.

use ::entity::agent_assignment::{self, Direction};
use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::{NumberId, borrowed_routing, twilio_account, webhook_address};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use twilio::{Credentials, Number, NumberSid, TwilioError};

use super::routing::{self, FieldWrite};
use super::routing_plan::unreadable;
use crate::audit::{self, Act};
use crate::jobs::WorkError;
use crate::{Fault, Services, Transaction, accounts, secrets, twilio_refusal};

/// Whether an agent answers the number's calls: what its routing is to be.
pub(super) async fn is_wanted(db: &impl ConnectionTrait, number: &phone_number::Model) -> Result<bool, DbErr> {
    if number.state != NumberState::Added || number.at_twilio != AtTwilio::Listed {
        return Ok(false);
    }
    let assigned = agent_assignment::Entity::current_of(number.id)
        .filter(agent_assignment::COLUMN.direction.eq(Direction::Inbound))
        .count(db)
        .await?;
    Ok(assigned > 0)
}

/// The credentials of a number's account, with the number's SID; none once they were deleted.
pub(super) async fn credentials_of(
    services: &Services,
    number: &phone_number::Model,
) -> Result<Option<(Credentials, NumberSid)>, WorkError> {
    let account = twilio_account::Entity::find_by_id(number.twilio_account_id)
        .one(&services.db)
        .await?;
    let account = account.ok_or_else(|| Fault::from(DbErr::RecordNotFound("twilio_account".to_owned())))?;
    let sid = NumberSid::parse(&number.sid).map_err(|_| unreadable(number, "its SID"))?;
    Ok(secrets::credentials(services, &account).await?.map(|who| (who, sid)))
}

/// Writes at Twilio what differs. The audit log is told which fields, and not what is in them: addresses of the customer's may carry
/// secrets of theirs.
pub(super) async fn write(
    services: &Services,
    number: &phone_number::Model,
    (who, sid): (&Credentials, &NumberSid),
    writes: &[FieldWrite],
) -> Result<Result<Number, TwilioError>, DbErr> {
    let fields: Vec<&str> = writes.iter().map(|write| write.field.as_str()).collect();
    let act = Act::on("twilio.update_number", "phone_number", number.id)
        .of(number.twilio_account_id)
        .with(json!({ "fields": fields }));
    let update = routing::update(writes);
    let written = services.twilio.update_number(who, sid, &update);
    audit::at_twilio(services, number.workspace_id, act, written).await
}

/// The public base URLs under which this number's addresses may stand at Twilio.
pub(super) fn bases_of(services: &Services, address: Option<&webhook_address::Model>) -> Vec<String> {
    let mut bases: Vec<String> = services
        .public_url
        .iter()
        .map(|public| public.base().to_owned())
        .collect();
    if let Some(address) = address {
        bases.push(address.base_url.clone());
        bases.extend(address.previous_base_url.clone());
    }
    bases
}

/// What was borrowed has been given back, or there is nobody to give it back to.
pub(super) async fn close_borrowed(tx: &Transaction<'_>, number: NumberId) -> Result<(), DbErr> {
    borrowed_routing::Entity::update_many()
        .col_expr(borrowed_routing::Column::ReturnedAt, Expr::value(tx.at()))
        .filter(borrowed_routing::COLUMN.phone_number_id.eq(number))
        .filter(borrowed_routing::COLUMN.returned_at.is_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Credentials that are rejected here are checked by the job that may conclude something from it.
pub(super) async fn doubt_credentials(
    services: &Services,
    number: &phone_number::Model,
    error: &TwilioError,
) -> Result<(), DbErr> {
    if !matches!(error, TwilioError::Unauthorized { .. }) {
        return Ok(());
    }
    match twilio_account::Entity::find_by_id(number.twilio_account_id)
        .one(&services.db)
        .await?
    {
        Some(account) => accounts::doubt(services, &account).await,
        None => Ok(()),
    }
}

/// The stable code of a refusal, for the number's row.
pub(super) fn problem_of(error: &TwilioError) -> &'static str {
    twilio_refusal::refusal(error).code.as_str()
}
