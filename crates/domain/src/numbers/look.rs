//! Looks at some numbers at Twilio, as a sync does at all of them.

use std::collections::HashMap;

use ::entity::phone_number::{self, AtTwilio};
use ::entity::{NumberId, twilio_account};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use twilio::{Credentials, Number, NumberSid, TwilioError};

use super::plan::{Listed, plan};
use super::sync::apply;
use crate::Services;
use crate::jobs::{AssessHealth, WorkError};

/// Reads these numbers at Twilio, writes what changed, and answers the rows as they are then. One number is one request; more are the
/// account's list.
///
/// # Errors
/// When Twilio does not tell, or something on our side fails.
pub(crate) async fn look(
    services: &Services,
    account: &twilio_account::Model,
    who: &Credentials,
    ours: &[phone_number::Model],
) -> Result<Vec<phone_number::Model>, WorkError> {
    let theirs = match ours {
        [] => return Ok(Vec::new()),
        [only] => one(services, who, only).await?,
        _ => {
            services
                .twilio
                .list_numbers(who, services.limits.sync_page_size)
                .await?
        }
    };
    if theirs.is_empty() && ours.len() > 1 {
        return Ok(ours.to_vec()); // A list without a number that was there: the sync finds out what is true.
    }
    let known: HashMap<&str, NumberId> = ours.iter().map(|row| (row.sid.as_str(), row.id)).collect();
    let listed = theirs.iter().filter(|number| known.contains_key(number.sid.as_str()));
    let listed: Vec<Listed> = listed.filter_map(Listed::read).collect();
    let plan = plan(ours.to_vec(), listed);

    let mut tx = services.begin().await?;
    apply(services, &mut tx, account, plan).await?;
    let ids = || ours.iter().map(|row| row.id);
    phone_number::Entity::update_many()
        .col_expr(phone_number::Column::SeenAt, Expr::value(tx.at()))
        .filter(phone_number::COLUMN.id.is_in(ids()))
        .filter(phone_number::COLUMN.at_twilio.eq(AtTwilio::Listed))
        .exec(tx.db())
        .await?;
    let rows = phone_number::Entity::find()
        .filter(phone_number::COLUMN.id.is_in(ids()))
        .all(tx.db())
        .await?;
    tx.enqueue(account, &AssessHealth { account: account.id }).await?;
    tx.commit().await?;
    Ok(rows)
}

/// One number; none when the account does not own it any more.
async fn one(services: &Services, who: &Credentials, row: &phone_number::Model) -> Result<Vec<Number>, WorkError> {
    let sid = NumberSid::parse(&row.sid).map_err(|_| super::routing_plan::unreadable(row, "its SID"))?;
    match services.twilio.fetch_number(who, &sid).await {
        Ok(number) => Ok(vec![number]),
        Err(TwilioError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
