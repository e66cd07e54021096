//! The schema goes up, down and up again, and its unique indexes decide races.

use callab_tests::database::TestDatabase;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, SqlErr};

async fn connect(database: &TestDatabase) -> DatabaseConnection {
    callab::database::connect(&database.url()).await.unwrap()
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    let database = TestDatabase::new().await.unwrap();
    let db = connect(&database).await;
    Migrator::down(&db, None).await.unwrap();
    assert!(
        db.execute_unprepared("SELECT 1 FROM workspace").await.is_err(),
        "down leaves no table"
    );
    Migrator::up(&db, None).await.unwrap();
    assert!(db.execute_unprepared("SELECT 1 FROM idempotency_key").await.is_ok());
    assert_eq!(Migrator::get_pending_migrations(&db).await.unwrap().len(), 0);
}

const UUID: &str = "01900000-0000-7000-8000-0000000000";

/// A literal id that both databases take.
fn id(db: &DatabaseConnection, n: u8) -> String {
    match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => format!("'{UUID}{n:02x}'"),
        _ => format!("X'{}{n:02x}'", UUID.replace('-', "")),
    }
}

async fn insert(db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    db.execute_unprepared(sql).await.map(drop)
}

/// Whether a second row is refused by a unique index.
fn refused(result: Result<(), DbErr>) -> bool {
    match result {
        Ok(()) => false,
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => true,
        Err(error) => panic!("refused for another reason: {error}"),
    }
}

const AT: &str = "'2026-01-01T00:00:00+00:00'";

async fn with_account(db: &DatabaseConnection) {
    let (w, a) = (id(db, 1), id(db, 2));
    insert(db, &format!("INSERT INTO workspace VALUES ({w}, 'w', 'W', {AT})"))
        .await
        .unwrap();
    let account = account_row(db, &a, &w, "us1");
    insert(db, &account).await.unwrap();
}

fn account_row(_: &DatabaseConnection, id: &str, workspace: &str, region: &str) -> String {
    format!(
        "INSERT INTO twilio_account (id, workspace_id, sid, region, label, state, twilio_status, kind, credential_state, health, \
         health_since, next_check_at, next_sync_at, created_at, updated_at) VALUES ({id}, {workspace}, 'AC1', '{region}', 'l', \
         'CONNECTED', 'ACTIVE', 'FULL', 'ACCEPTED', 'HEALTHY', {AT}, {AT}, {AT}, {AT}, {AT})"
    )
}

fn number_row(db: &DatabaseConnection, n: u8, sid: &str, state: &str, at_twilio: &str) -> String {
    let (id, w, a) = (id(db, n), id(db, 1), id(db, 2));
    format!(
        "INSERT INTO phone_number (id, workspace_id, twilio_account_id, sid, e164, source, state, at_twilio, routing, kind, voice, \
         sms, mms, fax, seen_routing, seen_at, created_at, updated_at) VALUES ({id}, {w}, {a}, '{sid}', '+14155550101', 'BYOT', \
         '{state}', '{at_twilio}', 'NOT_OURS', 'LOCAL', true, true, true, true, '{{}}', {AT}, {AT}, {AT})"
    )
}

#[tokio::test]
async fn one_row_for_a_workspace_account_and_region() {
    let database = TestDatabase::new().await.unwrap();
    let db = connect(&database).await;
    with_account(&db).await;
    let w = id(&db, 1);
    assert!(refused(insert(&db, &account_row(&db, &id(&db, 3), &w, "us1")).await));
    assert!(!refused(insert(&db, &account_row(&db, &id(&db, 4), &w, "ie1")).await));
}

