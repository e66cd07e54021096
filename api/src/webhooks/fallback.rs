//! The constant answer for when a voice address fails: no signature, no token, no database.

use axum::extract::State;
use axum::response::Response;
use domain::Services;
use domain::calls::Answer;

use super::twiml_of;

pub(super) async fn handle(State(services): State<Services>) -> Response {
    twiml_of(&Answer::Say(services.limits.unavailable_sentence.clone()))
}
