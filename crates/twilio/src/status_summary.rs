//! What Twilio's status page says.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::{TwilioText, fields};

open_enum! {
    /// How bad things are at Twilio as a whole. Often not `none`, for reasons that have nothing to do with calls.
    StatusIndicator {
        /// All is well.
        None = "none",
        /// Something small.
        Minor = "minor",
        /// Something large.
        Major = "major",
        /// Down.
        Critical = "critical",
        /// Planned work.
        Maintenance = "maintenance",
    }
}

open_enum! {
    /// How a part of Twilio is.
    ComponentStatus {
        /// Well.
        Operational = "operational",
        /// Slow, or failing at times.
        DegradedPerformance = "degraded_performance",
        /// Down for some.
        PartialOutage = "partial_outage",
        /// Down.
        MajorOutage = "major_outage",
        /// Being worked on, as planned.
        UnderMaintenance = "under_maintenance",
    }
}

open_enum! {
    /// How far an incident or a piece of planned work is.
    IncidentStatus {
        /// Twilio looks for the cause.
        Investigating = "investigating",
        /// The cause is known.
        Identified = "identified",
        /// It was mended, and is watched.
        Monitoring = "monitoring",
        /// Over.
        Resolved = "resolved",
        /// Over, and written up.
        Postmortem = "postmortem",
        /// Planned.
        Scheduled = "scheduled",
        /// Planned work is under way.
        InProgress = "in_progress",
        /// Planned work is done, and is watched.
        Verifying = "verifying",
        /// Planned work is over.
        Completed = "completed",
    }
}

/// What the status page says.
///
/// Source: <https://status.twilio.com/api>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusSummary {
    /// How bad things are as a whole.
    pub indicator: StatusIndicator,
    /// The same in words.
    pub description: Option<TwilioText>,
    /// When the page last changed.
    pub updated_at: Option<DateTime<Utc>>,
    /// Twilio's parts, among them carriers by country. Names change: compare them loosely.
    pub components: Vec<StatusComponent>,
    /// What is wrong and not over yet.
    pub incidents: Vec<Incident>,
    /// Planned work to come or under way.
    pub scheduled_maintenances: Vec<Incident>,
}

/// A part of Twilio.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatusComponent {
    /// Its identity on the page.
    pub id: String,
    /// Twilio's name for it.
    pub name: TwilioText,
    /// How it is.
    pub status: ComponentStatus,
    /// Whether it stands for a group of others.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub group: Option<bool>,
    /// The group it belongs to.
    #[serde(default, deserialize_with = "fields::lenient")]
    pub group_id: Option<String>,
    /// When this last changed.
    #[serde(default, deserialize_with = "fields::date")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// An incident, or a piece of planned work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Incident {
    /// Its identity on the page.
    pub id: String,
    /// What it is, in a few words.
    pub name: TwilioText,
    /// How far it is.
    pub status: IncidentStatus,
    /// How bad it is.
    #[serde(default, deserialize_with = "fields::word")]
    pub impact: Option<StatusIndicator>,
    /// When it began.
    #[serde(default, deserialize_with = "fields::date")]
    pub started_at: Option<DateTime<Utc>>,
    /// When planned work is to begin.
    #[serde(default, deserialize_with = "fields::date")]
    pub scheduled_for: Option<DateTime<Utc>>,
    /// When planned work is to end.
    #[serde(default, deserialize_with = "fields::date")]
    pub scheduled_until: Option<DateTime<Utc>>,
    /// The address of its page.
    #[serde(default, deserialize_with = "fields::link")]
    pub shortlink: Option<String>,
    /// What Twilio wrote about it, newest first.
    #[serde(default, rename = "incident_updates", deserialize_with = "fields::lenient_list")]
    pub updates: Vec<IncidentUpdate>,
    /// The parts affected.
    #[serde(default, deserialize_with = "fields::lenient_list")]
    pub components: Vec<StatusComponent>,
}

/// What Twilio wrote about an incident at one time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IncidentUpdate {
    /// How far it was.
    pub status: IncidentStatus,
    /// The text, cut where it is long: the incident's page has the whole.
    pub body: TwilioText,
    /// When.
    #[serde(default, deserialize_with = "fields::date")]
    pub created_at: Option<DateTime<Utc>>,
}

/// The answer as it comes. Without `status` it is another system's.
#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default, deserialize_with = "fields::lenient")]
    page: Option<PageInfo>,
    status: Overall,
    #[serde(default, deserialize_with = "fields::lenient_list")]
    components: Vec<StatusComponent>,
    #[serde(default, deserialize_with = "fields::lenient_list")]
    incidents: Vec<Incident>,
    #[serde(default, deserialize_with = "fields::lenient_list")]
    scheduled_maintenances: Vec<Incident>,
}

#[derive(Deserialize)]
struct PageInfo {
    #[serde(default, deserialize_with = "fields::date")]
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Overall {
    indicator: StatusIndicator,
    #[serde(default, deserialize_with = "fields::word")]
    description: Option<TwilioText>,
}

impl From<Answer> for StatusSummary {
    fn from(answer: Answer) -> Self {
        Self {
            indicator: answer.status.indicator,
            description: answer.status.description,
            updated_at: answer.page.and_then(|page| page.updated_at),
            components: answer.components,
            incidents: answer.incidents,
            scheduled_maintenances: answer.scheduled_maintenances,
        }
    }
}
