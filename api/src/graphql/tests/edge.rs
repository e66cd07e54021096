//! What is refused before it is carried out, on both ways in: by `execute`, as over HTTP, and by `execute_stream`, as over a socket.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, value};
use domain::Role;
use futures_util::StreamExt as _;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::caller;
use crate::graphql::guard::limits;
use crate::graphql::{Api, Caller};
use crate::rates::{Rate, RateLimits, Rates};
use crate::testing;
use crate::trace_id::TraceId;

fn code(response: &Response) -> Value {
    let errors = serde_json::to_value(&response.errors).unwrap();
    errors[0]["extensions"]["code"].clone()
}

async fn over_http(api: &Api, caller: &Caller, request: Request) -> Response {
    let executor = api.executor(TraceId::new("trace-1"));
    executor.execute(request.data(caller.clone())).await
}

async fn over_socket(api: &Api, caller: &Caller, request: Request) -> Response {
    let mut session = Data::default();
    session.insert(caller.clone());
    let executor = api.executor(TraceId::new("trace-1"));
    let mut responses = executor.execute_stream(request, Some(Arc::new(session)));
    responses.next().await.expect("an answer")
}

#[tokio::test]
async fn the_guard_stands_before_both_ways_in() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let api = Api::new(services, false);
    for (document, expected) in [
        ("{...A} fragment A on Query{...A}", "FRAGMENT_CYCLE"),
        ("{ __schema { queryType { name } } }", "INTROSPECTION_DISABLED"),
        (
            "{ twilioAccounts(first: 1000) { nodes { phoneNumbers(first: 100) { nodes { id } } } } }",
            "TOO_COMPLEX",
        ),
    ] {
        for response in [
            over_http(&api, &owner, Request::new(document)).await,
            over_socket(&api, &owner, Request::new(document)).await,
        ] {
            assert_eq!(code(&response), expected, "{document}");
            assert_eq!(response.data, async_graphql::Value::Null);
            let told = serde_json::to_value(&response.errors).unwrap();
            assert_eq!(told[0]["extensions"]["traceId"], "trace-1");
        }
    }
    for response in [
        over_http(&api, &owner, Request::new("{ __typename }")).await,
        over_socket(&api, &owner, Request::new("{ __typename }")).await,
    ] {
        assert_eq!(response.data.into_json().unwrap(), json!({ "__typename": "Query" }));
    }
}

#[tokio::test]
async fn the_cost_is_exactly_bounded() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let api = Api::new(services, true);
    // A page of 1,000 rows, and one field beside it for each that is left of the budget.
    let of = |fields: usize, beside: usize| {
        let (fields, beside) = ("id ".repeat(fields), "role ".repeat(beside));
        format!("{{ twilioAccounts(first: 1000) {{ nodes {{ {fields} }} }} viewer {{ {beside} }} }}")
    };
    // 1 + 1,000 × (1 + 48), and 1 + 998.
    assert_eq!(1 + 1_000 * 49 + 1 + 998, limits::COST);
    let at_the_limit = over_http(&api, &owner, Request::new(of(48, 998))).await;
    assert!(at_the_limit.errors.is_empty(), "{:?}", at_the_limit.errors);
    let over = over_http(&api, &owner, Request::new(of(48, 999))).await;
    assert_eq!(code(&over), "TOO_COMPLEX");
}

#[tokio::test]
async fn who_asks_too_often_waits_whichever_way_they_come() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let other = caller(&services, "b", Role::Owner).await;
    let once_a_minute = Rate {
        per_minute: NonZeroU32::MIN,
        burst: NonZeroU32::new(2).unwrap(),
    };
    let rates = Rates::new(RateLimits {
        principal: once_a_minute,
        address: once_a_minute,
        failures: once_a_minute,
        webhooks: once_a_minute,
    });
    let api = Api::new(services, false).with_rates(rates);
    let document = || Request::new("{ __typename }");
    assert!(over_http(&api, &owner, document()).await.errors.is_empty());
    assert!(over_socket(&api, &owner, document()).await.errors.is_empty());
    for response in [
        over_http(&api, &owner, document()).await,
        over_socket(&api, &owner, document()).await,
    ] {
        assert_eq!(code(&response), "RATE_LIMITED");
        let told = serde_json::to_value(&response.errors).unwrap();
        let wait = told[0]["extensions"]["retryAfter"].as_u64().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert!(over_http(&api, &other, document()).await.errors.is_empty());
}

#[tokio::test]
async fn a_document_is_kept_by_its_hash_unless_a_secret_may_be_in_it() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    let api = Api::new(services, false);
    let with_hash = |document: &str, of: &str| {
        let mut request = Request::new(document);
        let hash = hex::encode(Sha256::digest(of.as_bytes()));
        let extension = value!({ "version": 1, "sha256Hash": hash });
        request.extensions.insert("persistedQuery".into(), extension);
        request
    };
    let variables_alone =
        "mutation($input: DeleteBillingAlertInput!) { deleteBillingAlert(input: $input) { userErrors { code } } }";
    let literal = "mutation { connectTwilioAccount(input: { accountSid: \"AC\", authToken: \"0123456789abcdef0123456789abcdef\", \
                   label: \"x\" }) { userErrors { code } } }";
    let as_a_word = "{ node(id: a0123456789abcdef0123456789abcdef) { id } }";
    let commented = "{ viewer { role } } # 0123456789abcdef0123456789abcdef";
    for (document, is_kept) in [
        ("{ viewer { role } }", true),
        (variables_alone, true),
        (literal, false),
        (as_a_word, false),
        (commented, false),
        ("{ ...A } fragment A on Query { ...A }", false),
    ] {
        let unknown = over_http(&api, &owner, with_hash("", document)).await;
        assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(unknown.errors[0].message, "PersistedQueryNotFound");
        over_http(&api, &owner, with_hash(document, document)).await;
        let again = over_http(&api, &owner, with_hash("", document)).await;
        assert_eq!(code(&again) != "PERSISTED_QUERY_NOT_FOUND", is_kept, "{document}");
    }
    let by_hash_alone = over_socket(&api, &owner, with_hash("", "{ viewer { role } }")).await;
    assert_eq!(code(&by_hash_alone), "PERSISTED_QUERY_NOT_SUPPORTED");
    let other = over_http(&api, &owner, with_hash("{ viewer { role } }", "{ viewer { name } }")).await;
    assert_eq!(code(&other), "PERSISTED_QUERY_HASH_MISMATCH");
}

#[tokio::test]
async fn a_field_that_failed_is_null_whichever_way_it_was_asked() {
    let (services, _directory) = testing::services().await;
    let owner = caller(&services, "a", Role::Owner).await;
    for n in 1..=2 {
        testing::account(&services, owner.workspace.as_ref().unwrap().id, n).await;
    }
    let put_away = "ALTER TABLE token_rotation RENAME TO put_away";
    services.db.execute_unprepared(put_away).await.unwrap();
    let api = Api::new(services, false);
    let nullable = "{ twilioAccounts { nodes { sid credentials { rotation { state } } } } serverTime }";
    for response in [
        over_http(&api, &owner, Request::new(nullable)).await,
        over_socket(&api, &owner, Request::new(nullable)).await,
    ] {
        let data = serde_json::to_value(&response.data).unwrap();
        assert_eq!(response.errors.len(), 2, "{data}");
        let nodes = data["twilioAccounts"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 2);
        for node in nodes {
            assert_eq!(node["credentials"], json!({ "rotation": null }), "{data}");
            assert!(node["sid"].is_string() && data["serverTime"].is_string());
        }
    }
}
