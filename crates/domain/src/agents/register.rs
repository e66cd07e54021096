//! Registers an agent, or brings a registered one up to date.

use ::entity::{AgentId, agent};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::Endpoint;
use super::moved::note_moved;
use crate::audit::Act;
use crate::{Error, Permission, Request, Services, idempotency, text};

/// When the address of an agent that is registered again was changed: now, if it is another one.
const MOVED: &str =
    "CASE WHEN agent.endpoint <> excluded.endpoint THEN excluded.updated_at ELSE agent.endpoint_changed_at END";

/// Registers the web app's agent `external_id` in the actor's workspace; one that is registered already is changed, and a
/// removed one is back.
///
/// # Errors
/// Refused when a text is empty or too long, or the endpoint is neither `wss://` nor `sip:`.
pub async fn register(
    services: &Services,
    request: &Request,
    external_id: &str,
    name: &str,
    endpoint: &str,
) -> Result<agent::Model, Error> {
    request.actor.require(Permission::ManageAgents)?;
    let workspace = request.actor.own_workspace()?;
    let (external_id, name, endpoint) = read(services, external_id, name, endpoint)?;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let of_that_name = || agent::Entity::of_workspace(workspace).filter(agent::COLUMN.external_id.eq(&external_id));
    let before = of_that_name().lock_exclusive().one(tx.db()).await?;
    let row = agent::ActiveModel {
        id: Set(AgentId(services.ids.new_id())),
        workspace_id: Set(workspace),
        external_id: Set(external_id.clone()),
        name: Set(name),
        endpoint_kind: Set(endpoint.kind),
        endpoint: Set(endpoint.address),
        created_at: Set(tx.at()),
        updated_at: Set(tx.at()),
        removed_at: Set(None),
        endpoint_changed_at: Set(None),
    };
    let again = OnConflict::columns([agent::Column::WorkspaceId, agent::Column::ExternalId])
        .update_columns([
            agent::Column::Name,
            agent::Column::EndpointKind,
            agent::Column::Endpoint,
            agent::Column::UpdatedAt,
            agent::Column::RemovedAt,
        ])
        .value(agent::Column::EndpointChangedAt, Expr::cust(MOVED))
        .to_owned();
    agent::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(tx.db())
        .await?;
    let registered = of_that_name()
        .one(tx.db())
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("agent".to_owned()))?;
    if before.is_some_and(|before| before.endpoint != registered.endpoint) {
        note_moved(&mut tx, registered.id).await?;
    }
    tx.audit(request, workspace, Act::on("agent.register", "agent", registered.id))
        .await?;
    tx.once(request, workspace, registered.id.0).await?;
    tx.commit().await?;
    Ok(registered)
}

fn read(
    services: &Services,
    external_id: &str,
    name: &str,
    endpoint: &str,
) -> Result<(String, String, Endpoint), Error> {
    let external_id = text::external_id(external_id, "externalId");
    let name = text::name(name, "name");
    let endpoint = Endpoint::parse(endpoint, &services.limits);
    match (external_id, name, endpoint) {
        (Ok(external_id), Ok(name), Ok(endpoint)) => Ok((external_id, name, endpoint)),
        (external_id, name, endpoint) => {
            let refusals = [external_id.err(), name.err(), endpoint.err()];
            Err(Error::Refused(refusals.into_iter().flatten().collect()))
        }
    }
}
