//! Twilio's official Python library works against the simulated Twilio, unchanged but for the host.

use std::path::Path;
use std::process::Command;

use callab_tests::script::said_by;
use chrono::Utc;
use domain::{Clock as _, SystemClock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use twilio_sim::{Sim, SimOptions, scenario};

/// Where `tests/run` installs the library.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/helper-library/bin/python");

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/helper_library/check.py");

#[tokio::test(flavor = "multi_thread")]
async fn twilios_python_library_works_against_the_simulated_twilio() {
    assert!(
        Path::new(PYTHON).exists(),
        "Twilio's Python library is not installed at {PYTHON}: run tests/run, which installs it"
    );
    let sim = Sim::new(SimOptions::new(|| -> chrono::DateTime<Utc> { SystemClock.now() }));
    let account = scenario::healthy(&sim);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = tokio::spawn({
        let (sim, stop) = (sim.clone(), stop.clone());
        async move { sim.serve(listener, stop).await }
    });
    let mut check = Command::new(PYTHON);
    check.args([SCRIPT, &url, &account.sid, &account.auth_token]);
    let said = said_by(check).await;
    assert!(
        said.lines().count() > 20 && said.lines().all(|line| line.starts_with("ok")),
        "{said}"
    );
    stop.cancel();
    serving.await.unwrap().unwrap();
}
