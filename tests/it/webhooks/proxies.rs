//! Whose address is counted and audited, behind proxies and without.

use std::num::NonZeroU32;

use api::{Rate, RateLimits, TrustedProxies};
use chrono::TimeDelta;
use entity::audit_entry;
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::json;

use super::*;

const FORWARDED_FOR: &str = "x-forwarded-for";

fn this_machine() -> TrustedProxies {
    ["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()]
        .into_iter()
        .collect()
}

/// Asks for the type of the query's root, as somebody who says this of where they come from.
async fn ask(app: &TestApp, base: &str, document: &str, forwarded_for: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = client
        .post(format!("{base}/graphql"))
        .bearer_auth(app.owner().token())
        .header(FORWARDED_FOR, forwarded_for)
        .json(&json!({ "query": document }));
    asked.send().await.unwrap().status().as_u16()
}

/// The addresses in the audit entries of this action.
async fn audited(app: &TestApp, action: &str) -> Vec<Option<String>> {
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::COLUMN.action.eq(action))
        .all(&app.services.db)
        .await
        .unwrap();
    entries.into_iter().map(|entry| entry.address).collect()
}

const REGISTER: &str = r#"mutation { registerAgent(input: { externalId: "NAME", name: "x", endpoint: "wss://a.example/" }) { agent { id } } }"#;

#[tokio::test]
async fn the_audit_log_names_the_client_that_a_trusted_proxy_names() {
    let app = TestApp::start().await;
    let behind = app.serve_with(|options| options.with_proxies(this_machine())).await;
    for (base, name, expected) in [(&app.url, "a", "127.0.0.1"), (&behind, "b", "198.51.100.7")] {
        let document = REGISTER.replace("NAME", name);
        assert_eq!(ask(&app, base, &document, "1.2.3.4, 198.51.100.7, 10.9.9.9").await, 200);
        let addresses = audited(&app, "agent.register").await;
        assert!(addresses.contains(&Some(expected.to_owned())), "{addresses:?}");
    }
}

/// A webhook that opens a token says for whom, too.
#[tokio::test]
async fn a_webhooks_address_is_the_clients_too() {
    let routed = Routed::new().await;
    let app = &routed.app;
    let behind = app.serve_with(|options| options.with_proxies(this_machine())).await;
    app.clock.advance(TimeDelta::minutes(2)); // Opened tokens are kept for one.
    let there = routed.voice.replace(&app.url, &behind);
    let called = routed.genuine().to(there).with(FORWARDED_FOR, "1.2.3.4, 198.51.100.7");
    assert_eq!(called.send().await.status, 200);
    let opened = audited(app, "credential.open").await;
    assert!(opened.contains(&Some("198.51.100.7".to_owned())), "{opened:?}");
}

#[tokio::test]
async fn limits_of_an_address_are_the_clients() {
    let app = TestApp::start().await;
    let plenty = Rate {
        per_minute: NonZeroU32::MAX,
        burst: NonZeroU32::MAX,
    };
    let once = Rate {
        per_minute: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    };
    let rates = RateLimits {
        principal: plenty,
        address: once,
        failures: plenty,
        webhooks: plenty,
    };
    let bare = app.serve_with(|options| options.with_rates(rates)).await;
    let behind = app
        .serve_with(|options| options.with_rates(rates).with_proxies(this_machine()))
        .await;
    let document = "{ __typename }";
    // Who says to be somebody else every time is counted under their own address.
    assert_eq!(ask(&app, &bare, document, "198.51.100.1").await, 200);
    assert_eq!(ask(&app, &bare, document, "198.51.100.2").await, 429);
    // Behind a proxy each client has its own, and what they put before it counts for nothing.
    assert_eq!(ask(&app, &behind, document, "198.51.100.1").await, 200);
    assert_eq!(ask(&app, &behind, document, "198.51.100.2").await, 200);
    assert_eq!(ask(&app, &behind, document, "203.0.113.5, 198.51.100.2").await, 429);
}
