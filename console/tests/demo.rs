//! Beside a demo: a demo that is started again is another API with other tokens, and the console goes on with it.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::fs;
use std::path::Path;

use api::data::Data;
use api::faults::{Http, Socket};
use api::{Api, TOKEN};
use portable_pty::CommandBuilder;
use pty::{PROGRAM, Terminal};
use serde_json::json;

/// Writes what a demo writes for its clients.
fn signs_in(file: &Path, api: &Api, token: &str) {
    let demo = json!({ "graphql_url": api.url(), "tokens": { "support": token } });
    fs::write(file, demo.to_string()).expect("a folder that can be written to");
}

/// From now on every session is refused, and the sockets that are open end.
fn refuses_everybody(api: &Api) {
    api.answers(Http::Status(401, None));
    api.sockets(Socket::Refused(401));
    api.cut();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_begins_anew_is_followed_to_its_new_address_and_session() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.json");
    let (first, second) = (Api::start(Data::of(50)), Api::start(Data::of(7)));
    signs_in(&file, &first, TOKEN);
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["--theme", "dark", "--demo"]);
    command.arg(&file);
    let mut terminal = Terminal::run(120, 36, command);
    terminal.shows("50 of 50").await;
    terminal.shows("● live").await;

    // It starts: its file is not there yet, and it does not know the session of the last one.
    fs::remove_file(&file).unwrap();
    refuses_everybody(&first);
    terminal.shows("OFFLINE").await;
    terminal.shows("50 of 50").await;

    second.change(6, "FAILING");
    signs_in(&file, &second, TOKEN);
    terminal.shows("7 of 7").await;
    terminal.shows("● live").await;
    let (_, opened) = second.followed();
    assert_eq!(
        opened.last().unwrap().after.as_deref(),
        Some("c1"),
        "not after an event of the first one"
    );

    // The session that its file still tells is over.
    refuses_everybody(&second);
    terminal.shows("SIGNED OUT").await;
    terminal.shows("start the demo again").await;
    terminal.keys("q");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}
