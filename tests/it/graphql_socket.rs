//! The official client of `graphql-transport-ws` works with our sockets, unchanged. `api/src/socket/tests` holds the server against the
//! protocol's text, where there is no Node too.

use std::path::Path;
use std::process::Command;

use callab_tests::TestApp;
use callab_tests::script::said_by;

/// Where `tests/run` installs the client.
const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/public-suites");

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/graphql_socket/client.mjs");

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_for_sockets_works() {
    if !Path::new(SUITE).join("node_modules/graphql-ws").exists() {
        eprintln!("SKIPPED: the client is not installed at {SUITE}: tests/run does where there is Node");
        return;
    }
    let app = TestApp::start().await;
    let url = format!("{}/graphql/ws", app.url.replacen("http", "ws", 1));
    let mut client = Command::new("node");
    client.args([SCRIPT, &url, app.owner().token()]).current_dir(SUITE);
    let said = said_by(client).await;
    let held = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!((held, said.lines().count()), (8, 8), "{said}");
}
