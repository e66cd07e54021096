use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;

use super::*;

/// The private directory of a server.
async fn home(server: &PrivateRedis) -> PathBuf {
    setting(server, "dir").await.into()
}

async fn setting(server: &PrivateRedis, name: &str) -> String {
    let mut connection = server.connection().await.unwrap();
    let answer: (String, String) = redis::cmd("CONFIG")
        .arg("GET")
        .arg(name)
        .query_async(&mut connection)
        .await
        .unwrap();
    answer.1
}

async fn keys(server: &PrivateRedis) -> usize {
    let mut connection = server.connection().await.unwrap();
    redis::cmd("DBSIZE").query_async(&mut connection).await.unwrap()
}

async fn set_a_key(server: &PrivateRedis) {
    let mut connection = server.connection().await.unwrap();
    let set: redis::RedisResult<()> = redis::cmd("SET")
        .arg("tune")
        .arg("Solar")
        .query_async(&mut connection)
        .await;
    set.unwrap();
}

#[tokio::test]
async fn a_server_ends_with_its_value_and_leaves_nothing() {
    let server = PrivateRedis::start(&["maxmemory 5mb", "appendonly yes"]).unwrap();
    assert_eq!(setting(&server, "maxmemory").await, "5242880");
    assert_eq!(
        setting(&server, "appendonly").await,
        "yes",
        "what the caller asks for wins"
    );
    assert_eq!(
        setting(&server, "bind").await,
        "127.0.0.1",
        "no other machine can connect"
    );
    let (client, home) = (server.client(), home(&server).await);
    assert!(home.exists());

    drop(server);
    assert!(!home.exists(), "{} is still there", home.display());
    client
        .get_multiplexed_async_connection()
        .await
        .expect_err("the server still answers");
}

#[tokio::test]
async fn nobody_else_on_the_machine_can_use_it() {
    let server = PrivateRedis::start(&[]).unwrap();
    let (_, address) = server.url().split_once('@').unwrap();
    let stranger = Client::open(format!("redis://{address}")).unwrap();
    let mut connection = stranger.get_multiplexed_async_connection().await.unwrap();
    let refused: redis::RedisResult<()> = redis::cmd("SET").arg("a").arg("b").query_async(&mut connection).await;
    assert!(refused.unwrap_err().to_string().contains("NOAUTH"));
}

#[test]
fn a_server_ends_when_the_process_that_holds_it_is_killed() {
    // The shell stands for a test process. Its standard error is the server's too, so the pipe ends with the last of them,
    // and `output` returns.
    let shell = r#"coproc "$0"; read -r url <&"${COPROC[0]}"; echo "$url"; kill -KILL $$"#;
    let held = Command::new("bash")
        .args(["-c", shell, RUN_SERVER])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&held.stderr);
    assert_eq!(held.status.signal(), Some(9), "{log}");
    let url = String::from_utf8(held.stdout).unwrap();
    let client = Client::open(url.trim_end()).expect("it was started");
    client
        .get_connection()
        .map(|_| ())
        .expect_err("the server still answers");
}

#[tokio::test]
async fn a_server_that_is_killed_starts_again_on_its_address_with_nothing_in_it() {
    let server = PrivateRedis::start(&["appendonly yes", "appendfsync always"]).unwrap();
    set_a_key(&server).await;
    assert_eq!(keys(&server).await, 1);
    server.kill().unwrap();
    server.connection().await.expect_err("the server still answers");
    server.start_again().unwrap();
    assert_eq!(keys(&server).await, 0);
}

#[tokio::test]
async fn a_frozen_server_is_silent_until_it_is_thawed() {
    let server = PrivateRedis::start(&[]).unwrap();
    server.freeze().unwrap();
    assert!(
        server
            .connection()
            .await
            .expect_err("silence")
            .to_string()
            .contains("timed out")
    );
    server.thaw().unwrap();
    set_a_key(&server).await;
    server.flush().await.unwrap();
    assert_eq!(keys(&server).await, 0);
    server.freeze().unwrap(); // One that ends while it is frozen ends, too.
}

#[tokio::test]
async fn the_shared_server_takes_no_orders() {
    let shared = PrivateRedis {
        url: "redis://127.0.0.1".to_owned(),
        supervisor: None,
    };
    shared.kill().expect_err("other tests use it");
}
