//! Auth tokens: two beside each other, and one after the promotion.

use callab_twilio_sim::{AccountSpec, SimAccount};
use reqwest::Method;

use super::customer::{CALLER, NUMBER, answering};
use super::server::{Server, assert_refused};

const SECONDARY: &str = "/accounts/v1/AuthTokens/Secondary";
const PROMOTE: &str = "/accounts/v1/AuthTokens/Promote";

fn with_token(account: &SimAccount, token: &str) -> SimAccount {
    SimAccount {
        auth_token: token.to_owned(),
        ..account.clone()
    }
}

#[tokio::test]
async fn both_tokens_work_until_the_promotion_and_then_the_new_one_alone() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    let (status, made) = server.ask(Method::POST, &account, SECONDARY).await;
    assert_eq!(status, 201);
    let renewed = with_token(&account, made["secondary_auth_token"].as_str().unwrap());
    for each in [&account, &renewed] {
        assert_eq!(server.get(each, ".json").await.0, 200);
    }
    let (status, promoted) = server.ask(Method::POST, &renewed, PROMOTE).await;
    assert_eq!(
        (status, promoted["auth_token"].as_str()),
        (200, Some(&*renewed.auth_token))
    );
    assert_refused(&server.get(&account, ".json").await, 401, 20003);
    assert_eq!(server.get(&renewed, ".json").await.1["auth_token"], renewed.auth_token);
}

#[tokio::test]
async fn there_is_nothing_to_promote_or_delete_without_a_secondary() {
    let server = Server::start().await;
    let account = server.sim.add_account(AccountSpec::default());
    assert_refused(&server.ask(Method::POST, &account, PROMOTE).await, 404, 20404);
    assert_refused(&server.ask(Method::DELETE, &account, SECONDARY).await, 404, 20404);
    let (_, made) = server.ask(Method::POST, &account, SECONDARY).await;
    assert_eq!(server.ask(Method::DELETE, &account, SECONDARY).await.0, 204);
    let deleted = with_token(&account, made["secondary_auth_token"].as_str().unwrap());
    assert_refused(&server.get(&deleted, ".json").await, 401, 20003);
    assert_refused(&server.ask(Method::POST, &account, PROMOTE).await, 404, 20404);
}

#[tokio::test]
async fn webhooks_are_signed_with_the_primary() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    customer.says("/voice", "<Response/>");
    let is_signed_with_the_old_token = async || {
        server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        customer.received_at("/voice").pop().unwrap().signed
    };
    server.ask(Method::POST, &account, SECONDARY).await;
    assert!(is_signed_with_the_old_token().await);
    server.ask(Method::POST, &account, PROMOTE).await;
    assert!(!is_signed_with_the_old_token().await);
}

#[tokio::test]
async fn a_subaccounts_token_is_its_own() {
    let server = Server::start().await;
    let parent = server.sim.add_account(AccountSpec::default());
    let child = server.sim.add_account(AccountSpec {
        owner: Some(parent.sid.clone()),
        ..AccountSpec::default()
    });
    server.ask(Method::POST, &parent, SECONDARY).await;
    assert!(server.sim.account(&child.sid).unwrap().secondary_token.is_none());
    assert_refused(&server.ask(Method::POST, &child, PROMOTE).await, 404, 20404);
}
