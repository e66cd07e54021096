//! Balances, usage and the rules that watch them: from Twilio's figures to an episode that opens and ends.

mod alerts;
mod readings;
mod reports;
mod triggers;

use callab_tests::{Client, TestApp};
use chrono::{Days, NaiveDate};
use domain::Clock as _;
use entity::{Amount, twilio_account};
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, Fault, FaultKind, Match, SimAccount, SimUsage};

/// An account at Twilio with so much left.
fn account(app: &TestApp, balance: &str, currency: &str) -> SimAccount {
    let spec = AccountSpec {
        balance: balance.to_owned(),
        currency: currency.to_owned(),
        ..AccountSpec::default()
    };
    SimAccount {
        friendly_name: "Billing".into(),
        ..app.sim.add_account(spec)
    }
}

fn today(app: &TestApp) -> NaiveDate {
    app.clock.now().date_naive()
}

fn ago(app: &TestApp, days: u64) -> NaiveDate {
    today(app).checked_sub_days(Days::new(days)).unwrap()
}

fn priced(price: &str) -> SimUsage {
    SimUsage::new(1, 1, price.parse::<Amount>().unwrap().0)
}

/// Has the figures read and judged.
async fn check(app: &TestApp, client: &Client, account: &str) {
    client
        .done("checkBilling", "account { id }", json!({ "accountId": account }))
        .await;
    app.run_jobs().await;
}

/// Makes a rule about an amount and has it judged.
async fn rule(app: &TestApp, client: &Client, account: &str, kind: &str, amount: (&str, &str)) -> String {
    let amount = json!({ "amount": amount.0, "currency": amount.1 });
    make(
        app,
        client,
        json!({ "accountId": account, "kind": kind, "amount": amount }),
    )
    .await
}

async fn make(app: &TestApp, client: &Client, input: Value) -> String {
    let payload = client.done("createBillingAlert", "billingAlert { id }", input).await;
    app.run_jobs().await;
    payload["billingAlert"]["id"].as_str().unwrap().to_owned()
}

async fn episodes(client: &Client, account: &str) -> Vec<Value> {
    let document = "query($id: ID!) { billingEpisodes(accountId: $id) { nodes { id kind isOpen closedBecause acknowledgedBy note \
                    period openedWith { value threshold currency usualDay days balance rate missingDays asOf } newest { value } } } }";
    let data = client.ask(document, json!({ "id": account })).await;
    data["billingEpisodes"]["nodes"].as_array().unwrap().clone()
}

/// The episodes, newest first, as `open VALUE` or `CAUSE VALUE`.
async fn told(client: &Client, account: &str) -> Vec<String> {
    let one = |episode: &Value| {
        let state = episode["closedBecause"].as_str().unwrap_or("open");
        assert_eq!(episode["isOpen"], json!(state == "open"));
        format!("{state} {}", episode["newest"]["value"].as_str().unwrap())
    };
    episodes(client, account).await.iter().map(one).collect()
}

async fn alert(client: &Client, id: &str, fields: &str) -> Value {
    let document = format!("query($id: ID!) {{ node(id: $id) {{ ... on BillingAlert {{ {fields} }} }} }}");
    client.ask(&document, json!({ "id": id })).await["node"].clone()
}

async fn of_account(client: &Client, id: &str, fields: &str) -> Value {
    let document = format!("query($id: ID!) {{ twilioAccount(id: $id) {{ {fields} }} }}");
    client.ask(&document, json!({ "id": id })).await["twilioAccount"].clone()
}

async fn row(app: &TestApp, account: &SimAccount) -> twilio_account::Model {
    let found = twilio_account::Entity::find().filter(twilio_account::COLUMN.sid.eq(&account.sid));
    found.one(&app.services.db).await.unwrap().expect("the account")
}

fn fail(app: &TestApp, path: &str, kind: FaultKind) {
    let on = Match {
        path: Some(path.to_owned()),
        ..Match::default()
    };
    app.sim.fail(Fault { on, times: None, kind });
}

async fn usage(client: &Client, account: &str, arguments: &str) -> Value {
    let document = format!(
        "query($id: ID!) {{ usage(accountId: $id{arguments}) {{ usage {{ asOf lateByS readAt periods {{ start end missingDays \
         total {{ amount currency }} numberRental {{ amount }} categories {{ name usage price {{ amount }} daysWithoutPrice \
         categories {{ name price {{ amount }} categories {{ name }} }} }} }} }} userErrors {{ code field }} }} }}"
    );
    client.ask(&document, json!({ "id": account })).await["usage"].clone()
}
