//! Accounts that may not do everything: on trial, without money, not active.

use callab_twilio_sim::{AccountKind, AccountSpec, AccountStatus, SimAccount, SuspendedForm};
use reqwest::Method;
use serde_json::{Value, json};

use super::customer::{CALLER, NUMBER, answering};
use super::server::{Server, assert_refused};

async fn call(server: &Server, account: &SimAccount, to: &str) -> (u16, Value) {
    let form = [("To", to), ("From", NUMBER), ("Twiml", "<Response/>")];
    server.post(account, "/Calls.json", &form).await
}

#[tokio::test]
async fn without_money_no_call_goes_out_or_comes_in() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server
        .sim
        .change_account(&account.sid, |account| account.out_of_funds = true);
    assert_refused(&call(&server, &account, CALLER).await, 403, 20005);
    let rung = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(rung.error_codes(), [10003]);
    assert_eq!(server.get(&account, ".json").await.1["status"], "active");
}

#[tokio::test]
async fn an_account_that_is_not_active_can_say_so() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.set_suspended_form(&account.sid, SuspendedForm::NotActive);
    for status in [AccountStatus::Suspended, AccountStatus::Closed] {
        server.sim.set_status(&account.sid, status);
        assert_refused(&server.get(&account, ".json").await, 403, 20005);
        assert_refused(
            &server.ask(Method::GET, &account, "/monitor/v1/Alerts").await,
            403,
            20005,
        );
    }
}

#[tokio::test]
async fn a_balance_can_be_negative_in_another_currency_or_missing() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec {
        balance: "-12.5".to_owned(),
        currency: "GBP".to_owned(),
        ..AccountSpec::default()
    });
    let (_, balance) = server.get(&account, "/Balance.json").await;
    assert_eq!(
        (&balance["balance"], &balance["currency"]),
        (&json!("-12.5"), &json!("GBP"))
    );
    server.sim.set_balance(&account.sid, "");
    assert_refused(&server.get(&account, "/Balance.json").await, 404, 20404);
}

#[tokio::test]
async fn a_trial_account_calls_verified_numbers_of_its_own_country() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec {
        kind: AccountKind::Trial,
        verified_caller_ids: vec![CALLER.to_owned(), "+442071838750".to_owned()],
        ..AccountSpec::default()
    });
    server.number(&account, NUMBER);
    assert_eq!(call(&server, &account, CALLER).await.0, 201);
    assert_refused(&call(&server, &account, "+14155550177").await, 400, 21219);
    assert_refused(&call(&server, &account, "+442071838750").await, 400, 21215);
    let rung = server.sim.call_finished(&server.sim.ring("+14155550177", NUMBER)).await;
    assert_eq!(rung.error_codes(), [21264]);
}

#[tokio::test]
async fn a_trial_account_may_not_use_every_verb_nor_have_many_calls() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    customer.says(
        "/voice",
        "<Response><Dial>+14155550122</Dial><Say>Sorry</Say></Response>",
    );
    server
        .sim
        .change_account(&account.sid, |account| account.denied_verbs = vec!["Dial".to_owned()]);
    let rung = async || server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert!(rung().await.error_codes().is_empty());
    server
        .sim
        .change_account(&account.sid, |account| account.kind = AccountKind::Trial);
    assert_eq!(rung().await.error_codes(), [21264]);
    server.sim.change_account(&account.sid, |account| {
        account.caller_ids.push(callab_twilio_sim::SimCallerId {
            sid: "PN0".to_owned(),
            phone_number: CALLER.to_owned(),
        });
    });
    let denied = rung().await;
    assert_eq!((denied.error_codes(), denied.verbs()), (vec![10002], vec!["Say"]));
    server
        .sim
        .change_account(&account.sid, |account| account.concurrent_calls = Some(0));
    assert_eq!(rung().await.error_codes(), [10004]);
    assert_refused(&call(&server, &account, CALLER).await, 400, 10004);
}

#[tokio::test]
async fn a_parent_reaches_its_subaccount_on_version_2010_alone() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec::default());
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    server.number(&child, NUMBER);
    let as_parent = SimAccount {
        sid: parent.sid.clone(),
        auth_token: parent.auth_token.clone(),
        ..child.clone()
    };
    let path = format!("/api/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", child.sid);
    let (_, numbers) = server.ask(Method::GET, &as_parent, &path).await;
    assert_eq!(numbers["incoming_phone_numbers"][0]["account_sid"], child.sid);
    let route = "/routes/v2/PhoneNumbers/+14155550100";
    assert_refused(&server.ask(Method::GET, &as_parent, route).await, 404, 20404);
    assert_eq!(server.ask(Method::GET, &child, route).await.0, 200);
    let settings = format!("/insights/v1/Voice/Settings?SubaccountSid={}", child.sid);
    assert_eq!(
        server.ask(Method::GET, &as_parent, &settings).await.1["account_sid"],
        parent.sid
    );
}
