//! Balances, usage and the rules that watch them: from Twilio's figures to an episode that opens and ends.

use callab_tests::dump::{difference, dump};
use callab_tests::{Client, TestApp};
use chrono::{Days, NaiveDate, TimeDelta};
use domain::Clock as _;
use entity::{AccountId, Amount, twilio_account};
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, Fault, FaultKind, Match, NumberSpec, SimAccount, SimTrigger, SimUsage, scenario};

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

#[tokio::test]
async fn a_low_balance_opens_one_episode_and_a_top_up_closes_it() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "30.00", "USD");
    let id = app.connect(&owner, &money).await;
    rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "USD")).await;
    assert_eq!(told(&owner, &id).await, [""; 0]);

    app.sim.set_balance(&money.sid, "19.99");
    check(&app, &owner, &id).await;
    assert_eq!(told(&owner, &id).await, ["open 19.99"]);
    app.sim.set_balance(&money.sid, "20.50"); // Above the amount, and not clear of it.
    check(&app, &owner, &id).await;
    assert_eq!(told(&owner, &id).await, ["open 20.50"]);

    let episode = episodes(&owner, &id).await.remove(0);
    let seen = json!({ "billingEpisodeId": episode["id"], "note": "A top-up is on its way." });
    owner
        .done("acknowledgeBillingEpisode", "billingEpisode { id }", seen.clone())
        .await;
    let episode = episodes(&owner, &id).await.remove(0);
    assert_eq!(episode["note"], "A top-up is on its way.");
    assert_eq!(
        (&episode["acknowledgedBy"], &episode["isOpen"]),
        (&json!("owner@a"), &json!(true))
    );
    assert_eq!(episode["openedWith"]["value"], "19.99");
    assert_eq!(episode["openedWith"]["threshold"], "20");

    app.sim.set_balance(&money.sid, "50");
    check(&app, &owner, &id).await;
    assert_eq!(told(&owner, &id).await, ["CLEARED 50"]);
    let refused = owner.refused("acknowledgeBillingEpisode", seen).await;
    assert_eq!(refused[0].0, "ALREADY_ENDED");

    app.clock.advance(TimeDelta::seconds(1));
    app.sim.set_balance(&money.sid, "-3.5");
    check(&app, &owner, &id).await;
    assert_eq!(told(&owner, &id).await, ["open -3.5", "CLEARED 50"]);
    let history = of_account(&owner, &id, "balanceHistory { nodes { balance { amount currency } } }").await;
    let history: Vec<&str> = history["balanceHistory"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reading| reading["balance"]["amount"].as_str().unwrap())
        .collect();
    assert_eq!(history[0], "-3.5");
    assert_eq!(history.len(), 5, "{history:?}");

    let data = owner
        .ask("{ events(first: 100) { nodes { kind data } } }", json!({}))
        .await;
    let of_episodes = data["events"]["nodes"].as_array().unwrap().iter();
    let of_episodes = of_episodes.filter(|event| event["kind"] == "BILLING_EPISODE_CHANGED");
    let states: Vec<&str> = of_episodes
        .map(|event| event["data"]["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["OPEN", "ACKNOWLEDGED", "CLOSED", "OPEN"]);
}

#[tokio::test]
async fn a_second_check_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "3", "USD");
    app.sim
        .set_usage(&money.sid, ago(&app, 1), "calls-inbound-local", priced("4"));
    app.sim
        .set_usage(&money.sid, today(&app), "phonenumbers-local", priced("1.15"));
    let id = app.connect(&owner, &money).await;
    rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "USD")).await;
    rule(&app, &owner, &id, "SPEND_TODAY_ABOVE", ("1", "USD")).await;
    let before = dump(&app.services.db).await.unwrap();
    domain::billing::check(&app.services, row(&app, &money).await.id)
        .await
        .unwrap();
    assert_eq!(difference(&before, &dump(&app.services.db).await.unwrap()), [""; 0]);
    assert_eq!(told(&owner, &id).await.len(), 2);
}

