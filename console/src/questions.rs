//! Asks the API what the model wants to know.

use std::time::{Duration, Instant};

use cynic::{MutationBuilder, QueryBuilder};

use crate::connection::{Api, Trouble};
use crate::msg::{Msg, Question, Told};
use crate::queries::changes::{ChangeVars, SyncNumbers, Verify};
use crate::queries::connections::{ConnectionsPage, PageVars};
use crate::queries::diagnosis::{Detail, DetailVars};
use crate::queries::viewer::{NewestEvent, WhoAmI};
use crate::surroundings::idempotency_key;

/// How many connections are read at once.
const PAGE: i32 = 1000;

/// Asks, and answers what came of it.
pub async fn ask(api: &Api, question: Question) -> Msg {
    let asked_at = Instant::now();
    let told = answer(api, &question).await;
    let took = told.as_ref().map_or_else(|_| asked_at.elapsed(), |(_, took)| *took);
    Msg::Answered(question, told.map(|(told, _)| Box::new(told)), took)
}

async fn answer(api: &Api, question: &Question) -> Result<(Told, Duration), Trouble> {
    match question {
        Question::WhoAmI => {
            let answer = api.ask(WhoAmI::build(())).await?;
            Ok((Told::WhoAmI(answer.data), answer.took))
        }
        Question::NewestEvent => {
            let answer = api.ask(NewestEvent::build(())).await?;
            Ok((Told::NewestEvent(answer.data.event_cursor), answer.took))
        }
        Question::Connections { after } => {
            let after = after.clone();
            let answer = api.ask(ConnectionsPage::build(PageVars { first: PAGE, after })).await?;
            Ok((Told::Connections(answer.data.twilio_accounts), answer.took))
        }
        Question::Detail { id } => {
            let answer = api.ask(Detail::build(DetailVars { id: id.as_str().into() })).await?;
            Ok((Told::Detail(Box::new(answer.data)), answer.took))
        }
        Question::Verify { id } => {
            let answer = api.ask(Verify::build(ChangeVars::of(id, &idempotency_key()))).await?;
            Ok((
                Told::Done(first(&answer.data.verify_twilio_account.user_errors)),
                answer.took,
            ))
        }
        Question::Sync { id } => {
            let answer = api
                .ask(SyncNumbers::build(ChangeVars::of(id, &idempotency_key())))
                .await?;
            Ok((Told::Done(first(&answer.data.sync_numbers.user_errors)), answer.took))
        }
    }
}

/// The first sentence of a refusal.
fn first(errors: &[crate::queries::changes::UserError]) -> Result<(), String> {
    errors.first().map_or(Ok(()), |error| Err(error.message.clone()))
}
