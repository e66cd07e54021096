//! API keys: what each kind reaches, and what a restricted one is told.

use callab_twilio_sim::{AccountSpec, DeniedForm, KeyKind, KeySpec, Right, SimAccount, SimKey};
use reqwest::Method;
use serde_json::Value;

use super::server::{Server, answer, assert_refused};

async fn ask(server: &Server, method: Method, key: &SimKey, path: &str) -> (u16, Value) {
    let request = server.client.request(method, format!("{}{path}", server.url));
    answer(request.basic_auth(&key.sid, Some(&key.secret))).await
}

fn below(account: &SimAccount, path: &str) -> String {
    format!("/api/2010-04-01/Accounts/{}{path}", account.sid)
}

#[tokio::test]
async fn a_restricted_key_does_what_it_is_not_denied() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    for (right, path) in [
        (Right::Account, below(&account, ".json")),
        (Right::Balance, below(&account, "/Balance.json")),
        (Right::Numbers, below(&account, "/IncomingPhoneNumbers.json")),
        (
            Right::Numbers,
            below(&account, &format!("/IncomingPhoneNumbers/{pn}.json")),
        ),
        (Right::CallerIds, below(&account, "/OutgoingCallerIds.json")),
        (Right::Calls, below(&account, "/Calls.json")),
        (Right::Usage, below(&account, "/Usage/Records/Today.json")),
        (Right::Triggers, below(&account, "/Usage/Triggers.json")),
        (Right::Keys, below(&account, "/Keys.json")),
        (Right::Alerts, "/monitor/v1/Alerts".to_owned()),
        (Right::Permissions, "/voice/v1/Settings".to_owned()),
        (Right::Pricing, "/pricing/v2/Voice/Countries".to_owned()),
        (Right::Insights, "/insights/v1/Voice/Settings".to_owned()),
        (Right::Routes, "/routes/v2/PhoneNumbers/+14155550100".to_owned()),
    ] {
        let key = server.sim.add_restricted_key(&account.sid, &[right]);
        assert_refused(&ask(&server, Method::GET, &key, &path).await, 401, 20003);
        server
            .sim
            .change_key(&key.sid, |key| key.denied_form = DeniedForm::Forbidden);
        assert_refused(&ask(&server, Method::GET, &key, &path).await, 403, 20403);
        server.sim.change_key(&key.sid, |key| key.denied.clear());
        assert_eq!(ask(&server, Method::GET, &key, &path).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn reading_and_changing_are_different_rights() {
    let server = Server::start().await;
    let (account, pn) = server.account();
    let denied = [Right::ChangeNumbers, Right::PlaceCalls, Right::AuthTokens];
    let key = server.sim.add_restricted_key(&account.sid, &denied);
    let number = below(&account, &format!("/IncomingPhoneNumbers/{pn}.json"));
    assert_eq!(ask(&server, Method::GET, &key, &number).await.0, 200);
    for path in [
        number,
        below(&account, "/Calls.json"),
        "/accounts/v1/AuthTokens/Secondary".to_owned(),
    ] {
        assert_refused(&ask(&server, Method::POST, &key, &path).await, 401, 20003);
    }
}

#[tokio::test]
async fn keys_are_made_listed_and_deleted() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec {
        keys: vec![KeySpec {
            kind: KeyKind::Main,
            ..KeySpec::default()
        }],
        ..AccountSpec::default()
    });
    let main = account.keys[0].clone();
    let (status, made) = server.post(&account, "/Keys.json", &[("FriendlyName", "Ours")]).await;
    assert_eq!((status, made["secret"].is_string()), (201, true));
    let standard = SimKey {
        sid: made["sid"].as_str().unwrap().to_owned(),
        secret: made["secret"].as_str().unwrap().to_owned(),
        ..main.clone()
    };
    let keys = below(&account, "/Keys.json");
    let numbers = below(&account, "/IncomingPhoneNumbers.json");
    assert_eq!(
        ask(&server, Method::GET, &main, &keys).await.1["keys"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_refused(&ask(&server, Method::GET, &standard, &keys).await, 401, 20003);
    assert_eq!(ask(&server, Method::GET, &standard, &numbers).await.0, 200);
    let one = below(&account, &format!("/Keys/{}.json", standard.sid));
    assert_eq!(ask(&server, Method::DELETE, &main, &one).await.0, 204);
    assert_refused(&ask(&server, Method::GET, &standard, &numbers).await, 401, 20003);
    assert!(server.sim.delete_key(&main.sid) && !server.sim.delete_key(&main.sid));
    assert_refused(&ask(&server, Method::GET, &main, &numbers).await, 401, 20003);
}

#[tokio::test]
async fn an_auth_token_that_is_rotated_leaves_keys_alone() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let key = server.sim.add_key(&account.sid, KeyKind::Standard);
    server.sim.rotate_token(&account.sid);
    let numbers = below(&account, "/IncomingPhoneNumbers.json");
    assert_eq!(ask(&server, Method::GET, &key, &numbers).await.0, 200);
}
