//! `deliver-notification`: one try to deliver a notification, and what comes after it.

use std::time::Duration;

use ::entity::notification::{self, DeliveryError, NotificationState};
use ::entity::notification_endpoint::{self, ChannelKind, DisabledReason};
use ::entity::{NotificationAttemptId, NotificationId, notification_attempt};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use tokio::time::Instant;

use super::{mail, retry, webhook};
use crate::jobs::{Decision, WorkError, Worked};
use crate::{Fault, Services, Transaction};

/// How many attempts of a notification are kept.
const KEPT_ATTEMPTS: u64 = 20;

/// How long to wait for a place among the workspace's deliveries, at most.
const FOR_A_PLACE: Duration = Duration::from_secs(20);

/// A notification that its endpoint did not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint did not take it: {why}")]
pub struct Undelivered {
    /// Why.
    pub why: DeliveryError,
    /// When it is tried again; never if none.
    pub again: Option<Duration>,
}

impl Undelivered {
    /// What the worker does next.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.again.map_or(Decision::GiveUp, Decision::RetryAfter)
    }
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// Why it failed; none when it arrived.
    pub error: Option<DeliveryError>,
}

impl Tried {
    pub(super) fn failed(error: DeliveryError) -> Self {
        Self {
            status: None,
            error: Some(error),
        }
    }

    pub(super) const ARRIVED: Self = Self {
        status: None,
        error: None,
    };
}

/// Tries to deliver a notification. Should the worker die between the endpoint's answer and our note of it, it is delivered again: the
/// endpoint tells it by its id.
///
/// # Errors
/// [`Undelivered`] when the endpoint does not take it, and faults on our side.
pub async fn deliver(services: &Services, id: NotificationId) -> Result<Worked, WorkError> {
    let Some(notification) = notification::Entity::find_by_id(id).one(&services.db).await? else {
        return Ok(Worked::Done(json!({ "skipped": "the notification is gone" })));
    };
    if notification.state == NotificationState::Delivered {
        return Ok(Worked::Done(json!({ "skipped": "it was delivered before" })));
    }
    let endpoint = notification_endpoint::Entity::find_by_id(notification.endpoint_id)
        .one(&services.db)
        .await?;
    let Some(endpoint) = endpoint else {
        return Ok(Worked::Done(json!({ "skipped": "the endpoint is gone" })));
    };
    let Some(_place) = services.outbound.place(endpoint.workspace_id) else {
        return Ok(Worked::Again(
            FOR_A_PLACE.mul_f64(retry::chance(id)).max(Duration::from_secs(1)),
        ));
    };
    let begun = Instant::now();
    let tried = attempt(services, &endpoint, &notification).await?;
    let again = write(services, &endpoint, &notification, &tried, begun.elapsed()).await?;
    match tried.error {
        None => Ok(Worked::Done(
            json!({ "status": tried.status, "attempts": notification.attempts + 1 }),
        )),
        Some(why) => Err(Undelivered { why, again }.into()),
    }
}

