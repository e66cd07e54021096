//! Who may ask what, and what changes when a number is updated.

use callab_twilio_sim::{AccountSpec, AccountStatus, KeyKind, NumberSpec, SuspendedForm};
use reqwest::Method;

use super::server::{Server, answer, assert_refused};

#[tokio::test]
async fn only_the_right_token_in_the_right_region_gets_in() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    assert_eq!(server.get(&account, ".json").await.0, 200);

    let mut wrong = account.clone();
    wrong.auth_token = "0".repeat(32);
    assert_refused(&server.get(&wrong, ".json").await, 401, 20003);
    let url = format!("{}/api/2010-04-01/Accounts/{}.json", server.url, account.sid);
    assert_refused(&answer(server.client.get(&url)).await, 401, 20003);

    let elsewhere = url.replace("/api/", "/api.dublin.ie1/");
    let request = || {
        server
            .client
            .get(&elsewhere)
            .basic_auth(&account.sid, Some(&account.auth_token))
    };
    assert_refused(&answer(request()).await, 401, 20003);
    server
        .sim
        .change_account(&account.sid, |account| account.region = "ie1".to_owned());
    assert_eq!(answer(request()).await.0, 200);
}

#[tokio::test]
async fn a_rotated_token_is_dead_at_once() {
    let server = Server::start().await;
    let mut account = server.sim.add_account(AccountSpec::default());
    let token = server.sim.rotate_token(&account.sid);
    assert_refused(&server.get(&account, ".json").await, 401, 20003);
    account.auth_token = token;
    assert_eq!(server.get(&account, ".json").await.0, 200);
    server.sim.change_account(&account.sid, |account| {
        account.secondary_token = Some("second".to_owned());
    });
    account.auth_token = "second".to_owned();
    assert_eq!(server.get(&account, ".json").await.0, 200);
}

#[tokio::test]
async fn keys_reach_what_their_kind_allows() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let child = server.sim.add_account(AccountSpec {
        owner: Some(account.sid.clone()),
        ..AccountSpec::default()
    });
    let ask = |user: String, secret: String, path: String| {
        answer(
            server
                .client
                .get(format!("{}/api/2010-04-01/Accounts{path}", server.url))
                .basic_auth(user, Some(secret)),
        )
    };
    let own = format!("/{}.json", account.sid);
    let numbers = format!("/{}/IncomingPhoneNumbers.json", account.sid);
    let of_child = format!("/{}/IncomingPhoneNumbers.json", child.sid);

    let standard = server.sim.add_key(&account.sid, KeyKind::Standard);
    assert_refused(
        &ask(standard.sid.clone(), standard.secret.clone(), own.clone()).await,
        401,
        20003,
    );
    assert_refused(
        &ask(standard.sid.clone(), standard.secret.clone(), ".json".to_owned()).await,
        401,
        20003,
    );
    assert_eq!(ask(standard.sid, standard.secret, numbers.clone()).await.0, 200);

    let main = server.sim.add_key(&account.sid, KeyKind::Main);
    assert_eq!(ask(main.sid.clone(), main.secret.clone(), own).await.0, 200);
    assert_refused(&ask(main.sid, main.secret, of_child.clone()).await, 401, 20003);

    assert_eq!(ask(account.sid.clone(), account.auth_token, of_child).await.0, 200);
    assert_refused(&ask(child.sid, child.auth_token, numbers).await, 401, 20003);
}

#[tokio::test]
async fn a_subaccount_shows_its_owner_and_has_no_balance() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec {
        balance: "12.345".to_owned(),
        currency: "EUR".to_owned(),
        ..AccountSpec::default()
    });
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    let (_, body) = server.get(&child, ".json").await;
    assert_eq!(body["owner_account_sid"], parent.sid);
    assert_refused(&server.get(&child, "/Balance.json").await, 404, 20404);
    let (_, balance) = server.get(&parent, "/Balance.json").await;
    assert_eq!(
        balance,
        serde_json::json!({ "account_sid": parent.sid, "balance": "12.345", "currency": "EUR" })
    );
}

#[tokio::test]
async fn a_suspended_account_is_answered_for_in_the_chosen_form() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let path = format!("/IncomingPhoneNumbers/{pn}.json");
    server.sim.set_status(&account.sid, AccountStatus::Suspended);
    assert_refused(&server.get(&account, ".json").await, 401, 20003);

    server.sim.set_suspended_form(&account.sid, SuspendedForm::Forbidden);
    assert_refused(&server.get(&account, ".json").await, 403, 20403);

    server.sim.set_suspended_form(&account.sid, SuspendedForm::StatusOnly);
    assert_eq!(server.get(&account, ".json").await.1["status"], "suspended");
    assert_refused(
        &server.post(&account, &path, &[("FriendlyName", "x")]).await,
        403,
        20403,
    );
}

#[tokio::test]
async fn suspending_a_parent_suspends_its_subaccounts() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec::default());
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    server.sim.set_status(&parent.sid, AccountStatus::Suspended);
    assert_eq!(server.sim.account(&child.sid).unwrap().status, AccountStatus::Suspended);
}

#[tokio::test]
async fn a_parent_sees_that_its_subaccount_is_suspended() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec::default());
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    server.sim.set_status(&child.sid, AccountStatus::Suspended);
    assert_refused(&server.get(&child, ".json").await, 401, 20003);
    let url = format!("{}/api/2010-04-01/Accounts/{}.json", server.url, child.sid);
    let seen = answer(server.client.get(url).basic_auth(&parent.sid, Some(&parent.auth_token))).await;
    assert_eq!((seen.0, seen.1["status"].as_str()), (200, Some("suspended")));
}