#[tokio::test]
async fn one_number_in_use_in_the_whole_system() {
    let database = TestDatabase::new().await.unwrap();
    let db = connect(&database).await;
    with_account(&db).await;
    insert(&db, &number_row(&db, 10, "PN1", "ADDED", "LISTED"))
        .await
        .unwrap();
    assert!(refused(
        insert(&db, &number_row(&db, 11, "PN2", "ADDED", "LISTED")).await
    ));
    assert!(!refused(
        insert(&db, &number_row(&db, 12, "PN3", "ADDED", "GONE")).await
    ));
    assert!(!refused(
        insert(&db, &number_row(&db, 13, "PN4", "AVAILABLE", "LISTED")).await
    ));
    assert!(
        refused(insert(&db, &number_row(&db, 14, "PN4", "AVAILABLE", "LISTED")).await),
        "one row a SID"
    );
}

#[tokio::test]
async fn one_current_assignment_one_open_loan_and_one_open_intent() {
    let database = TestDatabase::new().await.unwrap();
    let db = connect(&database).await;
    with_account(&db).await;
    insert(&db, &number_row(&db, 10, "PN1", "ADDED", "LISTED"))
        .await
        .unwrap();
    let (w, a, n, g) = (id(&db, 1), id(&db, 2), id(&db, 10), id(&db, 20));
    insert(
        &db,
        &format!(
            "INSERT INTO agent (id, workspace_id, external_id, name, endpoint_kind, endpoint, created_at, updated_at) \
             VALUES ({g}, {w}, 'x', 'X', 'STREAM', 'wss://a', {AT}, {AT})"
        ),
    )
    .await
    .unwrap();

    let assigned = |row: u8, ended: &str| {
        format!(
            "INSERT INTO agent_assignment VALUES ({}, {w}, {n}, {g}, 'INBOUND', {AT}, {ended})",
            id(&db, row)
        )
    };
    insert(&db, &assigned(30, "NULL")).await.unwrap();
    assert!(refused(insert(&db, &assigned(31, "NULL")).await));
    assert!(!refused(insert(&db, &assigned(32, AT)).await), "ended ones are history");

    let borrowed = |row: u8, returned: &str| {
        format!(
            "INSERT INTO borrowed_routing VALUES ({}, {w}, {n}, '{{}}', {AT}, {returned})",
            id(&db, row)
        )
    };
    insert(&db, &borrowed(40, "NULL")).await.unwrap();
    assert!(refused(insert(&db, &borrowed(41, "NULL")).await));
    assert!(!refused(insert(&db, &borrowed(42, AT)).await));

    let intent = |row: u8, state: &str| {
        format!(
            "INSERT INTO call_intent (id, workspace_id, twilio_account_id, phone_number_id, from_number, to_number, reference, \
             state, created_at) VALUES ({}, {w}, {a}, {n}, '+1', '+2', 'r{row}', '{state}', {AT})",
            id(&db, row)
        )
    };
    insert(&db, &intent(50, "SENDING")).await.unwrap();
    assert!(refused(insert(&db, &intent(51, "WAITING")).await));
    assert!(!refused(insert(&db, &intent(52, "CLOSED")).await));
}

#[tokio::test]
async fn one_running_and_one_waiting_job_for_a_unique_key() {
    let database = TestDatabase::new().await.unwrap();
    let db = connect(&database).await;
    with_account(&db).await;
    let w = id(&db, 1);
    let job = |row: u8, state: &str| {
        format!(
            "INSERT INTO job (id, workspace_id, kind, version, queue, subject, unique_key, payload, state, run_at, attempt, \
             max_attempts, fence, created_at) VALUES ({}, {w}, 'k', 1, 'q', 's', 'key', '{{}}', '{state}', {AT}, 0, 1, 0, {AT})",
            id(&db, row)
        )
    };
    insert(&db, &job(10, "RUNNING")).await.unwrap();
    insert(&db, &job(11, "WAITING")).await.unwrap();
    assert!(refused(insert(&db, &job(12, "RUNNING")).await));
    assert!(refused(insert(&db, &job(13, "WAITING")).await));
    assert!(!refused(insert(&db, &job(14, "DONE")).await));
}
