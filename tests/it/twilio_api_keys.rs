//! Accounts that are connected with an API key: what works with each sort of key, and what needs the Auth Token beside it.

use callab_tests::dump::dump;
use callab_tests::{Client, TestAgent, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};
use twilio_sim::{AccountSpec, DeniedForm, KeyKind, KeySpec, NumberSpec, Right, SimAccount, SimKey, scenario};

const NUMBER: &str = "+12125550161";
const CALLER: &str = "+14155550177";
const FIELDS: &str = "account { id kind twilioStatus health { state } credentials { state apiKeySid tokenSetAt } }";

fn with_key(account: &SimAccount, key: &SimKey) -> Value {
    json!({ "accountSid": account.sid, "apiKeySid": key.sid, "apiKeySecret": key.secret, "label": "Keyring" })
}

fn with_both(account: &SimAccount, key: &SimKey) -> Value {
    let mut input = with_key(account, key);
    input["authToken"] = json!(account.auth_token);
    input
}

/// Connects and answers what is shown of the account.
async fn connect(app: &TestApp, owner: &Client, input: Value) -> Value {
    let payload = owner.done("connectTwilioAccount", FIELDS, input).await;
    app.run_jobs().await;
    payload["account"].clone()
}

async fn shown(owner: &Client, account: &Value, fields: &str) -> Value {
    let document = format!("query($id: ID!) {{ twilioAccount(id: $id) {{ {fields} }} }}");
    owner.ask(&document, json!({ "id": account["id"] })).await["twilioAccount"].clone()
}

async fn check(app: &TestApp, owner: &Client, account: &Value) {
    let input = json!({ "accountId": account["id"] });
    owner.done("verifyTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
}

#[tokio::test]
async fn each_sort_of_key_connects_and_reads_the_numbers() {
    for (kind, status, sort) in [
        (KeyKind::Main, "ACTIVE", "FULL"),
        (KeyKind::Standard, "UNKNOWN", "UNKNOWN"),
        (KeyKind::Restricted, "UNKNOWN", "UNKNOWN"),
    ] {
        let app = TestApp::start().await;
        let account = scenario::with_key(&app.sim, kind);
        let owner = app.owner();
        let connected = connect(&app, &owner, with_key(&account, &account.keys[0])).await;
        assert_eq!(
            (&connected["twilioStatus"], &connected["kind"]),
            (&json!(status), &json!(sort)),
            "{kind:?}"
        );
        let expected = json!({ "state": "ACCEPTED", "apiKeySid": account.keys[0].sid, "tokenSetAt": null });
        assert_eq!(connected["credentials"], expected);
        app.number_id(&owner, NUMBER).await;
        app.clock.advance(TimeDelta::minutes(5));
        check(&app, &owner, &connected).await;
        let now = shown(&owner, &connected, "twilioStatus health { state }").await;
        assert_eq!(
            now,
            json!({ "twilioStatus": status, "health": { "state": "HEALTHY" } }),
            "{kind:?}"
        );
    }
}

/// Whatever form Twilio gives its refusal: a key that may list numbers will do, one that may not will not.
#[tokio::test]
async fn a_restricted_key_is_told_by_the_numbers_list() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Main);
    let owner = app.owner();
    for denied_form in [DeniedForm::Unauthorized, DeniedForm::Forbidden] {
        let key = |denied: Right| {
            let spec = KeySpec {
                kind: KeyKind::Restricted,
                denied: vec![denied],
                denied_form,
                ..KeySpec::default()
            };
            app.sim.add_key_as(&account.sid, spec)
        };
        let payload = owner
            .mutate("connectTwilioAccount", FIELDS, with_key(&account, &key(Right::Numbers)))
            .await;
        assert_eq!(payload["account"], Value::Null, "{denied_form:?}");
        let connected = connect(&app, &owner, with_key(&account, &key(Right::Account))).await;
        assert_eq!(connected["twilioStatus"], "UNKNOWN", "{denied_form:?}");
        let input = json!({ "accountId": connected["id"] });
        owner.done("disconnectTwilioAccount", "account { id }", input).await;
        app.run_jobs().await;
    }
}