#[tokio::test]
async fn spend_of_a_day_is_over_with_the_day() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    for days in 1..=10 {
        app.sim
            .set_usage(&money.sid, ago(&app, days), "calls-inbound-local", priced("2"));
    }
    let id = app.connect(&owner, &money).await;
    rule(&app, &owner, &id, "SPEND_TODAY_ABOVE", ("5", "USD")).await;
    let factor = json!({ "accountId": id, "kind": "SPEND_UNUSUAL", "factor": "3" });
    make(&app, &owner, factor).await;
    let days = json!({ "accountId": id, "kind": "BALANCE_LASTS_LESS_THAN", "days": 7 });
    make(&app, &owner, days).await;
    let spend = of_account(
        &owner,
        &id,
        "spend { today { amount } rate { amount } projectedDaysLeft }",
    )
    .await;
    let expected = json!({ "today": { "amount": "0" }, "rate": { "amount": "2" }, "projectedDaysLeft": "50" });
    assert_eq!(spend["spend"], expected);
    assert_eq!(told(&owner, &id).await, [""; 0]);

    app.sim
        .set_usage(&money.sid, today(&app), "calls-inbound-local", priced("20"));
    check(&app, &owner, &id).await;
    let mut kinds: Vec<Value> = episodes(&owner, &id)
        .await
        .iter()
        .map(|episode| episode["kind"].clone())
        .collect();
    kinds.sort_by_key(ToString::to_string);
    // Ten of the last 28 days cost 2, the others nothing: the usual day is free, and any spend is unusual.
    assert_eq!(
        kinds,
        ["BALANCE_LASTS_LESS_THAN", "SPEND_TODAY_ABOVE", "SPEND_UNUSUAL"],
        "five days at today's rate"
    );

    app.clock.advance(TimeDelta::days(1));
    check(&app, &owner, &id).await;
    let mut ended = told(&owner, &id).await;
    ended.sort();
    // The average of the last seven days, this one among them, is 4.57.
    assert_eq!(ended, ["CLEARED 21.9", "NEW_PERIOD 20", "NEW_PERIOD 20"]);
}

#[tokio::test]
async fn unusual_spend_is_told_with_what_is_usual() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "1000", "USD");
    for days in 1..=40 {
        app.sim
            .set_usage(&money.sid, ago(&app, days), "calls-outbound", priced("2"));
    }
    app.sim
        .set_usage(&money.sid, today(&app), "calls-outbound", priced("6.5"));
    let id = app.connect(&owner, &money).await;
    make(
        &app,
        &owner,
        json!({ "accountId": id, "kind": "SPEND_UNUSUAL", "factor": "3" }),
    )
    .await;
    let figures = episodes(&owner, &id).await.remove(0)["openedWith"].clone();
    assert_eq!((&figures["value"], &figures["threshold"]), (&json!("6.5"), &json!("6")));
    assert_eq!((&figures["usualDay"], &figures["days"]), (&json!("2"), &json!(28)));
    let spend = of_account(
        &owner,
        &id,
        "spend { today { amount currency } usualDay { amount } rate { amount } }",
    )
    .await;
    assert_eq!(spend["spend"]["today"], json!({ "amount": "6.5", "currency": "USD" }));
    assert_eq!(spend["spend"]["rate"]["amount"], "6.5");
}

/// The triggers of an account at Twilio, as `VALUE PERIOD`.
fn triggers(app: &TestApp, account: &SimAccount) -> Vec<SimTrigger> {
    app.sim.triggers(&account.sid)
}

async fn mirrored(app: &TestApp, client: &Client, account: &str, amount: &str) -> String {
    let amount = json!({ "amount": amount, "currency": "USD" });
    let input = json!({ "accountId": account, "kind": "SPEND_TODAY_ABOVE", "amount": amount, "mirrorAtTwilio": true });
    make(app, client, input).await
}

