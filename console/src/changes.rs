//! Has something done: one mutation a change, under an idempotency key, so that a repeat does nothing twice.

use std::time::Duration;

use cynic::{MutationBuilder, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::change::{Change, Done};
use crate::connection::{Api, Trouble};
use crate::queries::calls::TestCallKind;
use crate::queries::changes::{
    Acknowledge, CancelJob, ChangeVars, HangUp, NoteVars, Pause, Resume, RetryJob, Reveal, SaidVars, StartTest,
    SyncNumbers, TestVars, UserError, Verify,
};
use crate::surroundings::idempotency_key;

/// What came of a change.
pub(crate) struct Changed {
    /// What it brought, or the API's sentence of refusal.
    pub done: Result<Done, String>,
    /// What is missing in the answer, where it is not whole.
    pub missing: Option<Trouble>,
    /// How long the answer took.
    pub took: Duration,
}

type Answer = Result<Changed, Trouble>;

/// Asks for a change.
pub(crate) async fn ask(api: &Api, change: &Change) -> Answer {
    let key = idempotency_key();
    match change {
        Change::Verify { id } => {
            mutate(api, Verify::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.verify_twilio_account.user_errors)
            })
            .await
        }
        Change::Sync { id } => {
            mutate(api, SyncNumbers::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.sync_numbers.user_errors)
            })
            .await
        }
        Change::Pause { id } => {
            mutate(api, Pause::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.pause_twilio_account.user_errors)
            })
            .await
        }
        Change::Resume { id } => {
            mutate(api, Resume::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.resume_twilio_account.user_errors)
            })
            .await
        }
        Change::Retry { id } => {
            mutate(api, RetryJob::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.retry_job.user_errors)
            })
            .await
        }
        Change::Cancel { id } => {
            mutate(api, CancelJob::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.cancel_job.user_errors)
            })
            .await
        }
        Change::HangUp { id } => {
            mutate(api, HangUp::build(ChangeVars::of(id, &key)), |data| {
                plain(&data.cancel_test_call.user_errors)
            })
            .await
        }
        Change::Acknowledge { id, note } => {
            let vars = NoteVars {
                id: id.as_str().into(),
                note: Some(note.clone()).filter(|note| !note.is_empty()),
                key: Some(key),
            };
            mutate(api, Acknowledge::build(vars), |data| {
                plain(&data.acknowledge_billing_episode.user_errors)
            })
            .await
        }
        Change::Reveal { id, reason } => {
            let vars = SaidVars::of(id, reason, key);
            mutate(api, Reveal::build(vars), |data| {
                let payload = data.reveal_number;
                plain(&payload.user_errors)?;
                Ok(Done::Number {
                    number: payload.number,
                    until: payload.visible_until,
                })
            })
            .await
        }
        Change::Test { number, to } => {
            let vars = TestVars {
                id: number.as_str().into(),
                kind: if to.is_some() {
                    TestCallKind::Outbound
                } else {
                    TestCallKind::AwaitInbound
                },
                to: to.clone(),
                key: Some(key),
            };
            mutate(api, StartTest::build(vars), |data| {
                let payload = data.start_test_call;
                plain(&payload.user_errors)?;
                let test = payload.test_call.ok_or("the API told of no test call")?;
                Ok(Done::Test(Box::new(test)))
            })
            .await
        }
        // Written by the loop: no business of the API's.
        Change::Write { .. } => Ok(Changed {
            done: Ok(Done::Yes),
            missing: None,
            took: Duration::ZERO,
        }),
    }
}

async fn mutate<Q, V>(api: &Api, operation: Operation<Q, V>, done: impl FnOnce(Q) -> Result<Done, String>) -> Answer
where
    Q: DeserializeOwned + 'static,
    V: Serialize,
{
    let answer = api.ask(operation).await?;
    Ok(Changed {
        done: done(answer.data),
        missing: answer.missing,
        took: answer.took,
    })
}

/// Done, or the first sentence of the refusal.
fn plain(errors: &[UserError]) -> Result<Done, String> {
    errors.first().map_or(Ok(Done::Yes), |error| Err(error.message.clone()))
}
