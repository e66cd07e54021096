//! `sync-numbers`: reads an account's whole inventory and brings ours in line.

use std::time::Duration;

use ::entity::configuration_change::ConfigurationKind;
use ::entity::phone_number::{self, AtTwilio, NumberSource, NumberState, RoutingState};
use ::entity::twilio_account::{self, AccountState};
use ::entity::{AccountId, NumberId};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use twilio::{Credentials, NumberSid, TwilioError};

use super::plan::{Listed, Plan, plan};
use crate::audit::Act;
use crate::configuration::{Change, between};
use crate::events::{Event, kind};
use crate::jobs::{self, AssessHealth, ConfigureNumber, ReturnNumber, SyncNumbers, WorkError, Worked};
use crate::{Error, Permission, Request, Services, Transaction, accounts, idempotency, secrets};

/// How long to wait after a list that cannot be right.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// From so many numbers on a reading takes long enough for people to want to know how far it is.
const MANY: usize = 1000;

/// How many rows one statement inserts: its values stay under SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

/// Has the account's numbers read now.
///
/// # Errors
/// Refused when there is no such account, or it is disconnected.
pub async fn request_sync(
    services: &Services,
    request: &Request,
    id: AccountId,
) -> Result<twilio_account::Model, Error> {
    request.actor.require(Permission::CheckAccounts)?;
    let account = accounts::named(services, &request.actor, id).await?;
    idempotency::check(services, request, account.workspace_id).await?;
    accounts::require_connected(&account)?;
    let mut tx = services.begin().await?;
    tx.enqueue(&account, &SyncNumbers { account: id }).await?;
    tx.audit(request, account.workspace_id, Act::on_account("phone_number.sync", id))
        .await?;
    tx.once(request, account.workspace_id, id.0).await?;
    tx.commit().await?;
    Ok(account)
}

