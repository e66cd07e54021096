//! The status page, changed by hand.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refused, found};
use crate::sim::Sim;
use crate::status_page::{IncidentSpec, SimIncident};

pub(super) fn router() -> Router<Sim> {
    Router::new()
        .route("/incidents", get(incidents).post(open))
        .route("/incidents/{id}", post(update))
        .route("/components", put(set_component))
}

async fn incidents(State(sim): State<Sim>) -> Json<Vec<SimIncident>> {
    Json(sim.incidents())
}

async fn open(State(sim): State<Sim>, Json(spec): Json<IncidentSpec>) -> Json<Value> {
    Json(json!({ "id": sim.open_incident(spec) }))
}

#[derive(Deserialize)]
struct UpdateBody {
    status: String,
    #[serde(default)]
    body: String,
}

async fn update(
    State(sim): State<Sim>,
    Path(id): Path<String>,
    Json(update): Json<UpdateBody>,
) -> Result<StatusCode, Refused> {
    found(sim.update_incident(&id, &update.status, &update.body), "such incident")
}

#[derive(Deserialize)]
struct ComponentBody {
    name: String,
    status: String,
}

async fn set_component(State(sim): State<Sim>, Json(component): Json<ComponentBody>) -> StatusCode {
    sim.set_component(&component.name, &component.status);
    StatusCode::NO_CONTENT
}
