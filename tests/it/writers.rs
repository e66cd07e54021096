//! An SQLite file takes one writer at a time: they are served in the order they came, and who only reads does not wait.

use std::time::Duration;

use callab_tests::TestApp;
use callab_tests::database::is_postgres;
use sea_orm::{ConnectionTrait as _, Statement};

async fn numbers(app: &TestApp) -> Vec<i64> {
    let db = &app.services.db;
    let all = Statement::from_string(db.get_database_backend(), "SELECT n FROM came ORDER BY rowid");
    let rows = db.query_all_raw(all).await.unwrap();
    rows.iter().map(|row| row.try_get("", "n").unwrap()).collect()
}

#[tokio::test]
async fn writers_of_a_file_are_served_in_the_order_they_came() {
    if is_postgres() {
        return; // The server's own affair.
    }
    let app = TestApp::start().await;
    let db = &app.services.db;
    db.execute_unprepared("CREATE TABLE came (n INTEGER)").await.unwrap();
    let first = app.services.begin().await.unwrap();
    let mut waiting = Vec::new();
    for n in 0..30 {
        let db = db.clone();
        waiting.push(tokio::spawn(async move {
            db.execute_unprepared(&format!("INSERT INTO came VALUES ({n})"))
                .await
                .unwrap();
        }));
        tokio::task::yield_now().await; // It takes its place.
    }
    assert_eq!(numbers(&app).await, [0_i64; 0], "who reads does not wait");
    let hasty = db.clone().with_wait(Duration::from_millis(20));
    let too_late = hasty.execute_unprepared("INSERT INTO came VALUES (-1)").await;
    assert!(too_late.is_err(), "nobody waits for ever");
    first.commit().await.unwrap();
    for written in waiting {
        written.await.unwrap();
    }
    assert_eq!(numbers(&app).await, (0..30).collect::<Vec<i64>>());
}
