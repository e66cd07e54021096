use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

async fn migrate(db: &DatabaseConnection) -> anyhow::Result<()> {
    db.execute_unprepared("CREATE TABLE tune (title text)").await?;
    Ok(())
}

/// The private directory of a server, which is where its socket is.
fn home(server: &PrivatePostgres) -> PathBuf {
    let host = server.url.query_pairs().find(|(key, _)| key == "host");
    Path::new(host.expect("the URL names a socket").1.as_ref()).to_owned()
}

async fn databases(server: &PrivatePostgres) -> Vec<String> {
    let admin = connect(&server.url).await.unwrap();
    let sql = "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%' OR datname = 'tunes'";
    let rows = admin
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap();
    rows.iter().map(|row| row.try_get("", "datname").unwrap()).collect()
}

async fn setting(server: &PrivatePostgres, name: &str) -> String {
    let admin = connect(&server.url).await.unwrap();
    let statement = Statement::from_string(
        DbBackend::Postgres,
        format!("SELECT current_setting('{name}') AS value"),
    );
    admin
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get("", "value")
        .unwrap()
}

#[tokio::test]
async fn a_server_ends_with_its_value_and_leaves_nothing() {
    let server = PrivatePostgres::start(&["fsync = on", "max_connections = 20"]).unwrap();
    assert_eq!(setting(&server, "fsync").await, "on", "what the caller asks for wins");
    assert_eq!(
        setting(&server, "listen_addresses").await,
        "",
        "nobody else on the machine can connect"
    );
    let (url, home) = (server.url.clone(), home(&server));
    assert!(home.join("data").exists());

    drop(server);
    assert!(!home.exists(), "{} is still there", home.display());
    connect(&url).await.expect_err("the server still answers");
}

#[test]
fn a_server_ends_when_the_process_that_holds_it_is_killed() {
    // The shell stands for a test process. Its standard error is the server's too, so the pipe ends with the last
    // of them, and `output` returns.
    let shell =
        r#"coproc "$0"; read -r url <&"${COPROC[0]}"; echo "$url"; [ -d "${url#*host=}/data" ] && kill -KILL $$"#;
    let held = Command::new("bash")
        .args(["-c", shell, RUN_SERVER])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(
        held.status.signal(),
        Some(9),
        "{}",
        String::from_utf8_lossy(&held.stderr)
    );
    let url = String::from_utf8(held.stdout).unwrap();
    let server = PrivatePostgres {
        url: url.trim_end().parse().unwrap(),
        supervisor: None,
    };
    assert!(!home(&server).exists(), "{url} is still there");
}

#[tokio::test]
async fn each_test_has_its_own_copy_of_one_template() {
    let server = PrivatePostgres::start(&[]).unwrap();
    let migrations = AtomicUsize::new(0);
    let counted = async |db: &DatabaseConnection| {
        migrations.fetch_add(1, Ordering::SeqCst);
        migrate(db).await
    };
    let (first, second) =
        tokio::try_join!(server.database("tunes", counted), server.database("tunes", counted)).unwrap();
    assert_eq!(migrations.load(Ordering::SeqCst), 1);

    let db = connect(&first.url).await.unwrap();
    db.execute_unprepared("INSERT INTO tune VALUES ('Blue in Green')")
        .await
        .unwrap();
    let other = connect(&second.url).await.unwrap();
    let row = other.query_one_raw(Statement::from_string(
        DbBackend::Postgres,
        "SELECT count(*) AS n FROM tune",
    ));
    assert_eq!(row.await.unwrap().unwrap().try_get::<i64>("", "n").unwrap(), 0);

    // `db` and `other` are still connected.
    drop((first, second));
    assert_eq!(databases(&server).await, ["tunes"]);
}

#[tokio::test]
async fn a_failed_migration_leaves_no_template() {
    let server = PrivatePostgres::start(&[]).unwrap();
    let failed = server.database("tunes", async |_| bail!("the power went")).await;
    assert_eq!(failed.unwrap_err().root_cause().to_string(), "the power went");
    assert!(databases(&server).await.is_empty());

    server
        .database("tunes", migrate)
        .await
        .expect("the next caller makes it");
}

#[tokio::test]
async fn a_server_that_crashed_comes_back_with_its_data() {
    let server = PrivatePostgres::start(&["fsync = on", "synchronous_commit = on"]).unwrap();
    let database = server.database("tunes", migrate).await.unwrap();
    let db = connect(&database.url).await.unwrap();
    db.execute_unprepared("INSERT INTO tune VALUES ('So What')")
        .await
        .unwrap();
    server.crash().unwrap();
    connect(&database.url).await.expect_err("the server still answers");
    server.start_again().unwrap();
    let db = connect(&database.url).await.unwrap();
    let tunes = Statement::from_string(DbBackend::Postgres, "SELECT title FROM tune");
    assert_eq!(db.query_all_raw(tunes).await.unwrap().len(), 1);
}
