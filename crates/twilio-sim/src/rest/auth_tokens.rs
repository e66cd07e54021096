//! Rotation of the auth token: Accounts v1. All three requests act on the account that asks.
//!
//! Source: <https://www.twilio.com/docs/iam/api/authtoken-promotion>,
//! <https://www.twilio.com/docs/iam/api/secondary_authtoken>

use super::{Answer, Ask, RestResult};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::wire;

/// Answers everything of the product `accounts`.
pub(super) fn answer(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let sid = &ask.account.sid;
    match (ask.request.method.as_str(), ask.path()) {
        ("POST", "/v1/AuthTokens/Secondary") => {
            let token = sim.create_secondary_token(sid).ok_or_else(|| ask.not_found())?;
            Ok(Answer::Json(
                201,
                token_answer(sim, ask, "secondary_auth_token", &token),
            ))
        }
        ("DELETE", "/v1/AuthTokens/Secondary") => {
            let deleted = sim.delete_secondary_token(sid);
            deleted.then_some(Answer::NoContent).ok_or_else(|| ask.not_found())
        }
        ("POST", "/v1/AuthTokens/Promote") => {
            let token = sim.promote_secondary_token(sid).ok_or_else(|| ask.not_found())?;
            Ok(Answer::Json(200, token_answer(sim, ask, "auth_token", &token)))
        }
        (_, "/v1/AuthTokens/Secondary" | "/v1/AuthTokens/Promote") => Err(Refusal::method_not_allowed()),
        _ => Err(ask.not_found()),
    }
}

fn token_answer(sim: &Sim, ask: &Ask<'_>, field: &str, token: &str) -> serde_json::Value {
    let now = wire::iso_date(sim.now());
    serde_json::json!({
        "account_sid": ask.account.sid,
        "date_created": now,
        "date_updated": now,
        field: token,
        "url": ask.url(ask.path()),
    })
}
