//! Operations that break, take too long or are too many, and the others beside them.

use super::*;
use crate::auth::Claims;
use secrecy::ExposeSecret;

#[tokio::test]
async fn the_api_answers_a_socket() {
    let served = the_api().await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("1", "{ viewer { subject } }").await;
    assert_eq!(
        client.hear().await,
        next("1", &json!({ "viewer": { "subject": "owner-1" } }))
    );
    assert_eq!(client.hear().await, complete("1"));

    client.subscribe("2", "{ nothing }").await;
    let said = client.hear().await;
    assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!("2")), "{said}");
    assert_eq!(said["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert!(said["payload"][0]["extensions"]["traceId"].is_string());
    client.hears_nothing().await;
}

#[tokio::test]
async fn an_operation_that_panics_ends_alone_and_with_a_trace_id() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("goes on", "subscription { ticks }").await;
    for query in ["{ one panics }", "subscription { panicsAfter(told: 0) }"] {
        client.subscribe("breaks", query).await;
        let told = loop {
            let said = client.hear().await;
            if said["id"] == "breaks" {
                break said;
            }
        };
        assert_eq!(told["type"], "error", "{query}: {told}");
        assert_eq!(told["payload"][0]["extensions"]["code"], "INTERNAL");
        assert!(told["payload"][0]["extensions"]["traceId"].is_string());
        assert!(!told.to_string().contains("that panics"), "{told}");
    }
    client.subscribe("later", "subscription { panicsAfter(told: 1) }").await;
    let mut later = Vec::new();
    while later.len() < 2 {
        let said = client.hear().await;
        if said["id"] == "later" {
            later.push(said["type"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(later, ["next", "error"]);
    for _ in 0..3 {
        assert_eq!(client.hear().await["id"], "goes on", "and no complete of what broke");
    }
}

#[tokio::test]
async fn a_subscription_that_refuses_tells_so_and_completes() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("1", "subscription { refuses }").await;
    let said = client.hear().await;
    assert_eq!(said["payload"]["errors"][0]["message"], "not here", "{said}");
    assert_eq!(client.hear().await, complete("1"));
}

#[tokio::test]
async fn a_query_has_as_long_as_over_http_and_a_subscription_as_long_as_it_likes() {
    let served = a_bad_schema(|options| options.with_request_timeout(Duration::from_secs(2))).await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("lasts", "subscription { silent }").await;
    client.subscribe("1", "{ never }").await;
    let said = client.hear().await;
    assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!("1")), "{said}");
    assert_eq!(said["payload"][0]["extensions"]["code"], "TIMEOUT");
    client.hears_nothing().await;
}

#[tokio::test]
async fn operations_interleave_and_each_completes_once() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    for n in 0..10 {
        client.subscribe(&n.to_string(), "subscription { count(to: 20) }").await;
    }
    let mut heard = std::collections::HashMap::<String, Vec<Value>>::new();
    for _ in 0..10 * 21 {
        let said = client.hear().await;
        let of = heard.entry(said["id"].as_str().unwrap().to_owned()).or_default();
        of.push(said["payload"]["data"]["count"].clone());
    }
    client.hears_nothing().await;
    let in_order: Vec<Value> = (1..=20).map(Value::from).chain([Value::Null]).collect();
    assert!(
        heard.len() == 10 && heard.values().all(|of| *of == in_order),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_complete_of_the_client_stops_the_stream() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("1", "subscription { ticks }").await;
    assert_eq!(client.hear().await["type"], "next");
    client.say(complete("1")).await;
    client.say(json!({ "type": "ping" })).await;
    // What was on its way crosses the complete; nothing comes after the pong.
    while client.hear().await["type"] != "pong" {}
    client.hears_nothing().await;
}

#[tokio::test]
async fn a_socket_has_so_many_operations_and_no_more() {
    let served = a_bad_schema(|options| options.with_socket_bounds(3, 9)).await;
    let mut client = Client::signed_in(&served).await;
    for id in ["1", "2", "3", "4"] {
        client.subscribe(id, "subscription { silent }").await;
    }
    let said = client.hear().await;
    assert_eq!((&said["type"], &said["id"]), (&json!("error"), &json!("4")), "{said}");
    assert_eq!(said["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    client.say(complete("2")).await;
    client.subscribe("4", "{ one }").await;
    assert_eq!(client.hear().await, next("4", &json!({ "one": 1 })));
    assert_eq!(client.hear().await, complete("4"));
}

#[tokio::test]
async fn a_person_has_so_many_sockets_and_no_more() {
    let served = a_bad_schema(|options| options.with_socket_bounds(3, 2)).await;
    let first = Client::signed_in(&served).await;
    let _second = Client::signed_in(&served).await;
    let mut third = Client::connect(&served).await;
    third.say(init()).await;
    assert_eq!(
        third.hear().await,
        json!({ "closed": 4429, "reason": "Too many sockets of one person" })
    );

    let mut other = Client::connect(&served).await;
    let claims = Claims {
        sub: "owner-2".into(),
        role: "owner".into(),
        workspace: Some("a".into()),
        workspace_name: None,
        nbf: None,
        exp: testing::start().timestamp() + 3600,
    };
    let token = testing::signed().sign(&claims).unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    other
        .say(json!({ "type": "connection_init", "payload": { "authorization": bearer } }))
        .await;
    assert_eq!(
        other.hear().await,
        ack(),
        "another person of the workspace has their own"
    );

    drop(first);
    loop {
        let mut again = Client::connect(&served).await;
        again.say(init()).await;
        if again.hear().await == ack() {
            break;
        }
    }
}
