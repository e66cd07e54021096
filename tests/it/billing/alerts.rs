//! Rules, their episodes and who may see them.

use callab_tests::TestApp;
use callab_tests::dump::{difference, dump};
use chrono::TimeDelta;
use entity::AccountId;
use serde_json::{Value, json};

use super::{account, ago, check, episodes, make, of_account, priced, row, rule, today, told};

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
    let health = "health { state reasons { code } }";
    let low = of_account(&owner, &id, health).await;
    assert_eq!(
        low["health"],
        json!({ "state": "DEGRADED", "reasons": [{ "code": "LOW_BALANCE" }] })
    );
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
