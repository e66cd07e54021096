//! Auth Tokens that come in an answer.

use callab_twilio::{AnswerFault, Twilio, TwilioError};
use serde_json::{Value, json};

use crate::server::{ACCOUNT, Reply, Server, who};

const NEW: &str = "1111111122222222333333334444aaaa";

fn secondary(account: &str) -> Value {
    json!({ "account_sid": account, "secondary_auth_token": NEW, "date_created": "2015-07-31T04:00:00Z" })
}

#[tokio::test]
async fn a_token_is_read_from_either_answer() {
    let promoted = json!({ "account_sid": ACCOUNT, "auth_token": NEW });
    let server = Server::start([Reply::json(201, &secondary(ACCOUNT)), Reply::json(200, &promoted)]).await;
    let twilio = server.client();
    let made = twilio.create_secondary_token(&who()).await.unwrap();
    assert_eq!(made.expose_secret(), NEW);
    assert!(!format!("{made:?}").contains(NEW));
    let promoted = twilio.promote_secondary_token(&who()).await.unwrap();
    assert_eq!(promoted.expose_secret(), NEW);
    assert!(
        server
            .requests()
            .iter()
            .all(|sent| sent.form.is_empty() && sent.raw_query.is_empty())
    );
}

#[tokio::test]
async fn no_token_is_asked_for_again_after_a_silence() {
    for reply in [
        Reply::error(500, 20500),
        Reply::text(502, "<html>"),
        Reply::text(201, "cut"),
    ] {
        let server = Server::start([reply, Reply::json(201, &secondary(ACCOUNT))]).await;
        let error = server.client().create_secondary_token(&who()).await.unwrap_err();
        assert!(error.is_silence() && !error.never_sent(), "{error:?}");
        assert_eq!(server.requests().len(), 1, "{error:?}");
    }
    for promotion in [Reply::error(503, 20503), Reply::text(504, "")] {
        let server = Server::start([promotion, Reply::json(200, &secondary(ACCOUNT))]).await;
        server.client().promote_secondary_token(&who()).await.unwrap_err();
        assert_eq!(server.requests().len(), 1);
    }
    let server = Server::start([Reply::error(500, 20500), Reply::text(204, "")]).await;
    server.client().delete_secondary_token(&who()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_token_of_another_account_is_not_taken() {
    let server = Server::start([Reply::json(201, &secondary("ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"))]).await;
    let error = server.client().create_secondary_token(&who()).await.unwrap_err();
    let TwilioError::Malformed { source, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(source, AnswerFault::OtherAccount);
}

#[tokio::test]
async fn what_is_no_token_is_not_repeated_in_the_error() {
    for (body, telling) in [
        (json!({ "secondary_auth_token": "two words" }), "two words"),
        (json!({ "secondary_auth_token": [NEW] }), NEW),
        (json!({ "token": NEW }), NEW),
    ] {
        let server = Server::start([Reply::json(201, &body)]).await;
        let error = server.client().create_secondary_token(&who()).await.unwrap_err();
        assert!(matches!(error, TwilioError::Malformed { .. }), "{error:?}");
        assert!(!format!("{error:?} {error}").contains(telling));
    }
}

#[tokio::test]
async fn promoting_without_a_secondary_token_is_told_and_deleting_it_is_done_already() {
    let server = Server::start([Reply::error(404, 20404), Reply::error(404, 20404)]).await;
    let twilio = server.client();
    let error = twilio.promote_secondary_token(&who()).await.unwrap_err();
    assert!(
        matches!(error, TwilioError::NotFound { code: Some(20404), .. }),
        "{error:?}"
    );
    twilio.delete_secondary_token(&who()).await.unwrap();
}