/// Reads every page of the account's numbers and applies the difference in one transaction. Running it twice changes nothing.
///
/// # Errors
/// When Twilio does not give the whole list: then nothing is concluded from the part that was read.
pub async fn sync(services: &Services, id: AccountId) -> Result<Worked, WorkError> {
    let Some(account) = twilio_account::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the account is gone" })));
    };
    if account.state != AccountState::Connected {
        return Ok(Worked::Done(json!({ "skipped": "the account is disconnected" })));
    }
    let Some(who) = secrets::credentials(services, &account).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the account has no credentials" })));
    };
    // Ours first: what another job writes while Twilio lists is newer than the list, and is left alone below.
    let ours = phone_number::Entity::of_account(id).all(&services.db).await?;
    if ours.len() >= MANY {
        jobs::tell_progress(services, &format!("reads about {} numbers at Twilio", ours.len())).await?;
    }
    let theirs = match services.twilio.list_numbers(&who, services.limits.sync_page_size).await {
        Ok(theirs) => theirs,
        Err(error @ TwilioError::Unauthorized { .. }) => {
            accounts::doubt(services, &account).await?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    if theirs.is_empty() && is_still_there(services, &who, &ours).await? {
        return Ok(Worked::Again(LOOK_AGAIN)); // The list says nothing, and a number of it answers: the list is wrong.
    }
    let theirs_count = theirs.len();
    // Each is let go as it was read: of a large account that is a lot of memory.
    let listed: Vec<Listed> = theirs.into_iter().filter_map(|number| Listed::read(&number)).collect();
    let unreadable = theirs_count - listed.len();
    let plan = plan(ours, listed);
    let report = json!({ "added": plan.add.len(), "changed": plan.change.len(), "gone": plan.gone.len(), "unreadable": unreadable });

    if theirs_count >= MANY {
        jobs::tell_progress(services, &format!("writes what changed of {theirs_count} numbers")).await?;
    }
    let mut tx = services.begin().await?;
    Box::pin(apply(services, &mut tx, &account, plan)).await?;
    let synced = twilio_account::ActiveModel {
        id: Unchanged(id),
        synced_at: Set(Some(tx.at())),
        ..Default::default()
    };
    twilio_account::Entity::update(synced).exec(tx.db()).await?;
    tx.record(
        account.workspace_id,
        Event {
            kind: kind::ACCOUNT,
            subject: id.0,
            data: json!({ "synced": report }),
        },
    )
    .await?;
    tx.enqueue(&account, &AssessHealth { account: id }).await?;
    tx.commit().await?;
    tracing::info!(account.id = %id, report = %report, "synced numbers of account {}", account.sid);
    Ok(Worked::Done(report))
}

/// Whether Twilio still knows a number that Callab uses.
async fn is_still_there(
    services: &Services,
    who: &Credentials,
    ours: &[phone_number::Model],
) -> Result<bool, WorkError> {
    let in_use = ours
        .iter()
        .find(|row| row.state == NumberState::Added && row.at_twilio == AtTwilio::Listed);
    let Some(sid) = in_use.and_then(|row| NumberSid::parse(&row.sid).ok()) else {
        return Ok(false);
    };
    match services.twilio.fetch_number(who, &sid).await {
        Ok(_) => Ok(true),
        Err(TwilioError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes what changed of an account's numbers.
pub(super) async fn apply(
    services: &Services,
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    plan: Plan,
) -> Result<(), DbErr> {
    let mut noted = Vec::new();
    for rows in plan.add.chunks(ROWS_A_STATEMENT) {
        let rows: Vec<phone_number::Model> = rows
            .iter()
            .map(|listed| new_row(services, account, listed, tx.at()))
            .collect();
        // At the first reading all are new to Callab, and none to the customer.
        if account.synced_at.is_some() {
            noted.extend(
                rows.iter()
                    .map(|row| Change::of_number(ConfigurationKind::NumberListed, row)),
            );
        }
        phone_number::Entity::insert_many(rows.into_iter().map(|row| row.into_active_model().reset_all()))
            .exec_without_returning(tx.db())
            .await?;
    }
    let mut drifted = Vec::new();
    for (before, after) in plan.change {
        let mut after = phone_number::Model {
            seen_at: tx.at(),
            drifted_at: drifted_at(&before, &after.routing, tx.at()),
            updated_at: tx.at(),
            ..after
        };
        if before.at_twilio != AtTwilio::Listed {
            listed_again(tx, account, &mut after).await?;
        }
        let written = write_if_untouched(tx, &before, &after).await?;
        if written {
            noted.extend(between(&before, &after));
        }
        if written && (before.routing != after.routing || before.at_twilio != after.at_twilio) {
            tx.record(account.workspace_id, super::changed(&after)).await?;
        }
        if written && before.routing != after.routing && after.routing == RoutingState::Drifted {
            drifted.push(super::drift_notice::notice(&after));
        }
    }
    tx.notify_all(account.workspace_id, &drifted).await?;
    for before in plan.gone {
        let after = gone(&before, tx.at());
        if write_if_untouched(tx, &before, &after).await? {
            noted.extend(between(&before, &after));
            tx.record(account.workspace_id, super::changed(&after)).await?;
        }
    }
    tx.note_all(noted).await
}

/// When the routing was first seen to have drifted; none for one that has not, or that is ours again.
fn drifted_at(before: &phone_number::Model, now: &RoutingState, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match now {
        RoutingState::Drifted => before.drifted_at.or(Some(at)),
        RoutingState::Ours => None,
        _ => before.drifted_at,
    }
}

/// The row of a number that Twilio no longer lists. What Callab does with it and wrote to it is as it was: the number may be
/// back at the next sync.
fn gone(row: &phone_number::Model, at: DateTime<Utc>) -> phone_number::Model {
    phone_number::Model {
        at_twilio: AtTwilio::Gone,
        updated_at: at,
        ..row.clone()
    }
}

/// A number that Twilio lists again: what was left to write or to give back is taken up once more.
///
/// Another account may have it in use meanwhile. Of two accounts the one that lists it now is right; but the same account's number
/// in another workspace is simply taken.
async fn listed_again(
    tx: &mut Transaction<'_>,
    account: &twilio_account::Model,
    after: &mut phone_number::Model,
) -> Result<(), DbErr> {
    if after.routing_problem.as_deref() == Some("NUMBER_GONE") {
        after.routing_problem = None;
    }
    if after.state == NumberState::Added
        && let Some(other) = super::add::in_use_elsewhere(tx.db(), after).await?
    {
        let holder = twilio_account::Entity::find_by_id(other.twilio_account_id)
            .one(tx.db())
            .await?;
        if holder.is_some_and(|holder| holder.sid == account.sid) {
            after.state = NumberState::Removed;
            after.removed_at = Some(tx.at());
        } else {
            super::add::no_longer_there(tx, &other).await?;
        }
    }
    match after.routing {
        RoutingState::Applying => {
            tx.enqueue(account, &ConfigureNumber { number: after.id }).await?;
        }
        RoutingState::ReturnPending | RoutingState::ReturnBlocked => {
            after.routing = RoutingState::ReturnPending;
            tx.enqueue(account, &ReturnNumber { number: after.id }).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Writes a row unless another wrote it since it was read. Answers whether it did.
async fn write_if_untouched(
    tx: &Transaction<'_>,
    before: &phone_number::Model,
    after: &phone_number::Model,
) -> Result<bool, DbErr> {
    let change = phone_number::ActiveModel {
        id: Unchanged(after.id),
        ..after.clone().into_active_model().reset_all()
    };
    let written = phone_number::Entity::update_many()
        .set(change)
        .filter(phone_number::COLUMN.id.eq(before.id))
        .filter(phone_number::COLUMN.updated_at.eq(before.updated_at))
        .exec(tx.db())
        .await?;
    Ok(written.rows_affected > 0)
}

fn new_row(
    services: &Services,
    account: &twilio_account::Model,
    listed: &Listed,
    at: DateTime<Utc>,
) -> phone_number::Model {
    phone_number::Model {
        id: NumberId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        sid: listed.sid.clone(),
        e164: listed.e164.clone(),
        source: NumberSource::Byot,
        state: NumberState::Available,
        at_twilio: AtTwilio::Listed,
        routing: RoutingState::NotOurs,
        routing_problem: None,
        routing_twilio_code: None,
        nickname: None,
        friendly_name: listed.friendly_name.clone(),
        country: listed.country.clone(),
        kind: listed.kind.clone(),
        voice: listed.voice,
        sms: listed.sms,
        mms: listed.mms,
        fax: listed.fax,
        twilio_status: listed.twilio_status.clone(),
        seen_routing: listed.routing.clone(),
        seen_at: at,
        written_routing: None,
        drifted_at: None,
        reference: None,
        added_at: None,
        removed_at: None,
        created_at: at,
        updated_at: at,
    }
}
