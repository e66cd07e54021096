//! What the console's screen costs with 10,000 connections: `just bench console`, or `just bench frame` for those whose name
//! holds a word.
//!
//! As in `tests/benches/product`: each figure stands beside a floor, taken in the same run, and nothing fails for being slow.
//! What a frame costs in bytes, and the process in processor time and memory, is bounded by `console/tests/budgets.rs`.
#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/api/mod.rs"]
mod api;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/pty/mod.rs"]
mod pty;

use std::hint::black_box;
use std::time::{Duration, Instant};

use api::data::Data;
use api::faults::Http;
use api::schema::{Question as Asked, Schema};
use api::{Api, TOKEN};
use chrono::TimeDelta;
use console::connection::Heard;
use console::keymap::Keymap;
use console::look::{Depth, Look, Theme};
use console::msg::{Answered, Msg, Question, Told};
use console::queries::connections::{AfterVars, ConnectionHealthLive, ConnectionsPage, PageVars};
use console::state::filter::Filter;
use console::state::{Model, Screen, Session};
use console::update::update;
use console::view;
use crossterm::event::{KeyCode, KeyEvent};
use cynic::{QueryBuilder, SubscriptionBuilder};
use pty::Terminal as Pty;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;

/// How often each thing is done.
const TIMES: usize = 1000;

/// How often the program is started.
const STARTS: usize = 20;

/// Two sizes, the usual and a large one, with their targets.
const SIZES: [((u16, u16), &str); 2] = [((120, 36), "2 ms"), ((240, 60), "4 ms")];

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let wanted = |name: &str| {
        words.is_empty()
            || words
                .iter()
                .any(|word| format!("console-{name}").contains(word.as_str()))
    };
    if ["frame", "key", "order", "change", "start"].into_iter().any(wanted) {
        println!("console, 10,000 connections");
        if cfg!(debug_assertions) {
            println!("a debug build: its figures mean nothing");
        }
    }
    let (mut model, changes) = known();
    if wanted("frame") {
        frames(&mut model, &changes);
    }
    if wanted("key") {
        keys(&mut model);
    }
    if wanted("order") {
        orders(&mut model);
    }
    if wanted("change") {
        taken_in(&mut model, &changes);
    }
    if wanted("start") {
        starts();
    }
}

/// 10,000 connections that were read, and changes of some of them.
fn known() -> (Model, Vec<ConnectionHealthLive>) {
    let (schema, mut data) = (Schema::load(), Data::of(10_000));
    let body = ConnectionsPage::build(PageVars {
        first: 1000,
        after: None,
    });
    let question = Asked::read(&serde_json::to_value(body).expect("JSON"));
    let look = Look {
        theme: Theme::Dark,
        depth: Depth::True,
        ascii: false,
    };
    let mut model = Model::new(
        console::surroundings::now(),
        look,
        Keymap::default(),
        Session::default(),
    );
    let page = schema.answer(&question, &data.text, |_| data.page(&json!({ "first": 10_000 })));
    let page: ConnectionsPage = serde_json::from_value(page).expect("a page");
    let told = Answered {
        told: Box::new(Told::Connections(page.twilio_accounts)),
        missing: None,
    };
    let _ = update(
        &mut model,
        Msg::Answered(Question::Connections { after: None }, Ok(told), Duration::ZERO),
    );
    let _ = update(&mut model, Msg::Heard(Heard::Open));
    arrange(&mut model);

    let live = ConnectionHealthLive::build(AfterVars { after: None });
    let live = Asked::read(&serde_json::to_value(live).expect("JSON"));
    let states = ["FAILING", "DEGRADED", "HEALTHY"];
    let changes = (0..TIMES).map(|change| {
        data.change(change * 7919, states[change % states.len()]);
        let row = data.rows[change * 7919 % 10_000].clone();
        serde_json::from_value(schema.answer(&live, &data.text, |_| row.clone())).expect("a change")
    });
    let changes = changes.collect();
    (model, changes)
}

fn arrange(model: &mut Model) {
    let arranged = model.connections.plan_now().arrange();
    let _ = update(model, Msg::Arranged(Screen::Overview, arranged));
}

