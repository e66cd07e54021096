//! The status page, as Statuspage writes it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::status_page::{Impact, IncidentUpdate, SimComponent, SimIncident, StatusPage};

const PAGE_ID: &str = "gpkpyklzq55q";

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The page itself; every answer has it.
pub(crate) fn page(now: DateTime<Utc>) -> Value {
    json!({
        "id": PAGE_ID,
        "name": "Twilio",
        "url": "https://status.twilio.com",
        "time_zone": "America/Los_Angeles",
        "updated_at": time(now),
    })
}

/// The indicator and its words.
pub(crate) fn overall(page: &StatusPage) -> Value {
    let indicator = page.indicator();
    let description = match indicator {
        Impact::None => "All Systems Operational",
        Impact::Maintenance => "Service Under Maintenance",
        Impact::Minor => "Minor Service Outage",
        Impact::Major => "Partial System Outage",
        Impact::Critical => "Major Service Outage",
    };
    json!({ "indicator": indicator.as_str(), "description": description })
}

/// The component at a place of the page.
pub(crate) fn component(component: &SimComponent, position: usize, now: DateTime<Utc>) -> Value {
    let updated_at = time(component.updated_at.unwrap_or(now));
    json!({
        "id": component.id,
        "name": component.name,
        "status": component.status,
        "created_at": "2019-05-08T00:00:00.000Z",
        "updated_at": updated_at,
        "position": position + 1,
        "description": null,
        "showcase": false,
        "start_date": null,
        "group_id": null,
        "page_id": PAGE_ID,
        "group": false,
        "only_show_if_degraded": false,
    })
}

/// An incident or a maintenance, its updates newest first.
pub(crate) fn incident(incident: &SimIncident, page: &StatusPage) -> Value {
    let last = incident.updates.last().map_or(incident.started_at, |update| update.at);
    let first = incident.updates.first().map_or(incident.started_at, |update| update.at);
    let affected = page.components.iter().enumerate();
    let affected = affected.filter(|(_, component)| incident.components.contains(&component.name));
    let affected: Vec<Value> = affected
        .map(|(position, one)| component(one, position, first))
        .collect();
    let update = |update: &IncidentUpdate| {
        json!({
            "id": update.id,
            "status": update.status,
            "body": update.body,
            "incident_id": incident.id,
            "created_at": time(update.at),
            "updated_at": time(update.at),
            "display_at": time(update.at),
            "affected_components": null,
            "deliver_notifications": false,
            "custom_tweet": null,
            "tweet_id": null,
        })
    };
    let mut shown = json!({
        "id": incident.id,
        "name": incident.name,
        "status": incident.status(),
        "created_at": time(first),
        "updated_at": time(last),
        "monitoring_at": null,
        "resolved_at": incident.is_over().then(|| time(last)),
        "impact": incident.impact.as_str(),
        "shortlink": format!("https://stspg.io/{}", incident.id),
        "started_at": time(incident.started_at),
        "page_id": PAGE_ID,
        "incident_updates": incident.updates.iter().rev().map(update).collect::<Vec<_>>(),
        "components": affected,
        "reminder_intervals": null,
    });
    if incident.scheduled_for.is_some() {
        shown["scheduled_for"] = json!(incident.scheduled_for.map(time));
        shown["scheduled_until"] = json!(incident.scheduled_until.map(time));
    }
    shown
}
