//! What nobody of staff's is told, whatever they have written: tokens, keys, sessions and whole numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use callab_tests::story::{CALLED, CALLER};
use callab_tests::{Planted, Story, TestApp};
use portable_pty::CommandBuilder;
use serde_json::json;

use crate::program::Console;
use crate::pty::{PROGRAM, Terminal};

/// Those who use the console. None of them sees a whole number but by revealing it.
const ROLES: [&str; 3] = ["staff_viewer", "support", "lead"];

/// Everything that is written without a screen, but for the name of a connection.
const COMMANDS: [&[&str]; 13] = [
    &["--once", "--json"],
    &["--once", "--csv"],
    &["numbers", "--json"],
    &["numbers", "--csv"],
    &["calls", "--json"],
    &["calls", "--csv"],
    &["billing", "--json"],
    &["jobs", "--json"],
    &["audit", "--json"],
    &["audit", "--csv"],
    &["--once"],
    &["calls"],
    &["doctor", "--json"],
];

/// The same of one connection.
const OF_ONE: [&[&str]; 5] = [
    &["show", "--json"],
    &["diagnose", "--json"],
    &["diagnose"],
    &["bundle", "-o", "bundle.json"],
    &["bundle", "-o", "bundle.md"],
];

/// The keys that show every screen of a connection, copy what can be copied, and write its bundle.
const KEYS: [&str; 12] = ["\r", "Y", "y4", "2", "y4", "3", "y4", "4", "5", "6", "y4", "\u{1b}"];

async fn pass(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// Everything that a role has written: by commands, in numbered menus, on the screen, and in files.
async fn written(console: &Console, sid: &str) -> BTreeMap<String, Vec<u8>> {
    let mut places = BTreeMap::new();
    for arguments in COMMANDS {
        let ran = console.run(arguments).await;
        places.insert(arguments.join(" "), (ran.out + &ran.err).into_bytes());
    }
    for arguments in OF_ONE {
        let with_sid = [&arguments[..1], &[sid], &arguments[1..]].concat();
        let ran = console.run(&with_sid).await;
        places.insert(with_sid.join(" "), (ran.out + &ran.err).into_bytes());
    }
    let lines = "2\n1\n1\n2\n3\n4\n8\nplain.md\n9\nb\nb\nq\n";
    let ran = console.run_with(&["--plain"], lines).await;
    places.insert("--plain".to_owned(), (ran.out + &ran.err).into_bytes());
    places.insert("the screen".to_owned(), on_screen(console).await);
    for file in console.files() {
        let name = format!("the file {}", file.display());
        places.insert(name, std::fs::read(&file).expect("a file of its home"));
    }
    places
}

/// All that is written to the terminal, the clipboard too, while every screen is looked at and a report is taken down.
async fn on_screen(console: &Console) -> Vec<u8> {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["--theme", "dark", "--record", "report.ndjson", "--url", console.url()]);
    command.cwd(console.home());
    command.env("HOME", console.home());
    command.env("CALLAB_TOKEN", console.token());
    let mut terminal = Terminal::run(160, 40, command);
    terminal.shows("● live").await;
    for keys in KEYS {
        terminal.keys(keys);
        pass(400).await;
    }
    terminal.keys("E");
    terminal.shows("Write the support bundle?").await;
    pass(400).await;
    terminal.keys("\u{1b}[C\r");
    terminal.shows("for your eyes only").await;
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_whole_number_is_in_anything_that_a_role_of_staff_s_has_written() {
    let app = TestApp::start().await;
    let mut story = Story::settled(&app, app.owner()).await;
    let key = json!({ "name": "planted", "permissions": ["VIEW"] });
    let key = story.client.done("createApiKey", "key", key).await;
    story.tell(&app, "updatePhoneNumber").await;
    app.run_jobs().await;
    let mut planted = Planted::default();
    planted.plant("the Auth Token", &story.twilio.auth_token);
    planted.plant("the API key", key["key"].as_str().expect("a key"));
    let numbers = app.sim.numbers(&story.twilio.sid);
    for number in numbers
        .iter()
        .map(|number| number.phone_number.as_str())
        .chain([CALLER, CALLED])
    {
        planted.plant("a whole number", number.trim_start_matches('+'));
    }
    for role in ROLES {
        let console = Console::of(&app, role);
        let mut planted_for_role = Planted::default();
        planted_for_role.plant("the session", console.token());
        let places = written(&console, &story.twilio.sid).await;
        for place in ["bundle.json", "bundle.md", "plain.md", "report.ndjson", "console.log"] {
            let is_there = |name: &String| name.ends_with(&format!("/{place}"));
            let said = String::from_utf8_lossy(&places["--plain"]);
            assert!(places.keys().any(is_there), "{role}: there is no {place}\n{said}");
        }
        let sid = story.twilio.sid.as_str();
        let shown = places
            .values()
            .filter(|text| String::from_utf8_lossy(text).contains(sid));
        assert!(shown.count() > 5, "{role}: hardly anything was written");
        planted.are_in_none_of(&places);
        planted_for_role.are_in_none_of(&places);
    }
    // Who may see a whole number does: the search finds what is there.
    let owner = Console::at(&format!("{}/graphql", app.url), story.client.token());
    let ran = owner.run(&["numbers", "--json"]).await;
    assert!(
        !planted.found_in("the owner's numbers", ran.out.as_bytes()).is_empty(),
        "{}",
        ran.out
    );
}
