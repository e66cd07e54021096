//! Usage and usage triggers, set and forced by hand.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::{Refused, found, missing};
use crate::sim::Sim;
use crate::triggers::{SimFiring, SimTrigger};
use crate::usage::SimUsage;

pub(super) fn router() -> Router<Sim> {
    Router::new()
        .route(
            "/accounts/{sid}/usage",
            put(set_usage).post(add_usage).delete(clear_usage),
        )
        .route("/accounts/{sid}/usage-as-of", put(set_as_of))
        .route("/accounts/{sid}/triggers", get(triggers))
        .route("/triggers/{sid}/fire", post(fire))
        .route("/triggers/{sid}/repeat", post(repeat))
        .route("/triggers/{sid}/firings", get(firings))
}

/// What was used on a UTC day; today when no day is named.
#[derive(Deserialize)]
struct UsageBody {
    day: Option<NaiveDate>,
    category: String,
    #[serde(flatten)]
    amount: SimUsage,
}

async fn set_usage(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(body): Json<UsageBody>,
) -> Result<StatusCode, Refused> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    let day = body.day.unwrap_or_else(|| sim.now().date_naive());
    sim.set_usage(&sid, day, &body.category, body.amount);
    Ok(StatusCode::NO_CONTENT)
}

async fn add_usage(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(body): Json<UsageBody>,
) -> Result<StatusCode, Refused> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    let day = body.day.unwrap_or_else(|| sim.now().date_naive());
    sim.add_usage(&sid, day, &body.category, &body.amount);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_usage(State(sim): State<Sim>, Path(sid): Path<String>) -> StatusCode {
    sim.clear_usage(&sid);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct AsOfBody {
    as_of: Option<DateTime<Utc>>,
}

async fn set_as_of(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(body): Json<AsOfBody>,
) -> Result<StatusCode, Refused> {
    let changed = sim.change_account(&sid, |account| account.usage_as_of = body.as_of);
    found(changed, "such account")
}

async fn triggers(State(sim): State<Sim>, Path(sid): Path<String>) -> Json<Vec<SimTrigger>> {
    Json(sim.triggers(&sid))
}

async fn fire(State(sim): State<Sim>, Path(sid): Path<String>) -> Result<StatusCode, Refused> {
    found(sim.fire_trigger(&sid), "such trigger")
}

async fn repeat(State(sim): State<Sim>, Path(sid): Path<String>) -> Result<StatusCode, Refused> {
    found(sim.repeat_firing(&sid), "trigger that has fired")
}

async fn firings(State(sim): State<Sim>, Path(sid): Path<String>) -> Json<Vec<SimFiring>> {
    Json(sim.firings(&sid))
}