#[tokio::test]
async fn a_trigger_that_fires_twice_is_one_check_and_opens_the_episode_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    let rule = mirrored(&app, &owner, &id, "5").await;
    assert_eq!(
        alert(&owner, &rule, "mirror mirrorProblem").await,
        json!({ "mirror": "MIRRORED", "mirrorProblem": null })
    );
    let [trigger] = triggers(&app, &money).try_into().unwrap();
    assert_eq!(
        (
            trigger.usage_category.as_str(),
            trigger.trigger_value.to_string().as_str()
        ),
        ("totalprice", "5")
    );
    assert_eq!(told(&owner, &id).await, [""; 0]);

    app.sim
        .set_usage(&money.sid, today(&app), "calls-outbound", priced("6.25"));
    app.sim.firings_over(&trigger.sid, 1).await;
    assert!(app.sim.repeat_firing(&trigger.sid));
    let firings = app.sim.firings_over(&trigger.sid, 2).await;
    assert!(
        firings.iter().all(|firing| firing.attempts == [Some(204)]),
        "{firings:?}"
    );
    let ran = app.run_jobs().await;
    assert_eq!(ran.iter().filter(|ran| ran.kind == "check-billing").count(), 1);
    assert_eq!(told(&owner, &id).await, ["open 6.25"]);
    assert!(app.sim.repeat_firing(&trigger.sid));
    app.sim.firings_over(&trigger.sid, 3).await;
    assert_eq!(app.run_jobs().await.len(), 0, "it was handled before");
}

#[tokio::test]
async fn a_trigger_goes_with_its_rule() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    let rule = mirrored(&app, &owner, &id, "5").await;
    let first = triggers(&app, &money).remove(0).sid;
    let amount = json!({ "amount": "7.50", "currency": "USD" });
    owner
        .done(
            "updateBillingAlert",
            "billingAlert { id }",
            json!({ "billingAlertId": rule, "amount": amount }),
        )
        .await;
    app.run_jobs().await;
    let [replaced] = triggers(&app, &money).try_into().unwrap();
    assert_ne!(replaced.sid, first);
    assert_eq!(replaced.trigger_value.to_string(), "7.50");
    let unchanged = triggers(&app, &money);
    check(&app, &owner, &id).await;
    assert_eq!(triggers(&app, &money).len(), unchanged.len(), "a check makes no other");

    owner
        .done(
            "deleteBillingAlert",
            "billingAlert { id }",
            json!({ "billingAlertId": rule }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(triggers(&app, &money).len(), 0);
    assert_eq!(alert(&owner, &rule, "mirror").await["mirror"], "NONE");
    let listed = owner.ask("{ billingAlerts { nodes { id } } }", json!({})).await;
    assert_eq!(listed["billingAlerts"]["nodes"], json!([]));
}

/// The answer to the creation is lost: the trigger is there, and the next attempt finds it by its name.
#[tokio::test]
async fn a_trigger_whose_creation_was_not_answered_is_made_once() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    let on = Match {
        method: Some("POST".to_owned()),
        path: Some("Usage/Triggers".to_owned()),
        ..Match::default()
    };
    app.sim.fail(Fault {
        on,
        times: Some(1),
        kind: FaultKind::CutOffAfterEffect,
    });
    let rule = mirrored(&app, &owner, &id, "5").await;
    app.pass(TimeDelta::minutes(10)).await;
    assert_eq!(triggers(&app, &money).len(), 1);
    assert_eq!(alert(&owner, &rule, "mirror").await["mirror"], "MIRRORED");
}

#[tokio::test]
async fn a_disconnected_account_keeps_no_trigger_and_no_open_episode() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "1", "USD");
    let id = app.connect(&owner, &money).await;
    mirrored(&app, &owner, &id, "5").await;
    rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "USD")).await;
    assert_eq!(told(&owner, &id).await, ["open 1"]);
    owner
        .done("disconnectTwilioAccount", "account { id }", json!({ "accountId": id }))
        .await;
    app.run_jobs().await;
    assert_eq!(told(&owner, &id).await, ["ACCOUNT_DISCONNECTED 1"]);
    assert_eq!(triggers(&app, &money).len(), 0);
    let credentials = entity::twilio_credential::Entity::find()
        .all(&app.services.db)
        .await
        .unwrap();
    assert_eq!(
        credentials.len(),
        0,
        "they are forgotten once they are not needed any more"
    );
}

#[tokio::test]
async fn a_webhook_that_is_not_twilios_has_no_effect() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let id = app.connect(&owner, &money).await;
    mirrored(&app, &owner, &id, "5").await;
    let trigger = triggers(&app, &money).remove(0);
    let form = [("AccountSid", money.sid.as_str()), ("IdempotencyToken", "forged")];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for signature in [None, Some("bm90IHR3aWxpbw==")] {
        let mut sent = http.post(&trigger.callback_url).form(&form);
        if let Some(signature) = signature {
            sent = sent.header("X-Twilio-Signature", signature);
        }
        assert_eq!(sent.send().await.unwrap().status().as_u16(), 403);
    }
    let nowhere = format!("{}/twilio/v1/usage/{}", app.url, "0".repeat(32));
    let sent = http.post(nowhere).header("X-Twilio-Signature", "x").form(&form);
    assert_eq!(sent.send().await.unwrap().status().as_u16(), 404);
    assert_eq!(app.run_jobs().await.len(), 0);
}