#[tokio::test]
async fn what_was_typed_wrong_is_told_on_its_field() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Main);
    let (owner, key) = (app.owner(), &account.keys[0]);
    let change = |field: &str, value: Value| {
        let mut input = with_both(&account, key);
        input[field] = value;
        input
    };
    for (input, code, field) in [
        (
            change("apiKeySid", json!(account.sid)),
            "API_KEY_MALFORMED",
            "apiKeySid",
        ),
        (change("apiKeySecret", Value::Null), "API_KEY_MALFORMED", "apiKeySecret"),
        (change("apiKeySid", Value::Null), "API_KEY_MALFORMED", "apiKeySid"),
        (
            change("apiKeySecret", json!("another")),
            "CREDENTIALS_REJECTED",
            "apiKeySid",
        ),
        (
            change("authToken", json!("another")),
            "CREDENTIALS_REJECTED",
            "authToken",
        ),
        (
            json!({ "accountSid": account.sid, "label": "x" }),
            "AUTH_TOKEN_MALFORMED",
            "authToken",
        ),
    ] {
        let refused = owner.refused("connectTwilioAccount", input).await;
        assert_eq!(refused, [(code.to_owned(), Some(field.to_owned()))]);
    }
}

/// Webhooks are signed with the Auth Token: without it nobody could say whether a call comes from Twilio.
#[tokio::test]
async fn without_a_token_no_agent_answers_and_with_it_one_does() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Standard);
    let (owner, agent) = (app.owner(), TestAgent::start().await.unwrap());
    let connected = connect(&app, &owner, with_key(&account, &account.keys[0])).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let answering = app.agent(&owner, "a1", agent.url()).await;
    let inbound = json!({ "phoneNumberId": number, "agentId": answering, "direction": "INBOUND" });
    let needed = [("AUTH_TOKEN_NEEDED".to_owned(), Some("phoneNumberId".to_owned()))];
    assert_eq!(owner.refused("assignAgent", inbound.clone()).await, needed);
    let test = json!({ "phoneNumberId": number, "kind": "OUTBOUND" });
    assert_eq!(owner.refused("startTestCall", test).await, needed);
    app.assign(&owner, &number, &answering, "OUTBOUND").await;
    let rotate = json!({ "accountId": connected["id"], "confirmed": true });
    assert_eq!(
        owner.refused("rotateAuthToken", rotate.clone()).await[0].0,
        "ROTATION_NOT_OFFERED"
    );

    let input = json!({ "accountId": connected["id"], "authToken": account.auth_token });
    owner.done("updateTwilioAccount", "account { id }", input).await;
    owner.done("assignAgent", "assignment { id }", inbound).await;
    app.run_jobs().await;
    let call = app.sim.ring(CALLER, NUMBER);
    app.sim.call_finished(&call).await;
    assert_eq!(agent.calls().len(), 1);
    // The key still signs in, and the token beside it can be changed: a key survives that.
    let fields = "credentials { apiKeySid }";
    assert_eq!(
        shown(&owner, &connected, fields).await["credentials"]["apiKeySid"],
        json!(account.keys[0].sid)
    );
    owner.done("rotateAuthToken", "account { id }", rotate).await;
    app.run_jobs().await;
    let rotation = shown(
        &owner,
        &connected,
        "credentials { apiKeySid rotation { state } } health { state }",
    )
    .await;
    let expected = json!({ "credentials": { "apiKeySid": account.keys[0].sid, "rotation": { "state": "DONE" } }, "health": { "state": "HEALTHY" } });
    assert_eq!(rotation, expected);
    let call = app.sim.ring(CALLER, NUMBER);
    app.sim.call_finished(&call).await;
    assert_eq!(
        agent.calls().len(),
        2,
        "a call that is signed with the new token is answered"
    );
}