/// A frame of which the clock, the ages and some rows are other than in the last one.
fn frames(model: &mut Model, changes: &[ConnectionHealthLive]) {
    for ((columns, rows), target) in SIZES {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
        model.size = (columns, rows);
        let mut took = Samples::default();
        for change in changes {
            let _ = update(model, heard(change));
            model.now += TimeDelta::seconds(1);
            took.time(|| terminal.draw(|frame| view::draw(model, frame)).map(|_| ()));
        }
        took.print(&format!("frame at {columns}x{rows} (target: p99 {target})"));
        let mut took = Samples::default();
        for _ in changes {
            took.time(|| terminal.draw(|frame| _ = black_box(frame)).map(|_| ()));
        }
        took.print("  floor: a frame with nothing in it");
    }
}

/// From a key to the frame that shows it.
fn keys(model: &mut Model) {
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).expect("a terminal");
    model.size = (120, 36);
    let mut took = Samples::default();
    for press in 0..TIMES {
        let key = KeyEvent::from(if press % 200 < 100 {
            KeyCode::PageDown
        } else {
            KeyCode::PageUp
        });
        took.time(|| {
            let _ = black_box(update(model, Msg::Key(key)));
            terminal.draw(|frame| view::draw(model, frame)).map(|_| ())
        });
        model.connections.settle(26);
    }
    took.print("key to frame, a page of rows (target: p99 16 ms)");
}

/// Orders, made on another thread than the screen's.
fn orders(model: &mut Model) {
    for filter in ["", "health:failing,degraded", "cust main", "customer:\"Customer 77\""] {
        model.connections.filter = Filter::parse(filter);
        let mut took = Samples::default();
        for _ in 0..TIMES / 5 {
            let plan = model.connections.plan_now();
            took.time(|| black_box(plan.arrange()));
        }
        took.print(&format!("order, filtered by `{filter}` (target: 60 ms)"));
    }
    model.connections.filter = Filter::default();
    let mut took = Samples::default();
    for _ in 0..TIMES / 5 {
        took.time(|| {
            let mut names: Vec<&str> = model.connections.rows().map(|row| row.customer.as_str()).collect();
            names.sort_unstable();
            black_box(names)
        });
    }
    took.print("  floor: the names alone, sorted");
}

/// A change that the socket told.
fn taken_in(model: &mut Model, changes: &[ConnectionHealthLive]) {
    let mut took = Samples::default();
    for change in changes {
        let msg = heard(change);
        took.time(|| black_box(update(model, msg)));
    }
    took.print("change taken in");
}

/// The program as a process on a terminal, from its start: to the first frame, and to the first page of 10,000 rows, while each answer
/// of the API takes 100 ms.
fn starts() {
    let api = Api::start(Data::of(10_000));
    api.answers(Http::After(Duration::from_millis(100)));
    let (mut frame, mut page, mut floor) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..STARTS {
        let begun = Instant::now();
        let terminal = Pty::start(120, 36, &api.url(), TOKEN, &[]);
        until(|| terminal.text().contains("Connections:"));
        frame.0.push(begun.elapsed());
        until(|| terminal.text().contains("Customer 0"));
        page.0.push(begun.elapsed());
        drop(terminal);
        floor.time(|| {
            std::process::Command::new(pty::PROGRAM)
                .arg("--version")
                .output()
                .is_ok()
        });
    }
    frame.print("start to the first frame (target: 100 ms)");
    page.print("start to the first page, 100 ms an answer (target: 1 s)");
    floor.print("  floor: `callab-console --version`");
}

/// Looks a thousand times a second.
fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is never shown");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn heard(change: &ConnectionHealthLive) -> Msg {
    Msg::Heard(Heard::Changed(Box::new(change.connection_health.clone())))
}

/// What one thing took, each time.
#[derive(Default)]
struct Samples(Vec<Duration>);

impl Samples {
    fn time<T>(&mut self, work: impl FnOnce() -> T) {
        let begun = Instant::now();
        black_box(work());
        self.0.push(begun.elapsed());
    }

    /// Half of them, and 99 of 100, took no longer.
    fn print(mut self, name: &str) {
        self.0.sort_unstable();
        let at = |percent: usize| self.0[(self.0.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1000.0;
        println!("  {name:<64} p50 {:8.3} ms  p99 {:8.3} ms", at(50), at(99));
    }
}
