//! Makes an endpoint.

use ::entity::notification::NotificationKind;
use ::entity::notification_endpoint::{self, ChannelKind};
use ::entity::{EndpointId, WorkspaceId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, PaginatorTrait};

use super::{SigningSecret, address};
use crate::audit::Act;
use crate::{
    Error, Permission, Refusal, RefusalCode, Request, Services, Transaction, idempotency, secrets, workspaces,
};

/// How many endpoints a workspace has at most.
const MOST: u64 = 10;

/// An endpoint that is wanted.
#[derive(Clone, Debug)]
pub struct NewEndpoint<'a> {
    /// How it is told.
    pub kind: ChannelKind,
    /// Where.
    pub address: &'a str,
    /// Of what.
    pub kinds: Vec<NotificationKind>,
}

/// Makes an endpoint in the actor's workspace. Answers a webhook's secret with it, which is never shown again.
///
/// # Errors
/// Refused when the address may not be told, mails are not set up here, or the workspace has ten endpoints.
pub async fn create_endpoint(
    services: &Services,
    request: &Request,
    new: NewEndpoint<'_>,
) -> Result<(notification_endpoint::Model, Option<SigningSecret>), Error> {
    request.actor.require(Permission::ManageNotifications)?;
    let workspace = request.actor.own_workspace()?;
    idempotency::check(services, request, workspace).await?;
    let wanted = address::wanted(&new.kind, new.kinds);
    let (address, wanted) = match (address::read(services, &new.kind, new.address).await, wanted) {
        (Ok(address), Ok(wanted)) => (address, wanted),
        (address, wanted) => return Err(Error::Refused(address.err().into_iter().chain(wanted.err()).collect())),
    };
    let key = match new.kind {
        ChannelKind::Webhook => Some(secrets::workspace_key(services, workspace).await?),
        _ => None, // Mails are not signed.
    };
    let mut tx = services.begin().await?;
    require_room(&tx, workspace).await?;
    let id = EndpointId(services.ids.new_id());
    let mut row = notification_endpoint::ActiveModel {
        id: Set(id),
        workspace_id: Set(workspace),
        kind: Set(new.kind.clone()),
        address: Set(address),
        wanted: Set(wanted),
        enabled: Set(true),
        created_at: Set(tx.at()),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    let mut secret = None;
    if let Some(key) = &key {
        let made = SigningSecret::generate(&*services.ids);
        let sealed = made.seal(key, id)?;
        row.secret_key_name = Set(Some(sealed.key.to_string()));
        row.secret_sealed = Set(Some(sealed.bytes));
        secret = Some(made);
    }
    let endpoint = row.insert(tx.db()).await?;
    let act = Act::on("notification_endpoint.create", "notification_endpoint", id);
    tx.audit(request, workspace, act).await?;
    tx.once(request, workspace, id.0).await?;
    tx.commit().await?;
    Ok((endpoint, secret))
}

async fn require_room(tx: &Transaction<'_>, workspace: WorkspaceId) -> Result<(), Error> {
    workspaces::lock(tx, workspace).await?;
    let endpoints = notification_endpoint::Entity::of_workspace(workspace)
        .count(tx.db())
        .await?;
    if endpoints >= MOST {
        let message = format!("A workspace has at most {MOST} notification endpoints. Delete one first.");
        return Err(Refusal::new(RefusalCode::EndpointLimit, message).into());
    }
    Ok(())
}