async fn attempt(
    services: &Services,
    endpoint: &notification_endpoint::Model,
    notification: &notification::Model,
) -> Result<Tried, Fault> {
    if endpoint.removed_at.is_some() {
        return Ok(Tried::failed(DeliveryError::EndpointRemoved));
    }
    if !endpoint.enabled {
        return Ok(Tried::failed(DeliveryError::EndpointDisabled));
    }
    let tried = match endpoint.kind {
        ChannelKind::Webhook => webhook::post(services, endpoint, notification).await,
        ChannelKind::Email => Ok(mail::send(services, endpoint, notification).await),
        ChannelKind::Unknown(_) => {
            return Err(Fault::Unreadable {
                row: format!("notification_endpoint/{}", endpoint.id),
                what: "its kind",
            });
        }
    };
    match tried {
        Err(Fault::Vault(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(endpoint.id = %endpoint.id, error, "could not open the secret of endpoint {}", endpoint.id);
            Ok(Tried::failed(DeliveryError::SecretUnreadable))
        }
        tried => tried,
    }
}

/// Whether the same could go otherwise a while later, without anybody's doing here.
fn may_pass(error: &DeliveryError) -> bool {
    match error {
        DeliveryError::Rejected
        | DeliveryError::Redirected
        | DeliveryError::TimedOut
        | DeliveryError::NotConnected
        | DeliveryError::NotResolved
        | DeliveryError::AddressNotAllowed
        | DeliveryError::MailUnavailable => true,
        DeliveryError::Gone
        | DeliveryError::MailRejected
        | DeliveryError::MailNotSetUp
        | DeliveryError::EndpointDisabled
        | DeliveryError::EndpointRemoved
        | DeliveryError::SecretUnreadable
        | DeliveryError::Unknown(_) => false,
    }
}

/// Notes the attempt and what becomes of the notification. Answers after how long it is tried again.
async fn write(
    services: &Services,
    endpoint: &notification_endpoint::Model,
    notification: &notification::Model,
    tried: &Tried,
    took: Duration,
) -> Result<Option<Duration>, DbErr> {
    let attempts = notification.attempts + 1;
    let again = tried
        .error
        .as_ref()
        .filter(|error| may_pass(error))
        .and_then(|_| retry::wait_after(attempts, notification.id));
    let tx = services.begin().await?;
    note_attempt(&tx, notification.id, tried, took).await?;
    let mut change = notification::ActiveModel {
        id: Unchanged(notification.id),
        attempts: Set(attempts),
        ..Default::default()
    };
    match &tried.error {
        None => {
            change.state = Set(NotificationState::Delivered);
            change.failure = Set(None);
            change.delivered_at = Set(Some(tx.at()));
        }
        Some(error) if again.is_none() => {
            change.state = Set(NotificationState::Failed);
            change.failure = Set(Some(error.clone()));
        }
        Some(_) => {}
    }
    change.update(tx.db()).await?;
    if tried.error == Some(DeliveryError::Gone) {
        disable(&tx, endpoint).await?;
    }
    tx.commit().await?;
    Ok(again)
}

async fn note_attempt(
    tx: &Transaction<'_>,
    notification: NotificationId,
    tried: &Tried,
    took: Duration,
) -> Result<(), DbErr> {
    let row = notification_attempt::ActiveModel {
        id: Set(NotificationAttemptId(tx.new_id())),
        notification_id: Set(notification),
        status: Set(tried.status.map(i32::from)),
        duration_ms: Set(i32::try_from(took.as_millis()).unwrap_or(i32::MAX)),
        error: Set(tried.error.clone()),
        at: Set(tx.at()),
    };
    notification_attempt::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    let column = notification_attempt::COLUMN;
    let oldest_kept: Option<NotificationAttemptId> = notification_attempt::Entity::find()
        .select_only()
        .column(notification_attempt::Column::Id)
        .filter(column.notification_id.eq(notification))
        .order_by_desc(column.id)
        .offset(KEPT_ATTEMPTS - 1)
        .limit(1)
        .into_tuple()
        .one(tx.db())
        .await?;
    if let Some(oldest) = oldest_kept {
        notification_attempt::Entity::delete_many()
            .filter(column.notification_id.eq(notification))
            .filter(column.id.lt(oldest))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// An endpoint that is gone for good is told nothing more, until a person enables it again.
async fn disable(tx: &Transaction<'_>, endpoint: &notification_endpoint::Model) -> Result<(), DbErr> {
    let change = notification_endpoint::ActiveModel {
        id: Unchanged(endpoint.id),
        enabled: Set(false),
        disabled_reason: Set(Some(DisabledReason::Gone)),
        updated_at: Set(tx.at()),
        ..Default::default()
    };
    change.update(tx.db()).await?;
    Ok(())
}
