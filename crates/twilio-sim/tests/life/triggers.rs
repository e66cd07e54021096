//! Usage triggers: when they fire, and what they tell.

use callab_twilio_sim::{FaultKind, SimAccount, SimUsage};
use reqwest::Method;
use serde_json::Value;

use super::customer::Customer;
use super::server::{Server, answer, assert_refused};

async fn account_and_customer(server: &Server) -> (SimAccount, Customer) {
    let (account, _) = server.account();
    let customer = Customer::start(&account.auth_token).await;
    (account, customer)
}

/// Makes a daily trigger at a price of 10 in all, and gives its SID.
async fn daily(server: &Server, account: &SimAccount, customer: &Customer, value: &str) -> String {
    let url = customer.at("/usage");
    let form = [
        ("CallbackUrl", url.as_str()),
        ("TriggerValue", value),
        ("UsageCategory", "totalprice"),
        ("TriggerBy", "price"),
        ("Recurring", "daily"),
    ];
    let (status, body) = server.post(account, "/Usage/Triggers.json", &form).await;
    assert_eq!(status, 201, "{body}");
    body["sid"].as_str().unwrap().to_owned()
}

fn spend(server: &Server, account: &SimAccount, day: &str, price: i64) {
    let amount = SimUsage::new(1, 1, price);
    server
        .sim
        .set_usage(&account.sid, day.parse().unwrap(), "calls-outbound", amount);
}

#[tokio::test]
async fn a_trigger_fires_once_a_period_with_a_signed_callback() {
    let server = Server::start().await;
    let (account, customer) = account_and_customer(&server).await;
    let sid = daily(&server, &account, &customer, "10").await;
    spend(&server, &account, "2026-02-28", 50);
    spend(&server, &account, "2026-03-01", 9);
    assert!(server.sim.firings(&sid).is_empty());
    spend(&server, &account, "2026-03-01", 12);
    spend(&server, &account, "2026-03-01", 30);
    server.sim.firings_over(&sid, 1).await;
    let told = customer.received_at("/usage");
    assert_eq!((told.len(), told[0].signed), (1, true));
    for (name, value) in [
        ("AccountSid", account.sid.as_str()),
        ("UsageTriggerSid", &sid),
        ("DateFired", "Sun, 01 Mar 2026 12:00:00 +0000"),
        ("Recurring", "daily"),
        ("UsageCategory", "totalprice"),
        ("TriggerBy", "price"),
        ("TriggerValue", "10"),
        ("CurrentValue", "12"),
        ("IdempotencyToken", &format!("{}-FIRES-{sid}-2026-03-01", account.sid)),
    ] {
        assert_eq!(told[0].parameters.get(name), Some(value), "{name}");
    }
    let (_, trigger) = server.get(&account, &format!("/Usage/Triggers/{sid}.json")).await;
    assert_eq!(
        (trigger["current_value"].as_str(), trigger["date_fired"].is_string()),
        (Some("30"), true)
    );

    server.advance_seconds(24 * 3600);
    spend(&server, &account, "2026-03-02", 11);
    assert_eq!(server.sim.firings_over(&sid, 2).await.len(), 2);
}

#[tokio::test]
async fn a_failing_callback_is_sent_three_times_more_and_a_refusing_one_is_not() {
    let server = Server::start().await;
    let (account, customer) = account_and_customer(&server).await;
    let sid = daily(&server, &account, &customer, "10").await;
    customer.replies_with("/usage", 503, None, "");
    spend(&server, &account, "2026-03-01", 12);
    let fired = server.sim.firings_over(&sid, 1).await;
    assert_eq!(fired[0].attempts, [Some(503); 4]);
    customer.replies_with("/usage", 404, None, "");
    assert!(server.sim.fire_trigger(&sid));
    assert_eq!(server.sim.firings_over(&sid, 2).await[1].attempts, [Some(404)]);
    let noted = server.sim.alerts(&account.sid);
    assert_eq!(
        (noted[0].error_code, noted[0].resource_sid.as_ref()),
        (11200, Some(&sid))
    );
}

#[tokio::test]
async fn a_firing_can_be_repeated_and_doubled() {
    let server = Server::start().await;
    let (account, customer) = account_and_customer(&server).await;
    let sid = daily(&server, &account, &customer, "10").await;
    assert!(!server.sim.repeat_firing(&sid) && !server.sim.fire_trigger("UT0"));
    server.sim.fail_next(FaultKind::DuplicateCallbacks);
    spend(&server, &account, "2026-03-01", 12);
    server.sim.firings_over(&sid, 2).await;
    assert!(server.sim.repeat_firing(&sid));
    server.sim.firings_over(&sid, 3).await;
    let told = customer.received_at("/usage");
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|one| one.parameters == told[0].parameters));
}

#[tokio::test]
async fn a_trigger_keeps_what_it_watches_when_it_is_changed() {
    let server = Server::start().await;
    let (account, customer) = account_and_customer(&server).await;
    spend(&server, &account, "2026-03-01", 7);
    let sid = daily(&server, &account, &customer, "+30").await;
    let path = format!("/Usage/Triggers/{sid}.json");
    let form = [
        ("FriendlyName", "Spend"),
        ("TriggerValue", "1"),
        ("CallbackMethod", "GET"),
    ];
    let (_, changed) = server.post(&account, &path, &form).await;
    let shown = ["friendly_name", "trigger_value", "callback_method"].map(|name| changed[name].as_str().unwrap());
    assert_eq!(shown, ["Spend", "37", "GET"]);

    let listed = async |query: &str| -> usize {
        let (_, page) = server.get(&account, &format!("/Usage/Triggers.json?{query}")).await;
        page["usage_triggers"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((listed("Recurring=daily").await, listed("Recurring=").await), (1, 0));
    assert_eq!(
        (listed("TriggerBy=price").await, listed("UsageCategory=calls").await),
        (1, 0)
    );
    assert_eq!(
        answer(server.request(Method::DELETE, &account, &path)).await,
        (204, Value::Null)
    );
    assert_refused(&server.get(&account, &path).await, 404, 20404);
}

#[tokio::test]
async fn a_trigger_without_a_sound_value_is_refused() {
    let server = Server::start().await;
    let (account, _) = account_and_customer(&server).await;
    for (url, value, recurring) in [
        ("https://a.example/", "-1", "daily"),
        ("https://a.example/", "much", "daily"),
        ("nowhere", "1", "daily"),
        ("https://a.example/", "1", "hourly"),
        ("", "1", "daily"),
    ] {
        let form = [
            ("CallbackUrl", url),
            ("TriggerValue", value),
            ("UsageCategory", "calls"),
            ("Recurring", recurring),
        ];
        assert_refused(&server.post(&account, "/Usage/Triggers.json", &form).await, 400, 20422);
    }
}
