//! Which numbers in use credentials do not reach.

use std::collections::HashSet;

use ::entity::phone_number::{self, AtTwilio, NumberState};
use ::entity::{E164, twilio_account};
use sea_orm::{ColumnTrait, DbErr, QueryFilter};
use twilio::{Credentials, TwilioError};

use crate::Services;

/// The numbers of an account that Callab uses and Twilio does not list for these credentials. Twilio is not asked for an account
/// without numbers in use.
///
/// # Errors
/// When the database fails; Twilio's own word is inside.
pub(super) async fn out_of_reach(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
) -> Result<Result<Vec<E164>, TwilioError>, DbErr> {
    let in_use = phone_number::Entity::of_account(account.id)
        .filter(phone_number::COLUMN.state.eq(NumberState::Added))
        .filter(phone_number::COLUMN.at_twilio.eq(AtTwilio::Listed))
        .all(&services.db)
        .await?;
    if in_use.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let listed = match services.twilio.list_numbers(who, services.limits.sync_page_size).await {
        Ok(listed) => listed,
        Err(error) => return Ok(Err(error)),
    };
    let listed: HashSet<&str> = listed.iter().map(|number| number.sid.as_str()).collect();
    let missing = in_use
        .into_iter()
        .filter(|number| !listed.contains(number.sid.as_str()));
    Ok(Ok(missing.map(|number| number.e164).collect()))
}
