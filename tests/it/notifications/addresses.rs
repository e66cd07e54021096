//! Where webhooks may go: a customer must not have us ask what only we can reach.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use callab_tests::{Receiver, TestApp};
use domain::net::{Lookup, Outbound, Reachable};
use serde_json::json;

use super::{ask_for_test, endpoint, log, outcome};

/// A name server of an attacker's: it counts, and answers by the name and the turn.
#[derive(Debug, Default)]
struct Names(AtomicUsize);

#[async_trait]
impl Lookup for Names {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let turn = self.0.fetch_add(1, Ordering::Relaxed);
        let public: IpAddr = [93, 184, 216, 34].into();
        let private: IpAddr = [127, 0, 0, 1].into();
        match host {
            "private.example" => Ok(vec![private]),
            "mixed.example" => Ok(vec![public, private]),
            "rebinding.example" => Ok(vec![if turn == 0 { public } else { private }]),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

async fn public_only(names: &Arc<Names>) -> TestApp {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let outbound = Outbound::with_lookup(Reachable::Public, names.clone()).unwrap();
    TestApp::start_with(|services| services.outbound = outbound).await
}

fn webhook(address: &str) -> serde_json::Value {
    json!({ "channel": "WEBHOOK", "address": address, "kinds": ["HEALTH_CHANGED"] })
}

#[tokio::test]
async fn an_address_inside_our_network_is_refused_and_no_name_of_it_is_found_out() {
    let app = public_only(&Arc::default()).await;
    let owner = app.owner();
    let refused = [("WEBHOOK_ADDRESS_NOT_ALLOWED".to_owned(), Some("address".to_owned()))];
    for address in [
        "hooks.example",
        "http://hooks.example/",
        "https://user:password@hooks.example/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://private.example/",
        "https://mixed.example/",
        "https://unknown.example/",
        "gopher://hooks.example/",
    ] {
        assert_eq!(
            owner.refused("createNotificationEndpoint", webhook(address)).await,
            refused,
            "{address}"
        );
    }
    let message = async |address: &str| {
        let payload = owner.mutate("createNotificationEndpoint", "", webhook(address)).await;
        payload["userErrors"][0]["message"].clone()
    };
    assert_eq!(
        message("https://private.example/").await,
        message("https://unknown.example/").await
    );
}

#[tokio::test]
async fn a_name_that_leads_inside_after_it_was_checked_is_not_asked() {
    let names = Arc::<Names>::default();
    let app = public_only(&names).await;
    let owner = app.owner();
    let input = webhook("https://rebinding.example/");
    let payload = owner.done("createNotificationEndpoint", "endpoint { id }", input).await;
    ask_for_test(&owner, payload["endpoint"]["id"].as_str().unwrap()).await;
    app.run_jobs().await;
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("WAITING", None, vec!["ADDRESS_NOT_ALLOWED".to_owned()])
    );
    assert_eq!(
        names.0.load(Ordering::Relaxed),
        2,
        "one look-up a delivery: none between check and connection"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (endpoint, _) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    receiver.answer(&[307]);
    ask_for_test(&owner, &endpoint).await;
    app.run_jobs().await;
    let entry = &log(&owner).await[0];
    assert_eq!(entry["attempts"][0]["status"], 307);
    assert_eq!(entry["attempts"][0]["error"], "REDIRECTED");
    let paths: Vec<String> = receiver.received().into_iter().map(|received| received.path).collect();
    assert_eq!(paths, ["/hook"]);
}

/// An installation whose setting was changed delivers by the new one.
#[tokio::test]
async fn what_may_be_asked_is_asked_again_at_each_delivery() {
    let mut app = TestApp::start().await;
    let (owner, receiver) = (app.owner(), Receiver::start().await.unwrap());
    let (endpoint, _) = endpoint(&owner, &receiver, &["HEALTH_CHANGED"]).await;
    ask_for_test(&owner, &endpoint).await;
    app.services.outbound = Outbound::new(Reachable::Public).unwrap();
    app.run_jobs().await;
    assert_eq!(
        outcome(&log(&owner).await[0]),
        ("WAITING", None, vec!["ADDRESS_NOT_ALLOWED".to_owned()])
    );
    assert!(receiver.received().is_empty());
}
