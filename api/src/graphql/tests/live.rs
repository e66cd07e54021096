//! Subscriptions: the state now, then each change.

use std::sync::Arc;
use std::time::Duration;

use ::entity::test_call::TestKind;
use async_graphql::{Data, Executor};
use async_trait::async_trait;
use domain::calls::{self, StartTest};
use domain::public_url::{PublicUrl, Reach};
use domain::{Role, Services, accounts};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Caller, caller, workspace};
use crate::graphql::guard::limits;
use crate::graphql::{Api, id};
use crate::testing;
use crate::trace_id::TraceId;

/// Follows a subscription; each item is the response's data, or its first error's code.
fn follow(services: &Services, caller: &Caller, document: &str) -> BoxStream<'static, Value> {
    followed(&Api::new(services.clone(), true), caller, document)
}

fn followed(api: &Api, caller: &Caller, document: &str) -> BoxStream<'static, Value> {
    let mut session = Data::default();
    session.insert(caller.clone());
    let executor = api.executor(TraceId::new("trace-1"));
    let responses = executor.execute_stream(async_graphql::Request::new(document), Some(Arc::new(session)));
    let told = responses.map(|response| match response.errors.first() {
        None => response.data.into_json().unwrap(),
        Some(error) => serde_json::to_value(&error.extensions).unwrap()["code"].clone(),
    });
    told.boxed()
}

/// What is told next; none when it is over. A silence of ten seconds is a failure rather than a test that hangs.
async fn next(told: &mut BoxStream<'static, Value>) -> Option<Value> {
    let next = tokio::time::timeout(Duration::from_secs(10), told.next()).await;
    next.expect("something is told")
}

/// Numbers events for the length of a test.
fn sequencer(services: &Services) -> tokio_util::sync::DropGuard {
    let stop = CancellationToken::new();
    let (services, until) = (services.clone(), stop.clone());
    tokio::spawn(async move { domain::events::run(&services, &until).await });
    stop.drop_guard()
}

/// Follows numbered events for the length of a test, and numbers none.
fn follower(services: &Services) -> tokio_util::sync::DropGuard {
    let stop = CancellationToken::new();
    let (services, until) = (services.clone(), stop.clone());
    tokio::spawn(async move { domain::events::follow(&services, until).await });
    stop.drop_guard()
}

#[derive(Debug)]
struct Unreachable;

#[async_trait]
impl Reach for Unreachable {
    async fn fetch(&self, _: &str) -> Result<String, String> {
        Err("not in this test".to_owned())
    }
}

#[tokio::test]
async fn connection_health_tells_the_state_and_then_each_change_in_its_scope() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let other = caller(&services, "b", Role::Owner).await;
    let mine = testing::account(&services, workspace(&owner).id, 1).await;
    let others = testing::account(&services, workspace(&other).id, 2).await;
    let _sequencer = sequencer(&services);
    let document = "subscription { connectionHealth { label health { state reason { code whoActs } } } }";
    let mut told = follow(&services, &owner, document);
    let account = |answer: Option<Value>| answer.unwrap()["connectionHealth"].clone();
    let healthy = json!({ "label": "Account 1", "health": { "state": "HEALTHY", "reason": null } });
    assert_eq!(account(next(&mut told).await), healthy);

    accounts::disconnect(&services, &other.request, others.id)
        .await
        .unwrap();
    accounts::disconnect(&services, &owner.request, mine.id).await.unwrap();
    let reason = json!({ "code": "DISCONNECTED", "whoActs": null });
    let disabled = json!({ "label": "Account 1", "health": { "state": "DISABLED", "reason": reason } });
    assert_eq!(account(next(&mut told).await), disabled);
    assert!(
        told.next().now_or_never().is_none(),
        "nothing else happened in this workspace"
    );
}

