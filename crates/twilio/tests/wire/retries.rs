//! What is sent again, and what never.

use std::time::Duration;

use callab_twilio::{CallInstructions, HttpTwilioConfig, NewCall, RetryPolicy, Twilio, TwilioError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{Reply, Server, account, call, client, client_with, config, who};

const CALL: &str = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn new_call() -> NewCall {
    NewCall {
        to: "+15005550006".into(),
        from: "+15005550001".into(),
        instructions: CallInstructions::Twiml("<Response/>".into()),
        fallback_url: None,
        status_callback: None,
        status_callback_events: vec![],
        timeout: None,
        time_limit: None,
    }
}

#[tokio::test]
async fn a_read_is_repeated_after_429_and_5xx_as_often_as_the_policy_says() {
    let server = Server::start([
        Reply::error(429, 20429),
        Reply::text(503, "<html>"),
        Reply::json(200, &account()),
    ])
    .await;
    server.client().fetch_account(&who()).await.unwrap();
    assert_eq!(server.requests().len(), 3);

    let server = Server::start((0..9).map(|_| Reply::error(500, 20500))).await;
    let error = server.client().fetch_account(&who()).await.unwrap_err();
    assert!(
        matches!(
            error,
            TwilioError::Unavailable {
                status: 500,
                code: Some(20500),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_silence() && !error.never_sent());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let server = Server::start([Reply::error(401, 20003), Reply::json(200, &account())]).await;
    server.client().fetch_account(&who()).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_call_is_sent_again_only_when_twilio_cannot_have_acted() {
    let server = Server::start([Reply::error(429, 20429), Reply::json(201, &call(CALL))]).await;
    server.client().create_call(&who(), &new_call()).await.unwrap();
    assert_eq!(server.requests().len(), 2);

    for reply in [
        Reply::error(500, 20500),
        Reply::text(502, "<html>"),
        Reply::text(201, "not JSON"),
    ] {
        let server = Server::start([reply, Reply::json(201, &call(CALL))]).await;
        let error = server.client().create_call(&who(), &new_call()).await.unwrap_err();
        assert!(error.is_silence() && !error.never_sent(), "{error:?}");
        assert_eq!(server.requests().len(), 1, "{error:?}");
    }
}

#[tokio::test]
async fn twilios_own_wait_is_sat_out_when_short() {
    let retry = RetryPolicy {
        attempts: 2,
        base: Duration::from_millis(1),
        cap: Duration::from_secs(1),
        within: Duration::from_secs(15),
    };
    let server = Server::start([
        Reply::error(429, 20429).with_header("retry-after", "1"),
        Reply::json(200, &account()),
    ])
    .await;
    let config = HttpTwilioConfig {
        retry,
        ..config(&server.template())
    };
    let started = tokio::time::Instant::now();
    client_with(config).fetch_account(&who()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_long_wait_is_the_callers_to_plan() {
    let server = Server::start([
        Reply::error(429, 20429).with_header("retry-after", "30"),
        Reply::json(200, &account()),
    ])
    .await;
    let error = server.client().fetch_account(&who()).await.unwrap_err();
    assert!(
        matches!(error, TwilioError::RateLimited { retry_after: Some(wait) } if wait.as_secs() == 30),
        "{error:?}"
    );
    assert!(error.is_silence() && error.never_sent());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_times_out() {
    let server = Server::start([Reply::Never, Reply::json(200, &account())]).await;
    let mut config = config(&server.template());
    config.timeout = Duration::from_millis(200);
    let twilio = client_with(config.clone());
    twilio.fetch_account(&who()).await.expect("a read is repeated");

    let server = Server::start([Reply::Never, Reply::json(201, &call(CALL))]).await;
    config.base_url = server.template().parse().unwrap();
    let error = client_with(config).create_call(&who(), &new_call()).await.unwrap_err();
    assert!(matches!(error, TwilioError::TimedOut(_)), "{error:?}");
    assert!(error.is_silence() && !error.never_sent());
    assert_eq!(server.requests().len(), 1, "the call may have been placed");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = client(&format!("http://{address}/{{product}}"))
        .create_call(&who(), &new_call())
        .await
        .unwrap_err();
    assert!(matches!(error, TwilioError::Unreachable(_)), "{error:?}");
    assert!(error.is_silence() && error.never_sent());
}

/// Reads each request's head, writes `answer` and closes. Each request is one message of the receiver.
async fn cutting_server(answer: &'static str) -> (String, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let template = format!("http://{}/{{product}}", listener.local_addr().unwrap());
    let (asked, count) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = asked.send(());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (template, count)
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_carried_the_call() {
    for answer in ["", "HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"sid\":"] {
        let (template, mut asked) = cutting_server(answer).await;
        let error = client(&template).create_call(&who(), &new_call()).await.unwrap_err();
        assert!(matches!(error, TwilioError::Interrupted(_)), "{error:?}");
        assert!(error.is_silence() && !error.never_sent());
        assert!(asked.recv().await.is_some());
        assert!(asked.try_recv().is_err(), "sent once");

        client(&template).fetch_account(&who()).await.unwrap_err();
        for _ in 0..3 {
            assert!(asked.recv().await.is_some(), "a read is sent three times");
        }
    }
}
