//! Usage records: sums by interval and category, over an account and its subaccounts.

use callab_twilio_sim::{AccountSpec, Decimal, SimAccount, SimUsage};
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::server::{Server, assert_refused};

/// The tests' clock says 2026-03-01.
fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

async fn records(server: &Server, account: &SimAccount, path_and_query: &str) -> Vec<Value> {
    let (status, body) = server.get(account, &format!("/Usage/Records{path_and_query}")).await;
    assert_eq!(status, 200, "{body}");
    body["usage_records"].as_array().unwrap().clone()
}

/// `count`, `usage` and `price` of the only record of a category.
async fn figures(server: &Server, account: &SimAccount, path: &str, category: &str) -> [Value; 3] {
    let records = records(server, account, &format!("{path}.json?Category={category}")).await;
    assert_eq!(records.len(), 1);
    ["count", "usage", "price"].map(|name| records[0][name].clone())
}

#[tokio::test]
async fn parents_and_the_total_are_the_sums_of_their_children() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let set = |category: &str, amount| server.sim.set_usage(&account.sid, day("2026-03-01"), category, amount);
    set("calls-inbound-local", SimUsage::new(2, 5, cents(10)));
    set("calls-inbound-tollfree", SimUsage::new(1, 1, cents(2)));
    set("calls-outbound", SimUsage::new(4, 8, cents(20)));
    set("calls-sip-outbound", SimUsage::new(1, 1, cents(1)));
    set("phonenumbers-local", SimUsage::new(3, 3, cents(345)));
    for (category, expected) in [
        ("calls-inbound", json!(["3", "6", "0.12"])),
        ("calls", json!(["7", "14", "0.32"])),
        ("calls-sip", json!(["1", "1", "0.01"])),
        ("phonenumbers", json!(["3", "3", "3.45"])),
        ("totalprice", json!([null, "3.78", "3.78"])),
        ("recordings", json!(["0", "0", "0"])),
    ] {
        let figures = figures(&server, &account, "/Today", category).await;
        assert_eq!(json!(figures), expected, "{category}");
    }
}

#[tokio::test]
async fn a_period_has_a_record_for_each_category_and_interval() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    for (on, price) in [
        ("2026-03-01", 1),
        ("2026-02-28", 2),
        ("2026-02-01", 4),
        ("2026-01-31", 8),
        ("2025-12-31", 16),
    ] {
        server
            .sim
            .set_usage(&account.sid, day(on), "calls-outbound", SimUsage::new(1, 1, price));
    }
    let prices = async |path: &str| -> Vec<String> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let records = records(&server, &account, &format!("{path}{separator}Category=totalprice")).await;
        records
            .iter()
            .map(|record| {
                format!(
                    "{} {}",
                    record["start_date"].as_str().unwrap(),
                    record["price"].as_str().unwrap()
                )
            })
            .collect()
    };
    assert_eq!(prices("/Today.json").await, ["2026-03-01 1"]);
    assert_eq!(prices("/Yesterday.json").await, ["2026-02-28 2"]);
    assert_eq!(prices("/ThisMonth.json").await, ["2026-03-01 1"]);
    assert_eq!(prices("/LastMonth.json").await, ["2026-02-01 6"]);
    assert_eq!(prices("/AllTime.json").await, ["2025-12-31 31"]);
    assert_eq!(
        prices(".json?StartDate=2026-02-01&EndDate=2026-02-28").await,
        ["2026-02-01 6"]
    );
    assert_eq!(
        prices("/Daily.json?StartDate=-1days").await,
        ["2026-03-01 1", "2026-02-28 2"]
    );
    assert_eq!(
        prices("/Monthly.json?StartDate=2026-01-01").await,
        ["2026-03-01 1", "2026-02-01 6", "2026-01-01 8"]
    );
    assert_eq!(prices("/Yearly.json").await, ["2026-01-01 15", "2025-12-31 16"]);

    let all = records(&server, &account, "/Daily.json?StartDate=-1days&PageSize=1000").await;
    assert!(all.len() > 60 && all.len().is_multiple_of(2), "{}", all.len());
    assert_refused(
        &server.get(&account, "/Usage/Records.json?StartDate=soon").await,
        400,
        20422,
    );
    assert_refused(&server.get(&account, "/Usage/Records/Hourly.json").await, 404, 20404);
}

#[tokio::test]
async fn subaccounts_count_unless_they_are_left_out() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec::default());
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    for sid in [&parent.sid, &child.sid] {
        server
            .sim
            .set_usage(sid, day("2026-03-01"), "calls-outbound", SimUsage::new(1, 1, 5));
    }
    let price = async |account: &SimAccount, more: &str| {
        let records = records(&server, account, &format!("/Today.json?Category=calls{more}")).await;
        records[0]["price"].clone()
    };
    assert_eq!(price(&parent, "").await, "10");
    assert_eq!(price(&parent, "&IncludeSubaccounts=false").await, "5");
    assert_eq!(price(&child, "").await, "5");
}

#[tokio::test]
async fn odd_figures_come_as_they_were_planted() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec {
        currency: "EUR".to_owned(),
        ..AccountSpec::default()
    });
    let set = |category: &str, amount| server.sim.set_usage(&account.sid, day("2026-03-01"), category, amount);
    set("calls-outbound", SimUsage::new(1, 1, cents(-150)));
    set(
        "sms-outbound",
        SimUsage {
            count: None,
            price: None,
            ..SimUsage::new(0, 3, 0)
        },
    );
    set("never-seen-before", SimUsage::new(1, 2, 3));
    server
        .sim
        .set_usage_as_of(&account.sid, Some("2026-02-27T08:00:00Z".parse().unwrap()));
    assert_eq!(
        json!(figures(&server, &account, "/Today", "calls").await),
        json!(["1", "1", "-1.50"])
    );
    assert_eq!(
        json!(figures(&server, &account, "/Today", "sms").await),
        json!([null, "3", null])
    );
    assert_eq!(
        json!(figures(&server, &account, "/Today", "totalprice").await),
        json!([null, "1.50", "1.50"])
    );
    let unknown = &records(&server, &account, "/Today.json?Category=never-seen-before").await[0];
    assert_eq!(
        (
            unknown["price"].as_str(),
            unknown["price_unit"].as_str(),
            unknown["as_of"].as_str()
        ),
        (Some("3"), Some("eur"), Some("2026-02-27T08:00:00+00:00"))
    );
}

#[tokio::test]
async fn a_call_adds_its_minutes_and_price_when_it_is_rated() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let form = [
        ("To", "+14155550199"),
        ("From", "+14155550100"),
        ("Twiml", "<Response><Pause length=\"2\"/></Response>"),
    ];
    let (_, placed) = server.post(&account, "/Calls.json", &form).await;
    server.sim.call_rated(placed["sid"].as_str().unwrap()).await;
    server
        .sim
        .call_rated(&server.sim.ring("+14155550199", "+14155550100"))
        .await;
    assert_eq!(
        json!(figures(&server, &account, "/Today", "calls-outbound").await),
        json!(["1", "1", "0.01400"])
    );
    assert_eq!(
        json!(figures(&server, &account, "/Today", "calls-inbound-local").await),
        json!(["1", "1", "0.00850"])
    );
    assert_eq!(
        json!(figures(&server, &account, "/Today", "calls").await),
        json!(["2", "2", "0.02250"])
    );
}
