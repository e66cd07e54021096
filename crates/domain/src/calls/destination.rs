//! Who a test call may go to: numbers whose owners have agreed to be called.

use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::{E164, twilio_account};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};

use crate::{Actor, Error, Refusal, RefusalCode, Services, secrets, twilio_refusal};

/// Passes if a test call of `number` may go to `to`: Callab's echo line, a number the workspace has in use, or a caller id that
/// the account has verified at Twilio. The first two are looked at first; they cost no request. Callab's staff call the echo line
/// only.
pub(super) async fn check(
    services: &Services,
    actor: &Actor,
    account: &twilio_account::Model,
    number: &phone_number::Model,
    to: &E164,
) -> Result<(), Error> {
    if *to == number.e164 {
        return Err(not_allowed("A number cannot call itself.").into());
    }
    if services.limits.echo_lines.contains(to) {
        return Ok(());
    }
    if actor.role.is_staff() {
        return Err(not_allowed("Callab's staff may call Callab's own echo lines only.").into());
    }
    let own = phone_number::Entity::of_workspace(number.workspace_id)
        .filter(phone_number::COLUMN.e164.eq(to.clone()))
        .filter(phone_number::COLUMN.state.eq(NumberState::Added))
        .filter(phone_number::COLUMN.at_twilio.eq(AtTwilio::Listed))
        .count(&services.db)
        .await?;
    if own > 0 {
        return Ok(());
    }
    let Some(who) = secrets::credentials(services, account).await? else {
        return Err(not_allowed("The account has no credentials here.").into());
    };
    let verified = services.twilio.list_outgoing_caller_ids(&who).await;
    let verified = verified.map_err(|error| twilio_refusal::refusal(&error).on("to"))?;
    if verified.iter().any(|caller| caller.phone_number == to.as_str()) {
        return Ok(());
    }
    let message = "A test call may go to the account's verified caller ids, the workspace's own numbers and Callab's echo line only. \
                   Verify the number at Twilio first.";
    Err(not_allowed(message).into())
}

fn not_allowed(message: &str) -> Refusal {
    Refusal::new(RefusalCode::DestinationNotAllowed, message).on("to")
}
