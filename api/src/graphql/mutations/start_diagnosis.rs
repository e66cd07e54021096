//! Starts a diagnosis for which everything is asked afresh.

use ::entity::{DiagnosisRunId, diagnosis_run};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::diagnosis::{self as rules, StartDiagnosis as Wanted};
use domain::{Refusal, RefusalCode, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::types::{DiagnosisRun, Subject, UserError, one_of};

/// What `startDiagnosis` takes. Exactly one of the two ids.
#[derive(InputObject)]
pub struct StartDiagnosisInput {
    /// The number's global id.
    pub phone_number_id: Option<ID>,
    /// The account's global id: its numbers in use are asked about together.
    pub account_id: Option<ID>,
    /// Where a call would go: a number in E.164, or a country by its two letters. Examples: `+4930123456`, `DE`.
    pub destination: Option<String>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `startDiagnosis` answers.
#[derive(SimpleObject)]
pub struct StartDiagnosisPayload {
    /// The diagnosis; null if it was refused.
    diagnosis_run: Option<DiagnosisRun>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct StartDiagnosis;

#[Object]
impl StartDiagnosis {
    /// Asks everything afresh that a diagnosis rests on, side by side and in the background: Twilio about the account, the number,
    /// its error log and permissions, the agent's address, and Callab's own webhook. Nothing is changed and nobody is called. Follow
    /// it with the subscription `diagnosis`, which tells each check as soon as it is known.
    async fn start_diagnosis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: StartDiagnosisInput,
    ) -> Result<StartDiagnosisPayload, ApiError> {
        let again = |id| rules::find_run(ctx.services(), ctx.actor(), DiagnosisRunId(id));
        let (run, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(StartDiagnosisPayload {
            diagnosis_run: run.map(DiagnosisRun::from),
            user_errors,
        })
    }
}

async fn run(ctx: &Context<'_>, input: StartDiagnosisInput) -> Result<diagnosis_run::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "startDiagnosis", key, input.to_value()).await?;
    let subject = one_of(input.phone_number_id.as_ref(), input.account_id.as_ref());
    let both = |_| {
        Refusal::new(
            RefusalCode::Malformed,
            "Give either `phoneNumberId` or `accountId`, and not both.",
        )
    };
    let subject = subject.map_err(both)?;
    let missing = || match subject {
        Subject::Number(_) => Refusal::not_found("phone number", "phoneNumberId"),
        Subject::Account(_) => Refusal::not_found("Twilio account", "accountId"),
    };
    let wanted = Wanted {
        about: subject.about().ok_or_else(missing)?,
        destination: input.destination.as_deref().map(rules::parse_destination).transpose()?,
    };
    let ended = rules::start(ctx.services(), &request, wanted).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
