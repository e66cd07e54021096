//! The status page's JSON. It asks for no credentials.

use serde_json::{Value, json};

use super::{Answer, RestRequest, RestResult};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::status_page::SimIncident;
use crate::wire::status_page as wire;

/// Answers everything of the product `status`.
pub(super) fn answer(sim: &Sim, request: &RestRequest) -> RestResult {
    let path = &request.target.path;
    let not_found = || Refusal::not_found(path);
    let resource = path
        .strip_prefix("/api/v2/")
        .and_then(|rest| rest.strip_suffix(".json"));
    let now = sim.now();
    let state = sim.state();
    let page = &state.status_page;
    let components = || -> Vec<Value> {
        let components = page.components.iter().enumerate();
        components
            .map(|(position, one)| wire::component(one, position, now))
            .collect()
    };
    // Newest first.
    let incidents = |wanted: fn(&&SimIncident) -> bool| -> Vec<Value> {
        let wanted = page.incidents.iter().rev().filter(wanted);
        wanted.map(|incident| wire::incident(incident, page)).collect()
    };
    let unresolved = |incident: &&SimIncident| incident.scheduled_for.is_none() && !incident.is_over();
    let upcoming = |incident: &&SimIncident| incident.scheduled_for.is_some() && !incident.is_over();
    let mut body = match resource.ok_or_else(not_found)? {
        "summary" => json!({
            "components": components(),
            "incidents": incidents(unresolved),
            "scheduled_maintenances": incidents(upcoming),
            "status": wire::overall(page),
        }),
        "status" => json!({ "status": wire::overall(page) }),
        "components" => json!({ "components": components() }),
        "incidents" => json!({ "incidents": incidents(|incident| incident.scheduled_for.is_none()) }),
        "incidents/unresolved" => json!({ "incidents": incidents(unresolved) }),
        "scheduled-maintenances" => {
            json!({ "scheduled_maintenances": incidents(|incident| incident.scheduled_for.is_some()) })
        }
        _ => return Err(not_found()),
    };
    body["page"] = wire::page(now);
    Ok(Answer::Json(200, body))
}
