//! Programs of others that look at the product from outside.

use std::process::Command;

/// Runs a program and answers what it printed. It reaches this machine without a proxy.
///
/// # Panics
/// When it cannot be run, or ends with a failure: with what it said.
pub async fn said_by(mut program: Command) -> String {
    program.env("NO_PROXY", "127.0.0.1");
    let ended = tokio::task::spawn_blocking(move || program.output())
        .await
        .expect("nobody calls it off")
        .expect("it can be run");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    said
}