#[tokio::test]
async fn an_update_changes_what_was_sent_and_nothing_else() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    server
        .sim
        .change_number(&pn, |number| number.sms_url = "https://sms.example.com/in".to_owned());
    let before = server.sim.number(&pn).unwrap();
    server.advance_seconds(60);
    let path = format!("/IncomingPhoneNumbers/{pn}.json");
    let form = [
        ("VoiceUrl", "https://a.example/voice?x=1"),
        ("VoiceMethod", "get"),
        ("StatusCallback", "https://a.example/status"),
    ];
    let (status, body) = server.post(&account, &path, &form).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&body["voice_url"], &body["voice_method"]),
        (&"https://a.example/voice?x=1".into(), &"GET".into())
    );
    let after = server.sim.number(&pn).unwrap();
    assert_eq!(after.sms_url, before.sms_url);
    assert_eq!(after.friendly_name, before.friendly_name);
    assert!(after.updated_at > before.updated_at);

    let (_, body) = server.post(&account, &path, &[("VoiceUrl", "")]).await;
    assert_eq!(body["voice_url"], serde_json::Value::Null);
}

#[tokio::test]
async fn trunk_and_application_put_each_other_out() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let application = server.sim.add_application(&account.sid, "https://a.example/app");
    let trunk = format!("TK{}", "1".repeat(32));
    let spec = NumberSpec {
        phone_number: "+14155550100".to_owned(),
        trunk_sid: trunk.clone(),
        ..NumberSpec::default()
    };
    let pn = server.sim.add_number(&account.sid, spec);
    let path = format!("/IncomingPhoneNumbers/{pn}.json");

    let (_, body) = server
        .post(&account, &path, &[("VoiceApplicationSid", &application)])
        .await;
    assert_eq!(
        (&body["voice_application_sid"], body["trunk_sid"].is_null()),
        (&application.clone().into(), true)
    );
    let (_, body) = server.post(&account, &path, &[("TrunkSid", &trunk)]).await;
    assert_eq!(
        (body["voice_application_sid"].is_null(), &body["trunk_sid"]),
        (true, &trunk.into())
    );
    let (_, body) = server
        .post(&account, &path, &[("TrunkSid", ""), ("VoiceApplicationSid", "")])
        .await;
    assert!(body["trunk_sid"].is_null() && body["voice_application_sid"].is_null());
    let unknown = format!("AP{}", "2".repeat(32));
    assert_refused(
        &server.post(&account, &path, &[("VoiceApplicationSid", &unknown)]).await,
        400,
        21420,
    );
}

#[tokio::test]
async fn an_update_that_makes_no_sense_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let before = server.sim.number(&pn);
    let path = format!("/IncomingPhoneNumbers/{pn}.json");
    for (form, code) in [
        (("VoiceFallbackUrl", "https://a.example/fallback"), 21405),
        (("VoiceUrl", "not a url"), 21402),
        (("VoiceUrl", "ftp://a.example/voice"), 21402),
        (("StatusCallback", "https://under_score.example/x"), 21402),
        (("VoiceMethod", "BREW"), 20422),
        (("VoiceReceiveMode", "telepathy"), 20422),
    ] {
        let sent = [("FriendlyName", "changed"), form];
        assert_refused(&server.post(&account, &path, &sent).await, 400, code);
    }
    assert_eq!(server.sim.number(&pn), before);
}

#[tokio::test]
async fn a_release_is_possible_and_on_record() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let path = format!("/IncomingPhoneNumbers/{pn}.json");
    assert_eq!(answer(server.request(Method::DELETE, &account, &path)).await.0, 204);
    assert_refused(&server.get(&account, &path).await, 404, 20404);
    assert_eq!(server.sim.count_requests_to("DELETE", "/IncomingPhoneNumbers/"), 1);
}

#[tokio::test]
async fn requests_are_recorded_without_their_password() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let mark = server.sim.count_requests();
    server
        .post(
            &account,
            &format!("/IncomingPhoneNumbers/{pn}.json?x=1"),
            &[("FriendlyName", "a b")],
        )
        .await;
    let requests = server.sim.requests_since(mark);
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].method.as_str(), requests[0].status), ("POST", Some(200)));
    assert_eq!(requests[0].form.get("FriendlyName"), Some("a b"));
    assert_eq!(requests[0].query.get("x"), Some("1"));
    assert_eq!(requests[0].account_sid.as_deref(), Some(account.sid.as_str()));
    assert!(!serde_json::to_string(&requests).unwrap().contains(&account.auth_token));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let stranger = server.sim.add_account(AccountSpec::default());
    let of_stranger = server.number(&stranger, "+14155550101");
    assert_refused(
        &server
            .get(&account, &format!("/IncomingPhoneNumbers/{of_stranger}.json"))
            .await,
        404,
        20404,
    );
    assert_refused(&server.get(&account, "/Nothing.json").await, 404, 20404);
    assert_refused(&server.post(&account, "/Balance.json", &[]).await, 405, 20004);
    assert_refused(
        &answer(server.client.get(format!("{}/nowhere", server.url))).await,
        404,
        20404,
    );
}