/// Promise 6: a key's secret verifies nothing.
#[tokio::test]
async fn a_signature_made_with_a_keys_secret_is_no_good() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Standard);
    let owner = app.owner();
    connect(&app, &owner, with_both(&account, &account.keys[0])).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let agent = app.agent(&owner, "a1", "wss://media.example/a").await;
    app.assign(&owner, &number, &agent, "INBOUND").await;
    let url = app.sim.numbers(&account.sid)[0].voice_url.clone();
    let pairs = [
        ("AccountSid", account.sid.as_str()),
        ("CallSid", "CA00000000000000000000000000000001"),
        ("From", CALLER),
        ("To", NUMBER),
    ];
    let form = twilio_sim::Pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (secret, status) in [(&account.keys[0].secret, 403), (&account.auth_token, 200)] {
        let sent = http
            .post(&url)
            .header("X-Twilio-Signature", twilio_sim::signature(secret, &url, &form))
            .form(&form.0);
        assert_eq!(sent.send().await.unwrap().status().as_u16(), status);
    }
}

#[tokio::test]
async fn a_key_takes_the_place_of_a_token_or_of_another_key_and_goes_again() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Standard);
    let owner = app.owner();
    let token_alone = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": "Keyring" });
    let connected = connect(&app, &owner, token_alone).await;
    assert_eq!(
        (&connected["twilioStatus"], &connected["credentials"]["apiKeySid"]),
        (&json!("ACTIVE"), &Value::Null)
    );
    let update = async |change: Value| {
        let mut input = json!({ "accountId": connected["id"] });
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let payload = owner.mutate("updateTwilioAccount", "account { id }", input).await;
        app.run_jobs().await;
        payload["userErrors"][0]["code"].clone()
    };
    let sid = async || shown(&owner, &connected, "credentials { apiKeySid }").await["credentials"]["apiKeySid"].clone();
    let key = |key: &SimKey| json!({ "apiKeySid": key.sid, "apiKeySecret": key.secret });
    assert_eq!(update(key(&account.keys[0])).await, Value::Null);
    assert_eq!(sid().await, json!(account.keys[0].sid));
    assert_eq!(
        shown(&owner, &connected, "twilioStatus").await["twilioStatus"],
        "UNKNOWN"
    );

    let mut wrong = key(&account.keys[0]);
    wrong["apiKeySecret"] = json!("another");
    assert_eq!(update(wrong).await, "CREDENTIALS_REJECTED");
    let other = app.sim.add_key(&account.sid, KeyKind::Main);
    assert_eq!(update(key(&other)).await, Value::Null);
    assert_eq!(sid().await, json!(other.sid));
    check(&app, &owner, &connected).await;
    assert_eq!(
        shown(&owner, &connected, "twilioStatus").await["twilioStatus"],
        "ACTIVE"
    );

    assert_eq!(update(json!({ "removeApiKey": true })).await, Value::Null);
    assert_eq!(sid().await, Value::Null);
    check(&app, &owner, &connected).await;
    let health = shown(&owner, &connected, "health { state }").await;
    assert_eq!(health["health"]["state"], "HEALTHY");

    // A key alone cannot be removed.
    let second = scenario::with_key(&app.sim, KeyKind::Main);
    let alone = connect(&app, &owner, with_key(&second, &second.keys[0])).await;
    let input = json!({ "accountId": alone["id"], "removeApiKey": true });
    assert_eq!(
        owner.refused("updateTwilioAccount", input).await[0].0,
        "AUTH_TOKEN_NEEDED"
    );
}

/// A rejected key counts as a rejected token does: after a second rejection.
#[tokio::test]
async fn a_key_that_was_deleted_at_twilio_is_found_out() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Standard);
    let owner = app.owner();
    let connected = connect(&app, &owner, with_key(&account, &account.keys[0])).await;
    app.sim.change_account(&account.sid, |account| account.keys.clear());
    check(&app, &owner, &connected).await;
    assert_eq!(
        shown(&owner, &connected, "credentials { state }").await["credentials"]["state"],
        "REJECTED_ONCE"
    );
    app.pass(TimeDelta::seconds(31)).await;
    assert_eq!(
        shown(&owner, &connected, "credentials { state }").await["credentials"]["state"],
        "REJECTED"
    );
}

