//! Notices become rows and jobs together with the change that they tell of.

use ::entity::notification::{self, NotificationKind, NotificationState};
use ::entity::notification_endpoint::{self, ChannelKind};
use ::entity::{NotificationId, WorkspaceId};
use sea_orm::ActiveValue::Set;
use sea_orm::{DbErr, EntityTrait, QueryFilter};

use super::Notice;
use crate::Transaction;
use crate::jobs::{DeliverNotification, Whose};

/// How many rows one statement inserts: its values stay under SQLite's limit of 32,766.
const ROWS_A_STATEMENT: usize = 500;

impl Transaction<'_> {
    /// Tells each endpoint of the workspace that wants it. Answers how many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify(&mut self, workspace: WorkspaceId, notice: Notice) -> Result<usize, DbErr> {
        self.notify_all(workspace, &[notice]).await
    }

    /// The same for many notices at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify_all(&mut self, workspace: WorkspaceId, notices: &[Notice]) -> Result<usize, DbErr> {
        if notices.is_empty() {
            return Ok(0);
        }
        let endpoints = notification_endpoint::Entity::of_workspace(workspace)
            .filter(notification_endpoint::COLUMN.enabled.eq(true))
            .all(self.db())
            .await?;
        let mut rows = Vec::new();
        for notice in notices {
            let wanting = endpoints.iter().filter(|endpoint| wants(endpoint, &notice.kind));
            rows.extend(wanting.map(|endpoint| self.notification(endpoint, notice)));
        }
        self.deliver(workspace, rows).await
    }

    /// Tells one endpoint, whether it wants it or not, and at once.
    pub(super) async fn notify_one(
        &mut self,
        endpoint: &notification_endpoint::Model,
        notice: &Notice,
    ) -> Result<NotificationId, DbErr> {
        let row = self.notification(endpoint, notice);
        let id = row.id;
        self.insert_notifications(vec![row]).await?;
        self.enqueue(endpoint.workspace_id, &DeliverNotification { notification: id })
            .await?;
        Ok(id)
    }

    fn notification(&self, endpoint: &notification_endpoint::Model, notice: &Notice) -> notification::Model {
        notification::Model {
            id: NotificationId(self.new_id()),
            workspace_id: endpoint.workspace_id,
            endpoint_id: endpoint.id,
            kind: notice.kind.clone(),
            subject: notice.subject.id,
            payload: notice.body(self.at()),
            state: NotificationState::Waiting,
            failure: None,
            attempts: 0,
            created_at: self.at(),
            delivered_at: None,
        }
    }

    async fn deliver(&mut self, workspace: WorkspaceId, rows: Vec<notification::Model>) -> Result<usize, DbErr> {
        let jobs: Vec<_> = rows
            .iter()
            .map(|row| (Whose::from(workspace), DeliverNotification { notification: row.id }))
            .collect();
        self.insert_notifications(rows).await?;
        self.enqueue_routine(jobs).await
    }

    async fn insert_notifications(&self, rows: Vec<notification::Model>) -> Result<(), DbErr> {
        for rows in rows.chunks(ROWS_A_STATEMENT) {
            let rows = rows.iter().map(|row| notification::ActiveModel {
                id: Set(row.id),
                workspace_id: Set(row.workspace_id),
                endpoint_id: Set(row.endpoint_id),
                kind: Set(row.kind.clone()),
                subject: Set(row.subject),
                payload: Set(row.payload.clone()),
                state: Set(row.state.clone()),
                failure: Set(None),
                attempts: Set(0),
                created_at: Set(row.created_at),
                delivered_at: Set(None),
            });
            notification::Entity::insert_many(rows)
                .exec_without_returning(self.db())
                .await?;
        }
        Ok(())
    }
}

/// Whether an endpoint is told of this kind. Mails are for billing alerts, whatever an endpoint asks for.
fn wants(endpoint: &notification_endpoint::Model, kind: &NotificationKind) -> bool {
    let by_this_channel = endpoint.kind != ChannelKind::Email || super::mail::is_for(kind);
    by_this_channel && endpoint.wanted.0.contains(kind)
}
