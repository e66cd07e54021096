//! Reads the status page and tells what changed.

use ::entity::WorkspaceId;
use ::entity::twilio_account::{self, AccountState};
use ::entity::twilio_status_page::{
    self, Column, StatusComponent, StatusComponents, StatusIncident, StatusIncidents, StatusIndicator,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use twilio::{Incident, StatusPageError, StatusSummary};

use super::{ROW, concerns_voice, current};
use crate::events::{Event, kind};
use crate::{Services, Transaction};

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// No status page is configured.
    NotConfigured,
    /// It could not be read; nothing is concluded from that.
    Unread,
    /// It was read, and its incidents are as they were.
    Unchanged,
    /// It was read, and its incidents are other ones, or further on.
    Changed,
}

/// Reads the page. Of its parts those are kept that voice calls need, and every incident that is not resolved. When the incidents
/// change, each workspace with a connected account is told by an event.
///
/// # Errors
/// When the database fails. That the page cannot be read is noted, and no error.
pub async fn check(services: &Services) -> Result<Checked, DbErr> {
    let Some(page) = &services.status_page else {
        return Ok(Checked::NotConfigured);
    };
    let before = current(services).await?;
    match page.summary().await {
        Ok(summary) => note(services, before, &summary).await,
        Err(error) => note_failure(services, &error).await,
    }
}

async fn note(
    services: &Services,
    before: Option<twilio_status_page::Model>,
    summary: &StatusSummary,
) -> Result<Checked, DbErr> {
    let incidents = StatusIncidents(summary.incidents.iter().map(incident).collect());
    let was = before.map(|row| row.incidents).unwrap_or_default();
    let mut tx = services.begin().await?;
    let row = twilio_status_page::ActiveModel {
        id: Set(ROW),
        indicator: Set(Some(StatusIndicator::from(summary.indicator.as_str()))),
        components: Set(components(summary)),
        incidents: Set(incidents.clone()),
        read_at: Set(Some(tx.at())),
        failure: Set(None),
        failed_at: Set(None),
    };
    let again = [
        Column::Indicator,
        Column::Components,
        Column::Incidents,
        Column::ReadAt,
        Column::Failure,
        Column::FailedAt,
    ];
    write(&tx, row, &again).await?;
    if incidents == was {
        tx.commit().await?;
        return Ok(Checked::Unchanged);
    }
    tell(&mut tx, &incidents).await?;
    tx.commit().await?;
    Ok(Checked::Changed)
}

async fn note_failure(services: &Services, error: &StatusPageError) -> Result<Checked, DbErr> {
    let failure = match error {
        StatusPageError::Unreachable(_) => "UNREACHABLE",
        StatusPageError::Status { .. } => "REFUSED",
        StatusPageError::Unreadable(_) => "UNREADABLE",
    };
    let tx = services.begin().await?;
    let row = twilio_status_page::ActiveModel {
        id: Set(ROW),
        indicator: Set(None),
        components: Set(StatusComponents::default()),
        incidents: Set(StatusIncidents::default()),
        read_at: Set(None),
        failure: Set(Some(failure.to_owned())),
        failed_at: Set(Some(tx.at())),
    };
    write(&tx, row, &[Column::Failure, Column::FailedAt]).await?;
    tx.commit().await?;
    Ok(Checked::Unread)
}

/// Writes the row; where there is one, these columns of it.
async fn write(tx: &Transaction<'_>, row: twilio_status_page::ActiveModel, columns: &[Column]) -> Result<(), DbErr> {
    let again = OnConflict::column("id")
        .update_columns(columns.iter().copied())
        .to_owned();
    twilio_status_page::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

fn components(summary: &StatusSummary) -> StatusComponents {
    let ours = summary
        .components
        .iter()
        .filter(|component| concerns_voice(component.name.as_str()));
    let kept = ours.map(|component| StatusComponent {
        id: component.id.clone(),
        name: component.name.to_string(),
        status: component.status.as_str().to_owned(),
    });
    StatusComponents(kept.collect())
}

fn incident(incident: &Incident) -> StatusIncident {
    let parts = &incident.components;
    let concerns =
        concerns_voice(incident.name.as_str()) || parts.iter().any(|part| concerns_voice(part.name.as_str()));
    StatusIncident {
        id: incident.id.clone(),
        name: incident.name.to_string(),
        status: incident.status.as_str().to_owned(),
        impact: incident
            .impact
            .as_ref()
            .map_or("none", |impact| impact.as_str())
            .to_owned(),
        concerns_voice: concerns,
        started_at: incident.started_at,
        url: incident.shortlink.clone(),
    }
}

/// One event for each workspace that has to do with Twilio.
async fn tell(tx: &mut Transaction<'_>, incidents: &StatusIncidents) -> Result<(), DbErr> {
    let workspaces: Vec<WorkspaceId> = twilio_account::Entity::find()
        .select_only()
        .column(twilio_account::Column::WorkspaceId)
        .distinct()
        .filter(twilio_account::COLUMN.state.eq(AccountState::Connected))
        .into_tuple()
        .all(tx.db())
        .await?;
    let voice = super::open_voice_incidents(incidents).count();
    let data = json!({ "incidents": incidents.0.len(), "concerningVoice": voice });
    tx.record_all(workspaces.into_iter().map(|workspace| {
        let event = Event {
            kind: kind::TWILIO_STATUS,
            subject: workspace.0,
            data: data.clone(),
        };
        (workspace, event)
    }))
    .await
}