/// A subscription is carried out again with every change.
#[tokio::test]
async fn the_cost_of_a_result_is_exactly_bounded() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    testing::account(&services, workspace(&owner).id, 1).await;
    let _sequencer = sequencer(&services);
    let of = |beside: usize| {
        let (fields, beside) = ("id ".repeat(48), "label ".repeat(beside));
        format!(
            "subscription {{ connectionHealth {{ phoneNumbers(first: 100) {{ nodes {{ {fields} }} }} {beside} }} }}"
        )
    };
    // 1 + 1 + 100 × (1 + 48), and 98.
    assert_eq!(2 + 100 * 49 + 98, limits::RESULT_COST);
    let at_the_limit = next(&mut follow(&services, &owner, &of(98))).await.unwrap();
    assert_eq!(at_the_limit["connectionHealth"]["label"], "Account 1");
    let mut over = follow(&services, &owner, &of(99));
    assert_eq!(next(&mut over).await, Some(json!("TOO_COMPLEX")));
    assert_eq!(next(&mut over).await, None);
}

#[tokio::test]
async fn a_result_has_its_time() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    testing::account(&services, workspace(&owner).id, 1).await;
    let _sequencer = sequencer(&services);
    let api = Api::new(services.clone(), true).with_results_within(Duration::ZERO);
    let document = "subscription { connectionHealth { phoneNumbers { nodes { id } } } }";
    let mut told = followed(&api, &owner, document);
    assert_eq!(next(&mut told).await, Some(json!("TIMEOUT")));
}

#[tokio::test]
async fn a_test_call_is_followed_until_its_verdict() {
    let (mut services, _directory) = testing::services().await;
    services.public_url = Some(PublicUrl::new("https://byot.callab.example", Arc::new(Unreachable)));
    let owner = caller(&services, "a", Role::Owner).await;
    let account = testing::account(&services, workspace(&owner).id, 1).await;
    let number = testing::number(&services, &account, 1).await;
    let wanted = StartTest {
        number: number.id,
        kind: TestKind::AwaitInbound,
        to: None,
        from: None,
    };
    let test = calls::start_test(&services, &owner.request, wanted).await.unwrap();
    let document = format!(
        "subscription {{ testCall(id: \"{}\") {{ verdict steps {{ name state }} }} }}",
        id::global(test.id).0
    );
    let _follower = follower(&services);
    let mut told = follow(&services, &owner, &document);
    let now = next(&mut told).await.unwrap();
    assert_eq!(now["testCall"]["verdict"], Value::Null);
    assert_eq!(
        now["testCall"]["steps"][0],
        json!({ "name": "WEBHOOK_RECEIVED", "state": "NOT_REACHED" })
    );

    // The event of the start itself is numbered only now: it changes nothing that was told.
    let (numbering, stop) = (services.clone(), CancellationToken::new());
    let _sequencer = stop.clone().drop_guard();
    tokio::spawn(async move { domain::events::run_sequencer(&numbering, stop).await });
    calls::cancel_test(&services, &owner.request, test.id).await.unwrap();
    assert_eq!(next(&mut told).await.unwrap()["testCall"]["verdict"], "CANCELED");
    assert_eq!(next(&mut told).await, None);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_followed() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let other = caller(&services, "b", Role::Owner).await;
    let account = testing::account(&services, workspace(&other).id, 1).await;
    let account = id::global(account.id).0;
    for document in [
        "subscription { testCall(id: \"nonsense\") { id } }".to_owned(),
        format!("subscription {{ testCall(id: \"{account}\") {{ id }} }}"),
        format!("subscription {{ connectionHealth(accountId: \"{account}\") {{ id }} }}"),
        format!(
            "subscription {{ connectionHealth(workspaceId: \"{}\") {{ id }} }}",
            id::global(workspace(&other).id).0
        ),
    ] {
        assert_eq!(
            next(&mut follow(&services, &owner, &document)).await,
            Some(json!("NOT_FOUND")),
            "{document}"
        );
    }
}