#[tokio::test]
async fn a_subaccounts_balance_is_its_parents_and_never_guessed() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let [parent, child] = scenario::subaccount(&app.sim);
    let child_id = app.connect(&owner, &child).await;
    check(&app, &owner, &child_id).await;
    let shown = "isSubaccount balance { amount isParents } parent { sid } balanceHistory { nodes { at } }";
    let alone = of_account(&owner, &child_id, shown).await;
    assert_eq!(
        alone,
        json!({ "isSubaccount": true, "balance": null, "parent": null, "balanceHistory": { "nodes": [] } })
    );
    let input =
        json!({ "accountId": child_id, "kind": "BALANCE_BELOW", "amount": { "amount": "20", "currency": "USD" } });
    let refused = owner.refused("createBillingAlert", input.clone()).await;
    assert_eq!(
        refused,
        [("BALANCE_IS_PARENTS".to_owned(), Some("accountId".to_owned()))]
    );

    app.sim.set_balance(&parent.sid, "12.30");
    // Elsewhere the same parent says nothing here.
    app.connect(&app.client(Some("b"), "owner"), &parent).await;
    assert_eq!(
        of_account(&owner, &child_id, "balance { amount }").await["balance"],
        Value::Null
    );
    app.connect(&owner, &parent).await;
    let with_parent = of_account(&owner, &child_id, "balance { amount isParents } parent { sid }").await;
    assert_eq!(with_parent["balance"], json!({ "amount": "12.30", "isParents": true }));
    assert_eq!(with_parent["parent"]["sid"], json!(parent.sid));
    make(&app, &owner, input).await;
    assert_eq!(told(&owner, &child_id).await, ["open 12.30"]);
}

#[tokio::test]
async fn amounts_are_in_the_accounts_currency_and_never_converted() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "10", "EUR");
    let id = app.connect(&owner, &money).await;
    let dollars = json!({ "accountId": id, "kind": "BALANCE_BELOW", "amount": { "amount": "20", "currency": "USD" } });
    let refused = owner.refused("createBillingAlert", dollars).await;
    assert_eq!(refused, [("CURRENCY_MISMATCH".to_owned(), Some("amount".to_owned()))]);
    let rule = rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "eur")).await;
    assert_eq!(told(&owner, &id).await, ["open 10"]);
    assert_eq!(episodes(&owner, &id).await[0]["openedWith"]["currency"], "EUR");

    app.sim
        .change_account(&money.sid, |account| account.currency = "USD".to_owned());
    check(&app, &owner, &id).await;
    let set_aside = alert(&owner, &rule, "setAside amount { amount currency }").await;
    assert_eq!(
        set_aside,
        json!({ "setAside": "CURRENCY_CHANGED", "amount": { "amount": "20", "currency": "EUR" } })
    );
    assert_eq!(told(&owner, &id).await, ["RULE_SET_ASIDE 10"]);
    let amount = json!({ "amount": "15", "currency": "USD" });
    app.clock.advance(TimeDelta::seconds(1));
    owner
        .done(
            "updateBillingAlert",
            "billingAlert { id }",
            json!({ "billingAlertId": rule, "amount": amount }),
        )
        .await;
    app.run_jobs().await;
    assert_eq!(alert(&owner, &rule, "setAside").await["setAside"], Value::Null);
    assert_eq!(told(&owner, &id).await, ["open 10", "RULE_SET_ASIDE 10"]);
}

async fn usage(client: &Client, account: &str, arguments: &str) -> Value {
    let document = format!(
        "query($id: ID!) {{ usage(accountId: $id{arguments}) {{ usage {{ asOf lateByS readAt periods {{ start end missingDays \
         total {{ amount currency }} numberRental {{ amount }} categories {{ name usage price {{ amount }} daysWithoutPrice \
         categories {{ name price {{ amount }} categories {{ name }} }} }} }} }} userErrors {{ code field }} }} }}"
    );
    client.ask(&document, json!({ "id": account })).await["usage"].clone()
}

