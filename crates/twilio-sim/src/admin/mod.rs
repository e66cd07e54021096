//! The admin API under `/_sim`: what [`Sim`] does, as JSON over HTTP, for people and for programs in other languages.
//!
//! It asks for no credentials and shows auth tokens: the simulator holds nothing worth hiding. Documented in the crate's README.

mod alerts;
mod credentials;
mod status_page;
mod usage;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::accounts::{AccountSpec, AccountStatus, Insights, SimAccount};
use crate::calls::{PastCall, SimCall, SimQuality};
use crate::faults::Fault;
use crate::numbers::{NumberSpec, SimNumber};
use crate::phones::Phone;
use crate::prices::SimPrice;
use crate::requests::SimRequest;
use crate::scenario;
use crate::sim::Sim;

/// A refusal of the admin API: a status and a sentence.
type Refused = (StatusCode, String);
type Answer<T> = Result<Json<T>, Refused>;

pub(crate) fn router() -> Router<Sim> {
    Router::new()
        .route("/state", get(state))
        .route("/accounts", get(accounts).post(add_account))
        .route("/accounts/{sid}/status", put(set_status))
        .route("/accounts/{sid}/balance", put(set_balance))
        .route("/accounts/{sid}/blocked-countries", put(set_blocked_countries))
        .route("/accounts/{sid}/insights", put(set_insights))
        .route("/accounts/{sid}/prices", put(set_price))
        .route("/accounts/{sid}/happen/{name}", post(happen))
        .route("/numbers/{sid}/happen/{name}", post(happen))
        .route("/accounts/{sid}/past-calls", post(plant_call))
        .route("/accounts/{sid}/numbers", get(numbers).post(add_number))
        .route("/accounts/{sid}/calls", get(calls))
        .route(
            "/numbers/{sid}",
            get(number).patch(change_number).delete(release_number),
        )
        .route("/ring", post(ring))
        .route("/calls/{sid}", get(call))
        .route("/calls/{sid}/finished", get(call_finished))
        .route("/calls/{sid}/hang-up", post(hang_up))
        .route("/calls/{sid}/quality", put(set_quality))
        .route("/phones/{address}", put(set_phone))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/requests", get(requests))
        .route("/scenarios/{name}", post(make_scenario))
        .merge(alerts::router())
        .merge(credentials::router())
        .merge(status_page::router())
        .merge(usage::router())
}

fn missing(what: &str) -> Refused {
    (StatusCode::NOT_FOUND, format!("there is no {what}"))
}

fn found(changed: bool, what: &str) -> Result<StatusCode, Refused> {
    if changed {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing(what))
    }
}

async fn state(State(sim): State<Sim>) -> Json<Value> {
    let state = sim.state();
    let live = state.calls.iter().filter(|entry| !entry.call.is_over).count();
    Json(json!({
        "accounts": state.accounts.len(),
        "numbers": state.numbers.len(),
        "calls": state.calls.len(),
        "live_calls": live,
        "requests": state.requests.len(),
        "faults": state.faults,
        "scenarios": scenario::NAMES.as_slice(),
        "changes": scenario::CHANGES.as_slice(),
    }))
}

async fn accounts(State(sim): State<Sim>) -> Json<Vec<SimAccount>> {
    Json(sim.accounts())
}

async fn add_account(State(sim): State<Sim>, Json(spec): Json<AccountSpec>) -> Json<SimAccount> {
    Json(sim.add_account(spec))
}

#[derive(Deserialize)]
struct StatusBody {
    status: AccountStatus,
}

async fn set_status(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(body): Json<StatusBody>,
) -> Answer<SimAccount> {
    sim.set_status(&sid, body.status);
    sim.account(&sid).map(Json).ok_or_else(|| missing("such account"))
}

#[derive(Deserialize)]
struct BalanceBody {
    balance: String,
}

async fn set_balance(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(body): Json<BalanceBody>,
) -> Answer<SimAccount> {
    sim.set_balance(&sid, &body.balance);
    sim.account(&sid).map(Json).ok_or_else(|| missing("such account"))
}

async fn set_blocked_countries(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(countries): Json<Vec<String>>,
) -> Result<StatusCode, Refused> {
    found(
        sim.change_account(&sid, |account| account.blocked_countries = countries),
        "such account",
    )
}

#[derive(Deserialize)]
struct InsightsBody {
    insights: Insights,
}

async fn set_insights(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(body): Json<InsightsBody>,
) -> Result<StatusCode, Refused> {
    let changed = sim.change_account(&sid, |account| account.insights = body.insights);
    found(changed, "such account")
}

