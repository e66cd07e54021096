//! Auth tokens and API keys, changed behind their owner's back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Answer, Refused, found, missing};
use crate::accounts::{KeySpec, SharedKey, SimAccount, SimKey};
use crate::sim::Sim;

pub(super) fn router() -> Router<Sim> {
    Router::new()
        .route("/accounts/{sid}/rotate-token", post(rotate_token))
        .route(
            "/accounts/{sid}/secondary-token",
            post(create_secondary).delete(delete_secondary),
        )
        .route("/accounts/{sid}/promote-token", post(promote))
        .route("/accounts/{sid}/keys", post(add_key))
        .route("/keys/{sid}", delete(delete_key))
        .route(
            "/accounts/{sid}/shared-key",
            put(set_shared_key).delete(drop_shared_key),
        )
}

async fn rotate_token(State(sim): State<Sim>, Path(sid): Path<String>) -> Answer<SimAccount> {
    sim.rotate_token(&sid);
    sim.account(&sid).map(Json).ok_or_else(|| missing("such account"))
}

async fn create_secondary(State(sim): State<Sim>, Path(sid): Path<String>) -> Answer<Value> {
    let token = sim
        .create_secondary_token(&sid)
        .ok_or_else(|| missing("such account"))?;
    Ok(Json(json!({ "secondary_token": token })))
}

async fn delete_secondary(State(sim): State<Sim>, Path(sid): Path<String>) -> Result<StatusCode, Refused> {
    found(sim.delete_secondary_token(&sid), "secondary token")
}

async fn promote(State(sim): State<Sim>, Path(sid): Path<String>) -> Answer<SimAccount> {
    sim.promote_secondary_token(&sid)
        .ok_or_else(|| missing("secondary token"))?;
    sim.account(&sid).map(Json).ok_or_else(|| missing("such account"))
}

async fn add_key(State(sim): State<Sim>, Path(sid): Path<String>, Json(spec): Json<KeySpec>) -> Answer<SimKey> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    Ok(Json(sim.add_key_as(&sid, spec)))
}

async fn delete_key(State(sim): State<Sim>, Path(sid): Path<String>) -> Result<StatusCode, Refused> {
    found(sim.delete_key(&sid), "such key")
}

async fn set_shared_key(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(key): Json<SharedKey>,
) -> Result<StatusCode, Refused> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    sim.sign_with(&sid, Some(key));
    Ok(StatusCode::NO_CONTENT)
}

async fn drop_shared_key(State(sim): State<Sim>, Path(sid): Path<String>) -> StatusCode {
    sim.sign_with(&sid, None);
    StatusCode::NO_CONTENT
}
