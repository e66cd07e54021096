//! A call asks what to do.

use axum::extract::State;
use axum::response::Response;
use domain::{Services, calls};

use super::refused::Refused;
use super::twiml_of;
use super::verified::Verified;

pub(super) async fn handle(State(services): State<Services>, webhook: Verified) -> Result<Response, Refused> {
    let facts = webhook.voice_facts()?;
    Ok(twiml_of(&calls::answer(&services, &webhook.target, &facts).await))
}
