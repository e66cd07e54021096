//! The budget over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use callab_twilio::Twilio;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use crate::server::{account, client, who};

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
