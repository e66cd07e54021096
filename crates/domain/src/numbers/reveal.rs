//! Shows one number whole to those who otherwise see it masked: for a reason, for a minute, and on record.

use ::entity::phone_number;
use ::entity::{AuditEntryId, E164, NumberId, audit_entry};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{DbErr, EntityTrait};
use serde_json::json;
use uuid::Uuid;

use super::queries;
use crate::audit::{self, Act};
use crate::diagnosis::fit_to_show;
use crate::{Error, Permission, Refusal, Request, Services, idempotency, text};

/// How long a number may be shown.
const SHOWN_FOR: TimeDelta = TimeDelta::seconds(60);

/// The action in the audit log.
const ACTION: &str = "phone_number.reveal";

/// The outcome of one whom the role does not allow it.
const FORBIDDEN: &str = "FORBIDDEN";

/// A number that may be shown for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// The whole number; none when the time is up.
    pub number: Option<E164>,
    /// Until when it may be shown.
    pub visible_until: DateTime<Utc>,
}

/// Shows a number. The reason is kept in the audit log, without what may be a number or a secret in it. Who was refused a number
/// that they may know of is kept there as well, with why.
///
/// # Errors
/// Forbidden for roles that may not. Refused when there is no such number, or the reason is too short, too long or holds control
/// characters.
pub async fn reveal(services: &Services, request: &Request, id: NumberId, reason: &str) -> Result<Revealed, Error> {
    let number = queries::find(services, &request.actor, id).await?;
    let reason = text::reason(reason, "reason");
    let told = reason.as_ref().ok().map(|reason| fit_to_show(reason));
    let act = Act::on(ACTION, "phone_number", id)
        .of(number.as_ref().map(|number| number.twilio_account_id))
        .with(json!({ "reason": told }));
    // What is nobody's has no audit log to stand in.
    let workspace = number.as_ref().map(|number| number.workspace_id);
    let refused = match (request.actor.require(Permission::RevealNumbers), reason, number) {
        (Ok(()), Ok(_), Some(number)) => return show(services, request, number, act).await,
        (Err(forbidden), _, _) => forbidden,
        (_, Err(refusal), _) => refusal.into(),
        (.., None) => Refusal::not_found("phone number", "phoneNumberId").into(),
    };
    if let Some(workspace) = workspace.or(request.actor.workspace) {
        audit::refused(services, request, workspace, act, outcome(&refused)).await?;
    }
    Err(refused)
}

/// The word for a refusal in the audit log.
fn outcome(refused: &Error) -> &'static str {
    match refused.refusals().first() {
        Some(refusal) => refusal.code.as_str(),
        None => FORBIDDEN,
    }
}

async fn show(
    services: &Services,
    request: &Request,
    number: phone_number::Model,
    act: Act,
) -> Result<Revealed, Error> {
    let workspace = number.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let entry = tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, entry.0).await?;
    let visible_until = until(tx.at());
    tx.commit().await?;
    Ok(Revealed {
        number: Some(number.e164),
        visible_until,
    })
}

/// What a request showed that was carried out before, by its audit entry: the number again while its time lasts.
///
/// # Errors
/// When the database fails.
pub async fn revealed(services: &Services, entry: Uuid) -> Result<Option<Revealed>, DbErr> {
    let entry = audit_entry::Entity::find_by_id(AuditEntryId(entry));
    let Some(entry) = entry.one(&services.db).await? else {
        return Ok(None);
    };
    let visible_until = until(entry.at);
    let id = entry
        .subject
        .split_once('/')
        .and_then(|(_, id)| Uuid::try_parse(id).ok());
    let number = match id {
        Some(id) if services.clock.now() < visible_until => {
            let number = phone_number::Entity::find_by_id(NumberId(id));
            number.one(&services.db).await?.map(|number| number.e164)
        }
        _ => None,
    };
    Ok(Some(Revealed { number, visible_until }))
}

/// As exactly as the database keeps time, so that a repeat answers the same.
fn until(shown_at: DateTime<Utc>) -> DateTime<Utc> {
    shown_at.trunc_subsecs(6) + SHOWN_FOR
}
