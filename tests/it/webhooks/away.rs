//! The database does not answer. (It is stopped in `callab/tests/faults/database_away.rs`.)

use std::path::Path;
use std::time::{Duration, Instant};

use callab::{config, database, row_security};
use callab_tests::database::is_postgres;
use domain::{Services, installation};
use sea_orm::ConnectionTrait as _;

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

/// What a busy SIP leg came to is in the request: the caller hears the sentence though nothing can be noted.
#[tokio::test]
async fn after_a_busy_agent_the_sentence_is_spoken_though_nothing_can_be_noted() {
    let routed = Routed::new().await;
    let after = routed.voice.replace("/voice/", "/after/");
    let busy = [
        routed.form(),
        vec![("DialCallStatus", "busy"), ("DialSipResponseCode", "486")],
    ]
    .concat();
    let (busy, of_a_stream) = (routed.sign(&after, &busy), routed.sign(&after, &routed.form()));
    let db = &routed.app.services.db;
    db.execute_unprepared("ALTER TABLE call_step RENAME TO call_step_away")
        .await
        .unwrap();
    let sentence = busy.clone().send().await;
    assert_eq!(sentence.status, 200, "{}", sentence.body);
    assert!(
        sentence.body.contains("<Say") && sentence.body.contains(&routed.app.services.limits.unavailable_sentence),
        "{}",
        sentence.body
    );
    // Whether a stream was open is known to nobody now: Twilio takes the fallback.
    let unknown = of_a_stream.clone().send().await;
    assert_eq!((unknown.status.as_u16(), unknown.body.as_str()), (503, ""));
    db.execute_unprepared("ALTER TABLE call_step_away RENAME TO call_step")
        .await
        .unwrap();
    assert_eq!(busy.send().await.body, sentence.body, "noted, it is the same sentence");
    assert_eq!(of_a_stream.send().await.status, 200);
}

/// That a webhook was refused is noted for the diagnosis, and a database that does not take the note keeps nobody waiting.
#[tokio::test]
async fn a_note_that_cannot_be_written_holds_a_refusal_up_for_half_a_second() {
    let routed = Routed::new().await;
    let holding = routed.app.services.begin().await.unwrap();
    if is_postgres() {
        let lock = "LOCK TABLE health_check IN ACCESS EXCLUSIVE MODE";
        holding.db().execute_unprepared(lock).await.unwrap();
    }
    let forged = routed
        .genuine()
        .with("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    let begun = Instant::now();
    assert_eq!(forged.send().await.status, 403);
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(450), "it was not held up: {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    drop(holding);
}

/// The proof that an address is ours is asked for by anybody: the database is asked for it once.
#[tokio::test]
async fn proofs_for_strangers_cost_no_database() {
    let routed = Routed::new().await;
    let there = routed
        .app
        .serve(routed.app.services.clone(), |options| options)
        .await
        .unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let prove = async |challenge: &str| {
        let asked = http
            .get(format!("{there}/twilio/v1/nonce/{challenge}"))
            .send()
            .await
            .unwrap();
        (asked.status().as_u16(), asked.text().await.unwrap())
    };
    let db = &routed.app.services.db;
    let secret = installation::secret(&routed.app.services).await.unwrap();
    db.execute_unprepared("ALTER TABLE installation RENAME TO installation_away")
        .await
        .unwrap();
    assert_eq!(prove("a").await.0, 503, "it was not read before");
    db.execute_unprepared("ALTER TABLE installation_away RENAME TO installation")
        .await
        .unwrap();
    assert_eq!(prove("a").await, (200, installation::prove(&secret, "a")));
    db.execute_unprepared("ALTER TABLE installation RENAME TO installation_away")
        .await
        .unwrap();
    for challenge in ["a", "b"] {
        assert_eq!(prove(challenge).await, (200, installation::prove(&secret, challenge)));
    }
    db.execute_unprepared("ALTER TABLE installation_away RENAME TO installation")
        .await
        .unwrap();
}
