//! `twilio_status_page`: what Twilio's public status page says, as last read. One row.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// How bad things are at Twilio as a whole, in its own word.
    pub enum StatusIndicator {
        /// Nothing is reported.
        Nothing = "none",
        /// Something minor.
        Minor = "minor",
        /// Something major.
        Major = "major",
        /// Something critical.
        Critical = "critical",
        /// Announced maintenance.
        Maintenance = "maintenance",
    }
}

/// A part of Twilio, as its status page names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusComponent {
    /// The page's own id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it is, in the page's word: `operational`, `degraded_performance`, `partial_outage`, `major_outage`, `under_maintenance`.
    pub status: String,
}

/// The parts that matter for voice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StatusComponents(pub Vec<StatusComponent>);

/// An incident that is not resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusIncident {
    /// The page's own id.
    pub id: String,
    /// Its title.
    pub name: String,
    /// How far it is, in the page's word: `investigating`, `identified`, `monitoring`.
    pub status: String,
    /// How bad it is, in the page's word: `none`, `minor`, `major`, `critical`.
    pub impact: String,
    /// Whether it concerns voice calls.
    pub concerns_voice: bool,
    /// When it began, by the page's word.
    pub started_at: Option<DateTimeUtc>,
    /// Twilio's page about it.
    pub url: Option<String>,
}

/// The incidents that are not resolved, as the page orders them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StatusIncidents(pub Vec<StatusIncident>);

/// What the page says.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twilio_status_page")]
pub struct Model {
    /// Always 1: there is one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// How bad things are as a whole; none before the first reading.
    pub indicator: Option<StatusIndicator>,
    /// The parts that matter for voice.
    pub components: StatusComponents,
    /// The incidents that are not resolved.
    pub incidents: StatusIncidents,
    /// When the page was last read.
    pub read_at: Option<DateTimeUtc>,
    /// Why it could not be read the last time, as a stable code; none when it could.
    pub failure: Option<String>,
    /// When it could not.
    pub failed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
