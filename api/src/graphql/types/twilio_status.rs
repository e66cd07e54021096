//! What Twilio's public status page says.

use ::entity::twilio_status_page::{self, StatusComponent, StatusIncident};
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use super::mirror::mirror;

mirror! {
    /// How bad things are at Twilio as a whole, in its own word. Often not `NONE`, for reasons that have nothing to do with calls.
    pub enum TwilioStatusIndicator of ::entity::twilio_status_page::StatusIndicator {
        /// Nothing is reported.
        #[graphql(name = "NONE")]
        Nothing,
        /// Something minor.
        Minor,
        /// Something major.
        Major,
        /// Something critical.
        Critical,
        /// Announced maintenance.
        Maintenance,
    }
}

/// A part of Twilio that voice calls need.
#[derive(SimpleObject)]
pub struct TwilioComponent {
    /// Twilio's name for it. Example: `Programmable Voice`.
    name: String,
    /// How it is, in Twilio's word: `operational`, `degraded_performance`, `partial_outage`, `major_outage`, `under_maintenance`. New
    /// words may come.
    status: String,
}

impl From<StatusComponent> for TwilioComponent {
    fn from(component: StatusComponent) -> Self {
        Self {
            name: component.name,
            status: component.status,
        }
    }
}

/// Something that is wrong at Twilio and not over yet, by Twilio's word.
#[derive(SimpleObject)]
pub struct TwilioIncident {
    /// Twilio's title. Example: `Call failures to Germany`.
    name: String,
    /// How far it is, in Twilio's word: `investigating`, `identified`, `monitoring`. New words may come.
    status: String,
    /// How bad it is, in Twilio's word: `none`, `minor`, `major`, `critical`. New words may come.
    impact: String,
    /// Whether voice calls may suffer from it: Callab's reading of what Twilio says is affected.
    concerns_voice: bool,
    /// When it began.
    started_at: Option<DateTime<Utc>>,
    /// Twilio's page about it.
    url: Option<String>,
}

impl From<StatusIncident> for TwilioIncident {
    fn from(incident: StatusIncident) -> Self {
        Self {
            name: incident.name,
            status: incident.status,
            impact: incident.impact,
            concerns_voice: incident.concerns_voice,
            started_at: incident.started_at,
            url: incident.url,
        }
    }
}

/// What Twilio's public status page said when it was last read. The same for everybody.
#[derive(SimpleObject)]
pub struct TwilioStatus {
    /// How bad things are as a whole; null before the first reading.
    indicator: Option<TwilioStatusIndicator>,
    /// The parts that voice calls need.
    components: Vec<TwilioComponent>,
    /// What is wrong and not over yet, as Twilio orders it.
    incidents: Vec<TwilioIncident>,
    /// When the page was last read; null before the first reading.
    as_of: Option<DateTime<Utc>>,
    /// Whether this says nothing of now: the page could not be read the last time, or has not been read lately.
    is_stale: bool,
}

impl TwilioStatus {
    /// What was read last; `is_stale` as the domain judges it.
    pub fn read(page: twilio_status_page::Model, is_stale: bool) -> Self {
        Self {
            indicator: page.indicator.as_ref().map(Into::into),
            components: page.components.0.into_iter().map(Into::into).collect(),
            incidents: page.incidents.0.into_iter().map(Into::into).collect(),
            as_of: page.read_at,
            is_stale,
        }
    }

    /// Nothing was read yet.
    pub fn unread() -> Self {
        Self {
            indicator: None,
            components: Vec::new(),
            incidents: Vec::new(),
            as_of: None,
            is_stale: true,
        }
    }
}
