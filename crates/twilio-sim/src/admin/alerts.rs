//! Alerts, planted by hand.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, missing};
use crate::alerts::{AlertSpec, SimAlert};
use crate::sim::Sim;

pub(super) fn router() -> Router<Sim> {
    Router::new().route("/accounts/{sid}/alerts", get(alerts).post(plant))
}

async fn alerts(State(sim): State<Sim>, Path(sid): Path<String>) -> Json<Vec<SimAlert>> {
    Json(sim.alerts(&sid))
}

async fn plant(State(sim): State<Sim>, Path(sid): Path<String>, Json(spec): Json<AlertSpec>) -> Answer<Value> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    Ok(Json(json!({ "sid": sim.plant_alert(&sid, spec) })))
}