#[tokio::test]
async fn usage_is_a_tree_and_what_is_missing_is_not_zero() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    let sid = &money.sid;
    app.sim
        .set_usage(sid, today(&app), "calls-inbound-local", priced("1.5"));
    app.sim.set_usage(sid, today(&app), "calls-outbound", priced("-0.25"));
    app.sim.set_usage(sid, today(&app), "calls-by-pigeon", priced("3"));
    app.sim
        .set_usage(sid, today(&app), "phonenumbers-local", priced("1.15"));
    let unpriced = SimUsage {
        price: None,
        ..priced("0")
    };
    app.sim.set_usage(sid, today(&app), "recordings", unpriced);
    let as_of = app.clock.now() - TimeDelta::hours(3);
    app.sim.set_usage_as_of(sid, Some(as_of));
    let id = app.connect(&owner, &money).await;

    let days = format!(", from: \"{}\", to: \"{}\"", ago(&app, 1), today(&app));
    let before = usage(&owner, &id, &days).await["usage"].clone();
    assert_eq!(before["readAt"], Value::Null);
    assert_eq!(before["periods"][0]["total"], Value::Null);
    assert_eq!(
        (&before["periods"][0]["missingDays"], &before["asOf"]),
        (&json!(1), &Value::Null)
    );

    check(&app, &owner, &id).await;
    let told = usage(&owner, &id, &days).await["usage"].clone();
    assert_eq!(told["lateByS"], 3 * 3600);
    let period = &told["periods"][0];
    assert_eq!(period["total"], json!({ "amount": "5.40", "currency": "USD" }));
    assert_eq!(period["numberRental"]["amount"], "1.15");
    let names: Vec<&str> = period["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|category| category["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["calls", "calls-by-pigeon", "phonenumbers", "recordings"]);
    let calls = &period["categories"][0];
    assert_eq!(calls["price"]["amount"], "1.25");
    assert_eq!(calls["categories"][0]["name"], "calls-inbound");
    assert_eq!(calls["categories"][0]["categories"][0]["name"], "calls-inbound-local");
    assert_eq!(calls["categories"][1]["price"]["amount"], "-0.25");
    let recordings = &period["categories"][3];
    assert_eq!(
        (&recordings["price"], &recordings["daysWithoutPrice"]),
        (&Value::Null, &json!(1))
    );

    let months = usage(&owner, &id, ", by: MONTH, category: \"calls-inbound\"").await["usage"].clone();
    assert_eq!(months["periods"][0]["categories"][0]["name"], "calls-inbound");
    let wrong = usage(&owner, &id, ", from: \"2026-01-02\", to: \"2026-01-01\"").await;
    assert_eq!(
        wrong,
        json!({ "usage": null, "userErrors": [{ "code": "MALFORMED", "field": "from" }] })
    );
}

/// The first reading goes sixty days back; later ones read yesterday again, since Twilio's figures lag.
#[tokio::test]
async fn yesterdays_figures_are_read_again() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "100", "USD");
    app.sim
        .set_usage(&money.sid, ago(&app, 60), "calls-outbound", priced("7"));
    app.sim
        .set_usage(&money.sid, ago(&app, 61), "calls-outbound", priced("8"));
    app.sim
        .set_usage(&money.sid, ago(&app, 1), "calls-outbound", priced("2"));
    let id = app.connect(&owner, &money).await;
    check(&app, &owner, &id).await;
    let total = async |days: u64| {
        let days = format!(", from: \"{0}\", to: \"{0}\"", ago(&app, days));
        usage(&owner, &id, &days).await["usage"]["periods"][0]["total"]["amount"].clone()
    };
    assert_eq!(
        (total(60).await, total(61).await, total(1).await),
        (json!("7"), Value::Null, json!("2"))
    );
    app.sim
        .set_usage(&money.sid, ago(&app, 1), "calls-outbound", priced("2.75"));
    app.sim
        .set_usage(&money.sid, ago(&app, 2), "calls-outbound", priced("9"));
    check(&app, &owner, &id).await;
    assert_eq!((total(1).await, total(2).await), (json!("2.75"), json!("0")));
}

