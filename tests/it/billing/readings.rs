//! What is read of Twilio: whose balance, which days, in which currency, and what a silence means.

use callab_tests::TestApp;
use chrono::TimeDelta;
use entity::{balance_reading, usage_day};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use twilio_sim::{FaultKind, scenario};

use super::{account, ago, alert, check, episodes, fail, make, of_account, priced, rule, today, told, usage};

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
    let balances = async || {
        balance_reading::Entity::find()
            .all(&app.services.db)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(balances().await, 1);
    app.clock.advance(TimeDelta::days(2));
    domain::pruning::prune(&app.services).await.unwrap();
    assert_eq!(balances().await, 0);
    let rows = async || usage_day::Entity::find().all(&app.services.db).await.unwrap().len();
    assert_ne!(rows().await, 0);
    app.clock.advance(TimeDelta::days(400));
    domain::pruning::prune(&app.services).await.unwrap();
    assert_eq!(rows().await, 0);
}
