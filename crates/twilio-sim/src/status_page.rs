//! Twilio's status page: its components, incidents and maintenances, changed by hand.
//!
//! Source: <https://status.twilio.com/api>, an Atlassian Statuspage.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sim::Sim;

/// The components the page begins with. Those of Twilio change, and there are many more.
const COMPONENTS: [&str; 6] = [
    "Elastic SIP Trunking",
    "Phone Numbers",
    "Programmable Messaging",
    "Programmable Voice",
    "REST API",
    "Twilio Console",
];

/// How bad an incident is, and what the page as a whole indicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing is affected.
    None,
    /// Planned work.
    Maintenance,
    /// Some degradation.
    #[default]
    Minor,
    /// A partial outage.
    Major,
    /// A major outage.
    Critical,
}

impl Impact {
    /// As it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Maintenance => "maintenance",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// What it makes of the components it affects.
    fn on_components(self) -> &'static str {
        match self {
            Self::None => "operational",
            Self::Maintenance => "under_maintenance",
            Self::Minor => "degraded_performance",
            Self::Major => "partial_outage",
            Self::Critical => "major_outage",
        }
    }
}

/// What to make an incident, or a maintenance, of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IncidentSpec {
    /// Its title.
    pub name: String,
    /// How bad it is; `maintenance` together with `scheduled_for` makes a maintenance.
    pub impact: Impact,
    /// What is said first.
    pub body: String,
    /// The components affected, by name; unknown ones are added to the page.
    pub components: Vec<String>,
    /// When a maintenance begins.
    pub scheduled_for: Option<DateTime<Utc>>,
    /// When it ends.
    pub scheduled_until: Option<DateTime<Utc>>,
}

/// Something said about an incident.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentUpdate {
    /// Its id.
    pub id: String,
    /// `investigating`, `identified`, `monitoring`, `resolved`, `scheduled`, `in_progress`, `completed` or any other word.
    pub status: String,
    /// What was said.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// An incident or a maintenance as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct SimIncident {
    /// Its id.
    pub id: String,
    /// Its title.
    pub name: String,
    /// How bad it is.
    pub impact: Impact,
    /// The components affected, by name.
    pub components: Vec<String>,
    /// What was said, oldest first.
    pub updates: Vec<IncidentUpdate>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When a maintenance begins; `None` for an incident.
    pub scheduled_for: Option<DateTime<Utc>>,
    /// When it ends.
    pub scheduled_until: Option<DateTime<Utc>>,
}

impl SimIncident {
    /// The status of the last update.
    #[must_use]
    pub fn status(&self) -> &str {
        self.updates.last().map_or("investigating", |update| &update.status)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status(), "resolved" | "postmortem" | "completed")
    }
}

/// A component and how it does.
#[derive(Debug, Clone, Serialize)]
pub struct SimComponent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `operational`, `degraded_performance`, `partial_outage`, `major_outage`, `under_maintenance` or any other word.
    pub status: String,
    /// When that changed.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The whole page. Incidents oldest first.
#[derive(Debug)]
pub(crate) struct StatusPage {
    pub(crate) components: Vec<SimComponent>,
    pub(crate) incidents: Vec<SimIncident>,
    ids: u64,
}

impl StatusPage {
    pub(crate) fn new() -> Self {
        let mut page = Self {
            components: Vec::new(),
            incidents: Vec::new(),
            ids: 0,
        };
        for name in COMPONENTS {
            page.set_component(name, "operational", None);
        }
        page
    }

    /// Twelve letters and digits, as Statuspage has them.
    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("sim{:09x}", self.ids)
    }

    fn set_component(&mut self, name: &str, status: &str, at: Option<DateTime<Utc>>) {
        let id = self.next_id();
        let position = self.components.iter().position(|component| component.name == name);
        let id = position.map_or(id, |position| self.components.remove(position).id);
        let component = SimComponent {
            id,
            name: name.to_owned(),
            status: status.to_owned(),
            updated_at: at,
        };
        let place = position.unwrap_or(self.components.len());
        self.components.insert(place, component);
    }

    fn say(&mut self, incident_id: &str, status: &str, body: &str, at: DateTime<Utc>) -> bool {
        let update = IncidentUpdate {
            id: self.next_id(),
            status: status.to_owned(),
            body: body.to_owned(),
            at,
        };
        let Some(incident) = self.incidents.iter_mut().find(|incident| incident.id == incident_id) else {
            return false;
        };
        incident.updates.push(update);
        let (is_over, components) = (incident.is_over(), incident.components.clone());
        if is_over {
            for name in components {
                self.set_component(&name, "operational", Some(at));
            }
        }
        true
    }

    /// The worst impact of what goes on.
    pub(crate) fn indicator(&self) -> Impact {
        let open = self
            .incidents
            .iter()
            .filter(|incident| !incident.is_over() && incident.scheduled_for.is_none());
        open.map(|incident| incident.impact).max().unwrap_or(Impact::None)
    }
}

impl Sim {
    /// Opens an incident on the status page, or schedules a maintenance, and gives its id.
    ///
    /// Its components do as badly as its impact says, until it is resolved.
    pub fn open_incident(&self, spec: IncidentSpec) -> String {
        let now = self.now();
        let mut state = self.state();
        let page = &mut state.status_page;
        let is_scheduled = spec.scheduled_for.is_some();
        if !is_scheduled {
            for name in &spec.components {
                page.set_component(name, spec.impact.on_components(), Some(now));
            }
        }
        let id = page.next_id();
        page.incidents.push(SimIncident {
            id: id.clone(),
            name: spec.name,
            impact: spec.impact,
            components: spec.components,
            updates: Vec::new(),
            started_at: spec.scheduled_for.unwrap_or(now),
            scheduled_for: spec.scheduled_for,
            scheduled_until: spec.scheduled_until,
        });
        page.say(
            &id,
            if is_scheduled { "scheduled" } else { "investigating" },
            &spec.body,
            now,
        );
        id
    }

    /// Says something about an incident. `resolved` and `completed` end it. Gives whether it exists.
    pub fn update_incident(&self, incident_id: &str, status: &str, body: &str) -> bool {
        let now = self.now();
        self.state().status_page.say(incident_id, status, body, now)
    }

    /// Resolves an incident. Gives whether it exists.
    pub fn resolve_incident(&self, incident_id: &str) -> bool {
        self.update_incident(incident_id, "resolved", "This incident has been resolved.")
    }

    /// All incidents and maintenances, oldest first.
    #[must_use]
    pub fn incidents(&self) -> Vec<SimIncident> {
        self.state().status_page.incidents.clone()
    }

    /// Says how a component does, by name; an unknown one is added to the page.
    pub fn set_component(&self, name: &str, status: &str) {
        let now = self.now();
        self.state().status_page.set_component(name, status, Some(now));
    }
}