#[tokio::test]
async fn a_silent_twilio_concludes_nothing_and_holds_up_no_other_figure() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "30", "USD");
    let id = app.connect(&owner, &money).await;
    rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "USD")).await;
    rule(&app, &owner, &id, "SPEND_TODAY_ABOVE", ("5", "USD")).await;
    let read_at = of_account(&owner, &id, "billingReadAt").await["billingReadAt"].clone();
    app.clock.advance(TimeDelta::minutes(15));
    fail(&app, "Usage/Records", FaultKind::Html { status: 502 });
    app.sim.set_balance(&money.sid, "10");
    check(&app, &owner, &id).await;
    assert_eq!(told(&owner, &id).await, ["open 10"]);
    assert_eq!(of_account(&owner, &id, "billingReadAt").await["billingReadAt"], read_at);
    app.sim.clear_faults();

    fail(&app, "Balance", FaultKind::RateLimited { retry_after: None });
    app.sim
        .set_usage(&money.sid, today(&app), "calls-outbound", priced("6"));
    app.sim.set_balance(&money.sid, "100");
    check(&app, &owner, &id).await;
    let mut open = told(&owner, &id).await;
    open.sort();
    assert_eq!(open, ["open 10", "open 6"], "the balance is as it was last known");
}

#[tokio::test]
async fn each_workspace_has_its_own_rules_and_episodes() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner(), app.client(Some("b"), "owner"));
    let money = account(&app, "5", "USD");
    let ours = app.connect(&owner, &money).await;
    let theirs = app.connect(&other, &money).await; // The same Twilio account, connected in both.
    let rule = rule(&app, &owner, &ours, "BALANCE_BELOW", ("20", "USD")).await;
    assert_eq!(told(&owner, &ours).await, ["open 5"]);
    check(&app, &other, &theirs).await;
    for account in [&ours, &theirs] {
        assert_eq!(told(&other, account).await, [""; 0]);
    }
    let lists = "{ billingAlerts { nodes { id } } billingEpisodes { nodes { id } } }";
    let data = other.ask(lists, json!({})).await;
    assert_eq!(
        data,
        json!({ "billingAlerts": { "nodes": [] }, "billingEpisodes": { "nodes": [] } })
    );
    let episode = episodes(&owner, &ours).await[0]["id"].clone();
    for (mutation, input) in [
        ("acknowledgeBillingEpisode", json!({ "billingEpisodeId": episode })),
        ("deleteBillingAlert", json!({ "billingAlertId": rule })),
        ("checkBilling", json!({ "accountId": ours })),
    ] {
        assert_eq!(other.refused(mutation, input).await[0].0, "NOT_FOUND", "{mutation}");
    }
    let staff = app.client(None, "support");
    staff
        .done(
            "acknowledgeBillingEpisode",
            "billingEpisode { id }",
            json!({ "billingEpisodeId": episode }),
        )
        .await;
    assert_eq!(episodes(&owner, &ours).await[0]["acknowledgedBy"], "support@callab");
}

#[tokio::test]
async fn what_a_rule_takes_depends_on_its_kind() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "5", "USD");
    let id = app.connect(&owner, &money).await;
    let amount = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    for (input, code, field) in [
        (
            json!({ "kind": "BALANCE_BELOW", "days": 3 }),
            "THRESHOLD_INVALID",
            "amount",
        ),
        (
            json!({ "kind": "SPEND_TODAY_ABOVE", "amount": amount("0") }),
            "THRESHOLD_INVALID",
            "amount",
        ),
        (
            json!({ "kind": "SPEND_UNUSUAL", "factor": "0.5" }),
            "THRESHOLD_INVALID",
            "factor",
        ),
        (
            json!({ "kind": "BALANCE_LASTS_LESS_THAN", "days": 0 }),
            "THRESHOLD_INVALID",
            "days",
        ),
        (json!({ "kind": "OTHER", "days": 1 }), "MALFORMED", "kind"),
        (
            json!({ "kind": "BALANCE_BELOW", "amount": amount("1"), "mirrorAtTwilio": true }),
            "NOT_MIRRORABLE",
            "mirrorAtTwilio",
        ),
    ] {
        let mut input = input;
        input["accountId"] = json!(id);
        let refused = owner.refused("createBillingAlert", input.clone()).await;
        assert_eq!(refused, [(code.to_owned(), Some(field.to_owned()))], "{input}");
    }
    let listed = owner.ask("{ billingAlerts { nodes { id } } }", json!({})).await;
    assert_eq!(listed["billingAlerts"]["nodes"], json!([]));
}

