//! A test call, step by step.

use ::entity::{TestCallId, event, test_call};
use async_graphql::{Context, ID};
use domain::calls::{self, TestStep};
use domain::events::kind;
use domain::{Actor, Services};
use futures_util::{Stream, StreamExt, future, stream};

use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::live::wakes;
use crate::graphql::types::TestCall;

const THING: &str = "test call";

/// A test call's state, as far as a change of it is worth telling.
type Told = (test_call::Model, Vec<TestStep>);

/// Follows a test call until its verdict.
pub(super) async fn follow(
    ctx: &Context<'_>,
    id: &ID,
) -> Result<impl Stream<Item = Result<TestCall, ApiError>> + use<>, ApiError> {
    let viewer = ctx.viewer()?.clone();
    let id = id::parse::<TestCallId>(id).ok_or(ApiError::NotFound(THING))?;
    let services = ctx.services().clone();
    let events = services.events.subscribe(); // Before the first reading: no change falls in between.
    let test = calls::find_test(&services, &viewer, id).await?;
    let test = test.ok_or(ApiError::NotFound(THING))?;
    let states =
        wakes(events, move |event| concerns(&test, event)).then(move |_| read(services.clone(), viewer.clone(), id));
    Ok(until_verdict(states))
}

/// Steps come from the call as well as from the test: an awaited call is known by its number only until it is matched.
fn concerns(test: &test_call::Model, event: &event::Model) -> bool {
    let names = |field: &str, id: Option<uuid::Uuid>| {
        let named = event.data.get(field).and_then(serde_json::Value::as_str);
        id.is_some_and(|id| named == Some(id.to_string().as_str()))
    };
    match event.kind.as_str() {
        kind::TEST_CALL => event.subject == test.id.0,
        kind::CALL => {
            names("number", Some(test.phone_number_id.0)) || names("intent", test.call_intent_id.map(|intent| intent.0))
        }
        _ => false,
    }
}

async fn read(services: Services, viewer: Actor, id: TestCallId) -> Result<Told, ApiError> {
    let test = calls::find_test(&services, &viewer, id).await?;
    let test = test.ok_or(ApiError::NotFound(THING))?;
    let steps = calls::test_steps(&services, &test).await?;
    Ok((test, steps))
}

/// Tells a state when it differs from the one before, and nothing more after a verdict or an error.
fn until_verdict(states: impl Stream<Item = Result<Told, ApiError>>) -> impl Stream<Item = Result<TestCall, ApiError>> {
    let last: Option<Told> = None;
    let news = states.scan(last, |last, state| {
        let is_news = !matches!((&state, &last), (Ok(now), Some(before)) if now == before);
        if let Ok(now) = &state {
            *last = Some(now.clone());
        }
        future::ready(Some(is_news.then_some(state)))
    });
    let steps = news.flat_map(|state| {
        let Some(state) = state else {
            return stream::iter(Vec::new());
        };
        let ends = state.as_ref().map_or(true, |(test, _)| test.verdict.is_some());
        let told = Some(state.map(|(test, _)| TestCall(test)));
        stream::iter(if ends { vec![told, None] } else { vec![told] })
    });
    steps
        .take_while(|told| future::ready(told.is_some()))
        .filter_map(future::ready)
}
