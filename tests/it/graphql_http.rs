//! The public suite for servers of GraphQL over HTTP holds, unchanged but for a token. `api/src/endpoint/audits.rs` holds the server
//! against the same audits where there is no Node.

use std::path::Path;
use std::process::Command;

use callab_tests::TestApp;
use callab_tests::script::said_by;

/// Where `tests/run` installs the suite.
const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/public-suites");

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/graphql_http/suite.mjs");

#[tokio::test(flavor = "multi_thread")]
async fn the_public_suite_for_graphql_over_http_holds() {
    if !Path::new(SUITE).join("node_modules/graphql-http").exists() {
        eprintln!("SKIPPED: the suite is not installed at {SUITE}: tests/run does where there is Node");
        return;
    }
    let app = TestApp::start().await;
    let mut suite = Command::new("node");
    suite
        .args([SCRIPT, &format!("{}/graphql", app.url), app.owner().token()])
        .current_dir(SUITE);
    let said = said_by(suite).await;
    let held = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!((held, said.lines().count()), (61, 61), "{said}");
}