#[tokio::test]
async fn recurring_checks_are_due_once_in_an_interval() {
    let app = TestApp::start().await;
    let owner = app.owner();
    app.connect(&owner, &account(&app, "5", "USD")).await;
    let queue = async || {
        domain::accounts::queue_due_billing(&app.services, &|| 0.5)
            .await
            .unwrap()
    };
    assert_eq!((queue().await, queue().await), (1, 0));
    assert_eq!(
        app.run_jobs()
            .await
            .iter()
            .filter(|ran| ran.kind == "check-billing")
            .count(),
        1
    );
    app.clock.advance(TimeDelta::minutes(16));
    assert_eq!(queue().await, 1);
}

#[tokio::test]
async fn old_balances_and_usage_are_let_go() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "5", "USD");
    let id = app.connect(&owner, &money).await;
    check(&app, &owner, &id).await;
    app.clock.advance(TimeDelta::days(89));
    domain::pruning::prune(&app.services).await.unwrap();
    let count =
        async || of_account(&owner, &id, "balanceHistory { nodes { at } }").await["balanceHistory"]["nodes"].clone();
    assert_ne!(count().await, json!([]));
    app.clock.advance(TimeDelta::days(2));
    domain::pruning::prune(&app.services).await.unwrap();
    assert_eq!(count().await, json!([]));
    let rows = async || {
        entity::usage_day::Entity::find()
            .all(&app.services.db)
            .await
            .unwrap()
            .len()
    };
    assert_ne!(rows().await, 0);
    app.clock.advance(TimeDelta::days(400));
    domain::pruning::prune(&app.services).await.unwrap();
    assert_eq!(rows().await, 0);
}

#[tokio::test]
async fn prices_are_told_before_a_call_and_kept_for_a_few_minutes() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "5", "EUR");
    app.sim
        .add_numbers(&money.sid, "+14155550101", 1, &NumberSpec::default());
    let id = app.connect(&owner, &money).await;
    let document = "query($id: ID!, $to: String) { pricing(accountId: $id, to: $to, from: \"+14155550101\") { pricing { \
                    call { countryCode outbound { price { amount currency } } } rentals { countryCode prices { numberType \
                    price { amount currency } } } } userErrors { code field } } }";
    let ask = async |to: &str| owner.ask(document, json!({ "id": id, "to": to })).await["pricing"].clone();
    let told = ask("+4930123456").await;
    let call = &told["pricing"]["call"];
    assert_eq!(call["countryCode"], "DE", "{told}");
    assert_eq!(call["outbound"][0]["price"]["currency"], "EUR");
    assert_eq!(told["pricing"]["rentals"][0]["countryCode"], "US");
    let asked = app.sim.count_requests();
    assert_eq!(ask("+4930123456").await, told);
    assert_eq!(app.sim.count_requests(), asked, "it is kept");
    app.clock.advance(TimeDelta::minutes(6));
    fail(&app, "Voice/Numbers", FaultKind::Html { status: 502 });
    assert_eq!(ask("+4930123456").await["userErrors"][0]["code"], "TWILIO_UNREACHABLE");
    app.sim.clear_faults();
    assert_eq!(
        ask("not a number").await["userErrors"],
        json!([{ "code": "NUMBER_MALFORMED", "field": "to" }])
    );
}

/// What others ask of billing.
#[tokio::test]
async fn open_episodes_are_told_by_account() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let money = account(&app, "5", "USD");
    let id = app.connect(&owner, &money).await;
    rule(&app, &owner, &id, "BALANCE_BELOW", ("20", "USD")).await;
    let account: AccountId = row(&app, &money).await.id;
    let open = domain::billing::open_episodes(&app.services.db, &[account])
        .await
        .unwrap();
    assert_eq!(open[&account], [entity::billing_alert::AlertKind::BalanceBelow]);
    let balance = domain::billing::latest_balance(&app.services.db, &row(&app, &money).await)
        .await
        .unwrap();
    assert_eq!(balance.map(|balance| balance.amount.to_string()).as_deref(), Some("5"));
}
