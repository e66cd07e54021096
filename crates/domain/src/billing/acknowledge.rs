//! Takes note of an episode.

use ::entity::BillingEpisodeId;
use ::entity::billing_episode;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{EntityTrait, QuerySelect};

use super::{episodes, queries};
use crate::audit::Act;
use crate::{Error, Permission, Refusal, RefusalCode, Request, Services, idempotency, text};

/// Notes that someone has seen an open episode, with a note where they leave one. A second time puts the newer note in the place of
/// the older. The episode ends as it would without.
///
/// # Errors
/// Refused when there is no such episode, or it is over.
pub async fn acknowledge_episode(
    services: &Services,
    request: &Request,
    id: BillingEpisodeId,
    note: Option<&str>,
) -> Result<billing_episode::Model, Error> {
    request.actor.require(Permission::AcknowledgeBilling)?;
    let found = queries::find_episode(services, &request.actor, id).await?;
    let workspace = found.ok_or_else(no_such_episode)?.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let note = note.map(|note| text::name(note, "note")).transpose()?;
    let mut tx = services.begin().await?;
    let episode = billing_episode::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.db())
        .await?
        .ok_or_else(no_such_episode)?;
    if episode.closed_at.is_some() {
        let message = "The episode is over. There is nothing left to take note of.";
        return Err(Refusal::new(RefusalCode::AlreadyEnded, message)
            .on("billingEpisodeId")
            .into());
    }
    let mut seen = billing_episode::ActiveModel {
        id: Unchanged(id),
        acknowledged_at: Set(Some(tx.at())),
        acknowledged_by: Set(Some(request.actor.subject.clone())),
        ..Default::default()
    };
    if note.is_some() {
        seen.note = Set(note);
    }
    let seen = billing_episode::Entity::update(seen).exec(tx.db()).await?;
    tx.record(workspace, episodes::changed(&seen)).await?;
    tx.audit(
        request,
        workspace,
        Act::on("billing_episode.acknowledge", "billing_episode", id).of(seen.twilio_account_id),
    )
    .await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(seen)
}

fn no_such_episode() -> Refusal {
    Refusal::not_found("billing episode", "billingEpisodeId")
}
