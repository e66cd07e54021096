//! Changes an agent's name or endpoint. Calls that begin afterwards use the new one.

use ::entity::{AgentId, agent};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::{Set, Unchanged};

use super::moved::note_moved;
use super::{Endpoint, queries};
use crate::audit::Act;
use crate::{Error, Permission, Refusal, Request, Services, idempotency, text};

/// Changes an agent; what is none stays.
///
/// # Errors
/// Refused when there is no such agent, or a text is not usable.
pub async fn update(
    services: &Services,
    request: &Request,
    id: AgentId,
    name: Option<&str>,
    endpoint: Option<&str>,
) -> Result<agent::Model, Error> {
    request.actor.require(Permission::ManageAgents)?;
    let name = name.map(|name| text::name(name, "name")).transpose();
    let endpoint = endpoint
        .map(|endpoint| Endpoint::parse(endpoint, &services.limits))
        .transpose();
    let (name, endpoint) = match (name, endpoint) {
        (Ok(name), Ok(endpoint)) => (name, endpoint),
        (name, endpoint) => return Err(Error::Refused(name.err().into_iter().chain(endpoint.err()).collect())),
    };
    let row = queries::find(services, &request.actor, id).await?;
    let workspace = row.ok_or_else(|| Refusal::not_found("agent", "agentId"))?.workspace_id;
    idempotency::check(services, request, workspace).await?;
    let mut tx = services.begin().await?;
    let before = queries::lock(&tx, id).await?;
    let mut change = agent::ActiveModel {
        id: Unchanged(id),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    if let Some(name) = name {
        change.name = Set(name);
    }
    if let Some(endpoint) = endpoint {
        if endpoint.address != before.endpoint {
            change.endpoint_changed_at = Set(Some(tx.at()));
            note_moved(&mut tx, id).await?;
        }
        change.endpoint_kind = Set(endpoint.kind);
        change.endpoint = Set(endpoint.address);
    }
    let changed = change.update(tx.db()).await?;
    tx.audit(request, workspace, Act::on("agent.update", "agent", id))
        .await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok(changed)
}
