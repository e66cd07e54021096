//! The database does not answer. (It is stopped in `callab/tests/faults/database_away.rs`.)

use std::path::Path;
use std::time::Duration;

use callab::{config, database, row_security};
use domain::Services;

use super::*;

/// Every connection is taken, and for longer than Twilio waits: the caller is led to the fallback before that.
#[tokio::test]
async fn a_database_that_keeps_a_call_waiting_is_as_good_as_none() {
    let routed = Routed::new().await;
    let one_connection = config::Database {
        url: Some(routed.app.database.url().into()),
        max_connections: 1,
        wait: Duration::from_mins(1),
    };
    let db = database::open(&one_connection, Path::new(".")).await.unwrap();
    let services = Services {
        db: row_security::confining(db).await.unwrap(),
        ..routed.app.services.clone()
    };
    let there = routed.app.serve(services.clone(), |options| options).await.unwrap();
    let voice = routed.voice.replace(&routed.app.url, &there);
    let holding = services.begin().await.unwrap();
    let told = refused(&routed, "no connection", routed.genuine().to(&voice), 503, None).await;
    assert_eq!(told.body, "");
    let fallback = routed.genuine().to(format!("{there}/twilio/v1/fallback")).send().await;
    assert!(fallback.body.contains("<Say"), "{}", fallback.body);
    drop(holding);
    assert_eq!(routed.genuine().to(&voice).send().await.status, 200);
}