/// Promise 1.
#[tokio::test]
async fn a_keys_secret_is_in_no_row() {
    let app = TestApp::start().await;
    let account = scenario::with_key(&app.sim, KeyKind::Standard);
    connect(&app, &app.owner(), with_both(&account, &account.keys[0])).await;
    let stored = format!("{:?}", dump(&app.services.db).await.unwrap());
    assert!(!stored.contains(&account.keys[0].secret) && !stored.contains(&account.auth_token));
    assert!(stored.contains(&account.keys[0].sid));
}

/// Credentials are per region: in its own each works, in another the right one is named.
#[tokio::test]
async fn each_region_takes_its_own_tokens_and_keys_alone() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let regions = [
        ("us1", "+12125550171"),
        ("ie1", "+12125550172"),
        ("au1", "+12125550173"),
    ];
    for (region, number) in regions {
        let spec = AccountSpec {
            region: region.to_owned(),
            ..AccountSpec::default()
        };
        let account = app.sim.add_account(spec);
        app.sim.add_number(
            &account.sid,
            NumberSpec {
                phone_number: number.to_owned(),
                ..NumberSpec::default()
            },
        );
        let key = app.sim.add_key(&account.sid, KeyKind::Standard);
        let token = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": region });
        for input in [token, with_key(&account, &key)] {
            for (asked, _) in regions {
                let mut input = input.clone();
                input["region"] = json!(asked);
                if asked != region {
                    let payload = owner.mutate("connectTwilioAccount", "account { id }", input).await;
                    let error = &payload["userErrors"][0];
                    assert_eq!(
                        (&error["code"], &error["field"]),
                        (&json!("WRONG_REGION"), &json!("region"))
                    );
                    assert!(error["message"].as_str().unwrap().contains(region), "{error}");
                    continue;
                }
                let connected = connect(&app, &owner, input).await;
                let fields = "region health { state } phoneNumbers { nodes { number } }";
                let now = shown(&owner, &connected, fields).await;
                assert_eq!(
                    (&now["region"], &now["health"]["state"]),
                    (&json!(region), &json!("HEALTHY"))
                );
                assert_eq!(
                    now["phoneNumbers"]["nodes"].as_array().map(Vec::len),
                    Some(1),
                    "{region}"
                );
                let input = json!({ "accountId": connected["id"] });
                owner.done("disconnectTwilioAccount", "account { id }", input).await;
                app.run_jobs().await;
            }
        }
    }
}

#[tokio::test]
async fn a_subaccount_and_its_parent_know_each_other_in_one_workspace() {
    let app = TestApp::start().await;
    let owner = app.owner();
    let [parent, child] = scenario::subaccount(&app.sim);
    let child_id = app.connect(&owner, &child).await;
    let fields = "isSubaccount parent { sid } subaccounts { sid }";
    let of = async |client: &Client, id: &str| shown(client, &json!({ "id": id }), fields).await;
    let alone = json!({ "isSubaccount": true, "parent": null, "subaccounts": [] });
    assert_eq!(of(&owner, &child_id).await, alone);

    // Another workspace's connection of the parent is not this one's.
    let other = app.client(Some("b"), "owner");
    let other_id = app.connect(&other, &parent).await;
    assert_eq!(of(&owner, &child_id).await, alone);
    assert_eq!(of(&other, &other_id).await["subaccounts"], json!([]));

    let parent_id = app.connect(&owner, &parent).await;
    assert_eq!(of(&owner, &child_id).await["parent"], json!({ "sid": parent.sid }));
    let expected = json!({ "isSubaccount": false, "parent": null, "subaccounts": [{ "sid": child.sid }] });
    assert_eq!(of(&owner, &parent_id).await, expected);
    let input = json!({ "accountId": parent_id });
    owner.done("disconnectTwilioAccount", "account { id }", input).await;
    app.run_jobs().await;
    assert_eq!(of(&owner, &child_id).await, alone);
}