async fn set_price(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(price): Json<SimPrice>,
) -> Result<StatusCode, Refused> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    sim.set_price(&sid, price);
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a change of [`scenario::CHANGES`] happen to an account or a number.
async fn happen(State(sim): State<Sim>, Path((sid, name)): Path<(String, String)>) -> Result<StatusCode, Refused> {
    found(sim.happen(&sid, &name), "such account, number or change")
}

async fn plant_call(State(sim): State<Sim>, Path(sid): Path<String>, Json(past): Json<PastCall>) -> Answer<Value> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    Ok(Json(json!({ "call_sid": sim.plant_call(&sid, &past) })))
}

async fn numbers(State(sim): State<Sim>, Path(sid): Path<String>) -> Json<Vec<SimNumber>> {
    Json(sim.numbers(&sid))
}

async fn add_number(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(spec): Json<NumberSpec>,
) -> Answer<SimNumber> {
    sim.account(&sid).ok_or_else(|| missing("such account"))?;
    let number = sim.number(&sim.add_number(&sid, spec));
    number.map(Json).ok_or_else(|| missing("such number"))
}

async fn number(State(sim): State<Sim>, Path(sid): Path<String>) -> Answer<SimNumber> {
    sim.number(&sid).map(Json).ok_or_else(|| missing("such number"))
}

/// Takes any of a number's fields, `account_sid` included: that moves it.
async fn change_number(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(changes): Json<Value>,
) -> Answer<SimNumber> {
    let number = sim.number(&sid).ok_or_else(|| missing("such number"))?;
    let wanted =
        with_changes(&number, changes).map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    sim.change_number(&sid, |number| *number = wanted);
    sim.number(&sid).map(Json).ok_or_else(|| missing("such number"))
}

fn with_changes(number: &SimNumber, changes: Value) -> serde_json::Result<SimNumber> {
    let mut fields = serde_json::to_value(number)?;
    if let (Some(fields), Value::Object(changes)) = (fields.as_object_mut(), changes) {
        fields.extend(changes);
    }
    serde_json::from_value(fields)
}

async fn release_number(State(sim): State<Sim>, Path(sid): Path<String>) -> Result<StatusCode, Refused> {
    found(sim.release_number(&sid), "such number")
}

#[derive(Deserialize)]
struct RingBody {
    from: String,
    to: String,
}

async fn ring(State(sim): State<Sim>, Json(body): Json<RingBody>) -> Json<Value> {
    Json(json!({ "call_sid": sim.ring(&body.from, &body.to) }))
}

async fn calls(State(sim): State<Sim>, Path(sid): Path<String>) -> Json<Vec<SimCall>> {
    Json(sim.calls(&sid))
}

async fn call(State(sim): State<Sim>, Path(sid): Path<String>) -> Answer<SimCall> {
    sim.call(&sid).map(Json).ok_or_else(|| missing("such call"))
}

/// Answers when the call is over.
async fn call_finished(State(sim): State<Sim>, Path(sid): Path<String>) -> Answer<SimCall> {
    sim.call(&sid).ok_or_else(|| missing("such call"))?;
    Ok(Json(sim.call_finished(&sid).await))
}

async fn hang_up(State(sim): State<Sim>, Path(sid): Path<String>) -> StatusCode {
    sim.hang_up(&sid);
    StatusCode::NO_CONTENT
}

async fn set_quality(
    State(sim): State<Sim>,
    Path(sid): Path<String>,
    Json(quality): Json<SimQuality>,
) -> Result<StatusCode, Refused> {
    found(sim.set_quality(&sid, quality), "such call")
}

async fn set_phone(State(sim): State<Sim>, Path(address): Path<String>, Json(phone): Json<Phone>) -> StatusCode {
    sim.phone(&address, phone);
    StatusCode::NO_CONTENT
}

async fn faults(State(sim): State<Sim>) -> Json<Vec<Fault>> {
    Json(sim.state().faults.clone())
}

async fn add_fault(State(sim): State<Sim>, Json(fault): Json<Fault>) -> StatusCode {
    sim.fail(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(sim): State<Sim>) -> StatusCode {
    sim.clear_faults();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: usize,
}

async fn requests(State(sim): State<Sim>, Query(query): Query<Since>) -> Json<Vec<SimRequest>> {
    Json(sim.requests_since(query.since))
}

async fn make_scenario(State(sim): State<Sim>, Path(name): Path<String>) -> Answer<Vec<SimAccount>> {
    scenario::by_name(&sim, &name)
        .map(Json)
        .ok_or_else(|| missing("such scenario"))
}
