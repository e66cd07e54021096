//! A conversation with `--plain`: lines that are typed, and what is said in between.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use console::connection::Api as Client;
use console::plain::{Options, run_on};
use console::surroundings::now;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader};

use crate::api::data::Data;
use crate::api::{Api, TOKEN};
use crate::data::{self, Plan};

/// How long something may take to be said.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens in a conversation.
pub enum Step {
    /// The operator types a line.
    Line(&'static str),
    /// This is said.
    Says(&'static str),
    /// Something happens at the API.
    Happens(fn(&mut Api)),
}

use Step::{Happens, Line, Says};

/// Everything that was said and typed.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panicked").clone()).expect("UTF-8")
    }

    async fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "{what}:\n{}", self.text());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What the API knows: the customers of all other pictures.
pub fn known(plan: &Plan) -> Data {
    let now = now();
    let rows = data::connections(plan, now);
    let detail = data::detail(plan, now);
    let mut account = rows[0].clone();
    let told = detail["twilioAccount"].as_object().cloned().unwrap_or_default();
    account.as_object_mut().expect("a connection").extend(told);
    account["twilioStatus"] = json!("ACTIVE");
    let page = |nodes: Value| data::page(plan, nodes);
    let mut numbers = data::numbers(plan, now);
    for number in numbers.as_array_mut().expect("a list") {
        number["id"] = json!(format!("{:A<44}", number["id"].as_str().unwrap_or_default())); // As long as those of the API.
    }
    let mut passed = data::test_call(plan, now);
    passed["verdict"] = json!("PASS");
    let plan_of_test = json!({
        "targets": [{ "label": "Callab's echo line, US", "to": "+14155550111" }],
        "limitPerHour": 5, "leftThisHour": 2, "maxSeconds": 60, "estimatedCost": { "amount": "0.02", "currency": "USD" },
    });
    let mut known = Data::of(0);
    known.rows = if plan.is_empty {
        Vec::new()
    } else {
        rows.as_array().expect("rows").clone()
    };
    if plan.is_newer {
        known.schema_version = "2.4".into();
    }
    known.viewer["permissions"]
        .as_array_mut()
        .expect("a list")
        .push(json!("READ_AUDIT"));
    known.planted = json!({
        "diagnose": detail["diagnose"], "twilioAccount": if plan.is_empty { Value::Null } else { account },
        "phoneNumber": numbers[0], "phoneNumbers": page(numbers), "calls": page(data::calls(now)),
        "jobs": page(data::jobs(plan, now)), "billingEpisodes": page(data::episodes(now)),
        "auditEntries": page(data::entries(now)), "testCallPlan": plan_of_test, "testCall": passed,
        "startTestCall": { "testCall": passed, "userErrors": [] },
        "supportBundle": {
            "markdown": "# Support bundle\n\n## Checks\n\nCredentials accepted: FAIL\n", "fileName": "callab-AC0f02",
            "json": { "account": { "sid": "AC0f02", "label": "eu-prod" }, "checks": [1, 2], "calls": [] }, "madeAt": now,
        },
    });
    known
}

/// Talks as planned, and answers what was said.
pub async fn talk(api: &mut Api, options: Options, steps: &[Step]) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default(); // `Err` says that another test was first.
    let paper = Paper::default();
    let (mut keys, input) = tokio::io::duplex(1024);
    let client = Client::new(api.url().parse().expect("an address"), TOKEN.to_owned().into()).expect("a client");
    let talking = run_on(client, options, BufReader::new(input), paper.clone());
    let typing = async {
        for step in steps {
            match step {
                Says(text) => {
                    paper
                        .until(&format!("`{text}` is not said"), |said| said.contains(text))
                        .await;
                }
                Happens(what) => {
                    paper.until("nothing is asked", is_asked).await;
                    what(api);
                }
                Line(line) => {
                    paper.until("nothing is asked", is_asked).await;
                    writeln!(paper.clone(), "> {line}").expect("paper");
                    keys.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
                }
            }
        }
    };
    tokio::pin!(talking, typing);
    let mut is_typed = false;
    let ended = loop {
        tokio::select! {
            ended = &mut talking => break ended,
            () = &mut typing, if !is_typed => is_typed = true,
        }
    };
    let end = match ended {
        Ok(_) => "left".to_owned(),
        Err(failure) => format!("ended: {failure}"),
    };
    format!("{}[{end}]", same_every_day(&paper.text()))
}

/// Whether a question was asked since the last line that was typed.
fn is_asked(said: &str) -> bool {
    let since = said.rsplit_once("\n> ").map_or(said, |(_, since)| since);
    since
        .lines()
        .skip(usize::from(since.len() < said.len()))
        .any(|line| line.ends_with(':') && !line.contains("->"))
}

/// The text without what is another on another day.
fn same_every_day(text: &str) -> String {
    let folder = std::env::temp_dir().display().to_string();
    let mut same = String::new();
    for part in text.split_inclusive([' ', '\n']) {
        let word = part.trim_end_matches([' ', '\n', ',', ':', '.']);
        let is_age =
            word.len() > 1 && word.ends_with(['s', 'm', 'h', 'd']) && word[..word.len() - 1].parse::<u32>().is_ok();
        let is_time =
            word.len() >= 5 && word.contains(':') && word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | 'Z'));
        let is_day = word.len() == 10 && word.chars().all(|c| c.is_ascii_digit() || c == '-') && word.contains('-');
        let put = match word {
            _ if is_age => "AGE",
            _ if is_time => "TIME",
            _ if is_day => "DAY",
            word if word.starts_with(&folder) => "FOLDER/file",
            word if word.contains("127.0.0.1:") => "ADDRESS",
            word => word,
        };
        same.push_str(put);
        same.push_str(&part[word.len()..]);
    }
    same
}
