//! The budget over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use callab_twilio::{AccountSid, Credentials, RetryPolicy, Twilio, TwilioError};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use crate::server::{Reply, Server, account, client, client_with, config, who};

#[derive(Clone)]
struct Gate {
    arrived: mpsc::UnboundedSender<usize>,
    under_way: Arc<AtomicUsize>,
    leave: Arc<Semaphore>,
}

/// Says how many requests are under way, and answers when let.
async fn wait_for_leave(State(gate): State<Gate>) -> String {
    gate.arrived
        .send(gate.under_way.fetch_add(1, Ordering::SeqCst) + 1)
        .unwrap();
    gate.leave.acquire().await.unwrap().forget();
    gate.under_way.fetch_sub(1, Ordering::SeqCst);
    account().to_string()
}

#[tokio::test]
async fn never_more_than_four_requests_of_an_account_are_under_way() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let gate = Gate {
        arrived,
        under_way: Arc::default(),
        leave: Arc::new(Semaphore::new(0)),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let twilio = client(&format!("http://{}/{{product}}", listener.local_addr().unwrap()));
    let app = Router::new().fallback(wait_for_leave).with_state(gate.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });

    let asking: Vec<_> = (0..12)
        .map(|_| {
            let twilio = twilio.clone();
            tokio::spawn(async move { twilio.fetch_account(&who()).await })
        })
        .collect();
    for _ in 0..4 {
        arrivals.recv().await.unwrap();
    }
    // A fifth would be here within a millisecond; nothing else can show that it is not on its way.
    assert!(
        tokio::time::timeout(Duration::from_millis(200), arrivals.recv())
            .await
            .is_err(),
        "a fifth at once"
    );
    for _ in 4..12 {
        gate.leave.add_permits(1);
        assert!(arrivals.recv().await.unwrap() <= 4);
    }
    gate.leave.add_permits(4);
    for asked in asking {
        asked.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn after_a_429_no_request_of_the_account_is_sent_for_as_long_as_twilio_asks() {
    let limited = Reply::error(429, 20429).with_header("retry-after", "1");
    let server = Server::start([limited, Reply::json(200, &account()), Reply::json(200, &account())]).await;
    let mut config = config(&server.template());
    config.retry = RetryPolicy {
        attempts: 1,
        ..RetryPolicy::default()
    };
    let twilio = client_with(config);
    let begun = tokio::time::Instant::now();
    let refused = twilio.fetch_account(&who()).await.unwrap_err();
    assert!(matches!(refused, TwilioError::RateLimited { .. }), "{refused:?}");

    let other = Credentials {
        account_sid: AccountSid::parse(&format!("AC{}", "b".repeat(32))).unwrap(),
        ..who()
    };
    twilio.fetch_account(&other).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "another account is not held up"
    );
    twilio.fetch_account(&who()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_429_holds_up_the_accounts_other_requests_no_longer_than_the_cap() {
    let limited = Reply::error(429, 20429).with_header("retry-after", "3600");
    let server = Server::start([limited, Reply::json(200, &account())]).await;
    let twilio = client(&server.template());
    twilio.fetch_account(&who()).await.unwrap_err();
    let next = tokio::time::timeout(Duration::from_secs(20), twilio.fetch_account(&who())).await;
    next.expect("it is not held up for an hour").unwrap();
}
