//! Each write at Twilio leaves two entries: before it that it is going to be sent, after it what came of it.
//!
//! One without the other says that the process ended in between, or that the database did: whether Twilio took the write is not
//! known then.

use ::entity::{AuditEntryId, WorkspaceId};
use sea_orm::DbErr;
use serde_json::{Value, json};
use tracing::error;
use twilio::TwilioError;

use super::{Act, DONE, row, write};
use crate::{Services, twilio_refusal};

/// The outcome of an entry that stands before the write.
pub const STARTED: &str = "STARTED";

/// The outcome of a write whose answer did not come, or could not be read: Twilio may have taken it.
pub const NO_ANSWER: &str = "NO_ANSWER";

/// Tells that a write is going to be sent, sends it, tells what came of it, and answers Twilio's answer.
///
/// # Errors
/// When the first entry cannot be written: nothing was sent then. That the second cannot be written is no reason to lose the
/// answer, and stands in the process log.
pub(crate) async fn at_twilio<T>(
    services: &Services,
    workspace: WorkspaceId,
    act: Act,
    sent: impl Future<Output = Result<T, TwilioError>>,
) -> Result<Result<T, TwilioError>, DbErr> {
    entry(services, workspace, act.clone(), STARTED).await?;
    let answer = sent.await;
    let (outcome, twilio_code) = outcome(&answer);
    let after = match (twilio_code, act.detail.clone()) {
        (Some(code), Value::Object(mut detail)) => {
            detail.insert("twilioCode".to_owned(), json!(code));
            act.with(Value::Object(detail))
        }
        _ => act,
    };
    if let Err(failed) = entry(services, workspace, after, outcome).await {
        error!(
            error = &failed as &dyn std::error::Error,
            "could not write the audit entry of a write at Twilio that ended with {outcome}"
        );
    }
    Ok(answer)
}

async fn entry(services: &Services, workspace: WorkspaceId, act: Act, outcome: &str) -> Result<(), DbErr> {
    let id = AuditEntryId(services.ids.new_id());
    let entry = row(id, services.clock.now(), &services.on_behalf, workspace, act, outcome);
    write(&services.db, services, entry).await
}

fn outcome<T>(answer: &Result<T, TwilioError>) -> (&'static str, Option<i32>) {
    match answer {
        Ok(_) => (DONE, None),
        Err(error) if may_have_been_taken(error) => (NO_ANSWER, error.code()),
        Err(error) => (twilio_refusal::refusal(error).code.as_str(), error.code()),
    }
}

fn may_have_been_taken(error: &TwilioError) -> bool {
    error.is_silence() && !error.never_sent() && !matches!(error, TwilioError::RateLimited { .. })
}
