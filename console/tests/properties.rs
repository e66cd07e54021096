//! What holds whatever happens, in whatever order: nothing panics, nothing is drawn outside, nothing moves the selection but a
//! key.

#[path = "properties/answers.rs"]
mod answers;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;

use std::collections::VecDeque;
use std::time::Duration;

use answers::{answer, told};
use api::data::Data;
use chrono::TimeDelta;
use console::action::Action;
use console::connection::{Backoff, Heard, Trouble};
use console::keymap::Keymap;
use console::look::{Depth, Look, Theme};
use console::msg::{Answered, Effect, Msg};
use console::queries::connections::{AfterVars, ConnectionHealthLive};
use console::scrub::scrub;
use console::state::filter::Filter;
use console::state::{Mode, Model, Session};
use console::update::{read_all, update};
use console::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use cynic::SubscriptionBuilder;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    Key(KeyEvent),
    Paste(String),
    Resize(u16, u16),
    Focus(bool),
    Pass(i64),
    Changed(usize, &'static str),
    Opened,
    Closed,
    Gap,
    SignedOut,
    Answer,
    Fail(u8),
    Arrange,
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let known = "jkgGHeL/fsyYVR?q1[]VR-".chars().map(KeyCode::Char).collect::<Vec<_>>();
    let named = [
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Backspace,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Delete,
        KeyCode::F(5),
    ];
    let code = prop_oneof![
        4 => prop::sample::select(known),
        3 => prop::sample::select(named.to_vec()),
        1 => any::<char>().prop_map(KeyCode::Char),
    ];
    let modifiers = prop_oneof![
        8 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::SHIFT),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::ALT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn step() -> impl Strategy<Value = Step> {
    let states = [
        "FAILING",
        "HEALTHY",
        "SUSPENDED",
        "DEGRADED",
        "DISABLED",
        "UNKNOWN",
        "ON_FIRE",
    ];
    prop_oneof![
        12 => key().prop_map(Step::Key),
        1 => any::<String>().prop_map(Step::Paste),
        3 => (1_u16..=300, 1_u16..=100).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        1 => any::<bool>().prop_map(Step::Focus),
        3 => (-5_i64..100).prop_map(Step::Pass),
        4 => (0_usize..60, prop::sample::select(states.to_vec())).prop_map(|(place, state)| Step::Changed(place, state)),
        1 => Just(Step::Opened),
        1 => Just(Step::Closed),
        1 => Just(Step::Gap),
        8 => Just(Step::Answer),
        1 => (0_u8..6).prop_map(Step::Fail),
        6 => Just(Step::Arrange),
    ]
}

/// A console without a terminal and without an API: both are played.
struct Played {
    model: Model,
    data: Data,
    effects: VecDeque<Effect>,
    /// What the last key selected.
    selected: Option<String>,
    /// Where a key had other rows shown, how many orders there are still to come until they are: the first of them is selected where
    /// the selected one is not among them.
    looks_anew: Option<usize>,
}

impl Played {
    fn begin(ascii: bool) -> Self {
        let look = Look {
            theme: Theme::Dark,
            depth: Depth::True,
            ascii,
        };
        let now = console::surroundings::now();
        let mut model = Model::new(now, look, Keymap::default(), Session::default());
        model.mode = Mode::Write;
        let mut data = Data::of(40);
        for (place, name) in [
            "東京オフィス 🙂🙂",
            "\u{202e}evil\u{1b}[2J",
            "",
            "e\u{301}\u{301}\u{301}",
            "한국어",
        ]
        .iter()
        .enumerate()
        {
            data.rows[place]["workspace"]["name"] = json!(name);
            data.rows[place]["label"] = json!(name.repeat(20));
        }
        let effects = read_all(&mut model).into();
        Self {
            model,
            data,
            effects,
            selected: None,
            looks_anew: None,
        }
    }

    fn tell(&mut self, msg: Msg) {
        self.effects.extend(update(&mut self.model, msg));
    }

    /// The first effect of a kind.
    fn take(&mut self, wanted: impl Fn(&Effect) -> bool) -> Option<Effect> {
        let place = self.effects.iter().position(wanted)?;
        self.effects.remove(place)
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Key(key) => self.tell(Msg::Key(*key)),
            Step::Paste(text) => self.tell(Msg::Paste(text.clone())),
            Step::Resize(columns, rows) => self.tell(Msg::Resize(*columns, *rows)),
            Step::Focus(has_focus) => self.tell(Msg::Focus(*has_focus)),
            Step::Pass(seconds) => self.tell(Msg::Tick(self.model.now + TimeDelta::seconds(*seconds))),
            Step::Changed(place, state) => {
                self.data.change(*place, state);
                let mut row = self.data.rows[*self.data.changes.last().expect("it changed")].clone();
                row["cursor"] = json!(self.data.cursor());
                let told: ConnectionHealthLive = answer(
                    &self.data,
                    &serde_json::to_value(ConnectionHealthLive::build(AfterVars { after: None })).expect("JSON"),
                    &row,
                );
                self.tell(Msg::Heard(Heard::Changed(Box::new(told.connection_health))));
            }
            Step::Opened => self.tell(Msg::Heard(Heard::Open)),
            Step::Closed => {
                let (why, again_in) = (Trouble::Unreachable("gone".to_owned()), Duration::from_secs(3));
                self.tell(Msg::Heard(Heard::Closed { why, again_in }));
            }
            Step::Gap => self.tell(Msg::Heard(Heard::GapTooBig)),
            Step::SignedOut => self.tell(Msg::Heard(Heard::SignedOut)),
            Step::Answer => {
                if let Some(Effect::Ask(question)) = self.take(|effect| matches!(effect, Effect::Ask(_))) {
                    let told = told(&self.data, &question);
                    let answered = Answered {
                        told: Box::new(told),
                        missing: None,
                    };
                    self.tell(Msg::Answered(question, Ok(answered), Duration::from_millis(80)));
                }
            }
            Step::Fail(kind) => {
                if let Some(Effect::Ask(question)) = self.take(|effect| matches!(effect, Effect::Ask(_))) {
                    let trouble = match kind {
                        0 => Trouble::Throttled,
                        1 => Trouble::Slow(Duration::from_secs(15)),
                        2 => Trouble::Forbidden("VIEW".to_owned()),
                        3 => Trouble::Garbage("{".to_owned()),
                        4 => Trouble::SignedOut,
                        _ => Trouble::Failed {
                            status: 500,
                            request: None,
                        },
                    };
                    self.tell(Msg::Answered(question, Err(trouble), Duration::from_millis(80)));
                }
            }
            Step::Arrange => {
                if let Some(Effect::Compute(work)) = self.take(|effect| matches!(effect, Effect::Compute(_))) {
                    self.looks_anew = self.looks_anew.map(|left| left.saturating_sub(1));
                    self.tell(work());
                }
            }
        }
        self.effects
            .retain(|effect| matches!(effect, Effect::Ask(_) | Effect::Compute(_)));
    }

    /// What decides which rows are shown.
    fn look(&self) -> (Filter, bool) {
        (
            self.model.connections.filter.clone(),
            self.model.connections.problems_only,
        )
    }

    fn first(&self) -> Option<String> {
        let mut shown = self.model.connections.visible(usize::MAX);
        shown.next().map(|(_, row)| row.id.clone())
    }

    fn selection(&self) -> Option<String> {
        self.model.connections.selected().map(|row| row.id.clone())
    }

    fn draw(&mut self) -> Buffer {
        let (columns, rows) = self.model.size;
        let buffer = drawn(&self.model, columns, rows);
        self.model.connections.settle(usize::from(rows).saturating_sub(10));
        buffer
    }
}

fn drawn(model: &Model, columns: u16, rows: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("no terminal can fail less");
    terminal.draw(|frame| view::draw(model, frame)).expect("a frame");
    terminal.backend().buffer().clone()
}

/// Each row of the screen is as wide as the screen, and has nothing but text.
fn fits(buffer: &Buffer) -> Result<(), TestCaseError> {
    for y in 0..buffer.area.height {
        let last = &buffer[(buffer.area.width - 1, y)];
        prop_assert!(last.symbol().width() <= 1, "{:?} reaches over the edge", last.symbol());
    }
    for cell in &buffer.content {
        prop_assert_eq!(scrub(cell.symbol(), 100), cell.symbol());
    }
    Ok(())
}

fn text(buffer: &Buffer) -> String {
    buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_it_draws_and_only_keys_move_the_selection(
        ascii in any::<bool>(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut played = Played::begin(ascii);
        for step in &steps {
            let before = played.look();
            played.play(step);
            let selected = played.selection();
            if played.look() != before {
                let orders = played.effects.iter().filter(|effect| matches!(effect, Effect::Compute(_)));
                played.looks_anew = Some(orders.count());
            }
            if played.looks_anew.is_some() && selected.is_some() && selected != played.selected {
                prop_assert!(matches!(step, Step::Key(_)) || selected == played.first(), "{selected:?} after {step:?}");
                // What moves before they come, be it a key or an order of before, is not it yet.
                played.looks_anew = played.looks_anew.filter(|left| *left > 0 || matches!(step, Step::Key(_)));
                played.selected.clone_from(&selected);
            } else if matches!(step, Step::Key(_)) || played.selected.is_none() {
                played.selected = selected.or(played.selected.take());
            } else {
                prop_assert!(selected.is_none() || selected == played.selected, "{selected:?} after {step:?}");
            }
            let buffer = played.draw();
            fits(&buffer)?;
            if ascii {
                prop_assert!(text(&buffer).is_ascii(), "{}", text(&buffer));
            }
        }
    }

    #[test]
    fn what_is_shown_of_any_filter_is_that_filter(text in any::<String>()) {
        let filter = Filter::parse(&text);
        prop_assert_eq!(Filter::parse(&filter.to_string()), filter);
    }

    #[test]
    fn any_text_comes_out_on_one_line_that_turns_nothing(text in any::<String>()) {
        let shown = scrub(&text, 60);
        prop_assert!(shown.chars().count() <= 60);
        let turns = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
        prop_assert!(!shown.chars().any(turns));
    }

    #[test]
    fn no_wait_is_longer_than_half_a_minute_or_shorter_than_a_quarter_of_a_second(chances in prop::collection::vec(any::<f64>(), 1..100)) {
        let mut backoff = Backoff::default();
        for chance in chances {
            let wait = backoff.next(if chance.is_nan() { 0.0 } else { chance });
            prop_assert!(wait <= Duration::from_secs(30) && wait >= Duration::from_millis(250), "{:?}", wait);
        }
    }
}

#[test]
fn a_session_that_is_over_stays_over_whatever_comes_later() {
    let mut played = Played::begin(false);
    for step in [
        Step::Answer,
        Step::Answer,
        Step::Answer,
        Step::Arrange,
        Step::SignedOut,
        Step::Opened,
        Step::Changed(3, "FAILING"),
        Step::Closed,
        Step::Pass(100),
        Step::Gap,
        Step::Answer,
    ] {
        played.play(&step);
    }
    let shown = text(&played.draw());
    assert!(shown.contains("SIGNED OUT") && !shown.contains("Customer"), "{shown}");
}

/// The hint of what fails newly is true: its key goes to those that were not looked at, and it is there no longer than they are.
#[test]
fn the_key_of_the_hint_goes_to_what_newly_fails() {
    let mut played = Played::begin(false);
    let arranged = |played: &mut Played| {
        (0..10).for_each(|_| played.play(&Step::Arrange));
        text(&played.draw())
    };
    for _ in 0..8 {
        played.play(&Step::Answer);
    }
    played.play(&Step::Opened);
    arranged(&mut played);
    played.play(&Step::Changed(30, "FAILING"));
    played.play(&Step::Changed(31, "FAILING"));
    played.play(&Step::Pass(20)); // What was said of them is over.
    played.model.strange_schema = None; // Which is said first.
    let key = |played: &mut Played, letter: char| played.play(&Step::Key(KeyEvent::from(KeyCode::Char(letter))));
    let hint = "2 newly failing in the last 5 min";
    assert!(arranged(&mut played).contains(&format!("{hint}: ] jumps there")));
    key(&mut played, '5');
    let shown = arranged(&mut played);
    assert!(shown.contains(&format!("{hint}: 1 shows them")), "{shown}");
    key(&mut played, '1');
    key(&mut played, 'j');
    played.play(&Step::Key(KeyEvent::from(KeyCode::Enter)));
    assert!(
        !arranged(&mut played).contains("newly failing"),
        "there its key goes through the checks"
    );
    key(&mut played, '1');
    "/main-7".chars().for_each(|letter| key(&mut played, letter));
    played.play(&Step::Key(KeyEvent::from(KeyCode::Enter)));
    let shown = arranged(&mut played);
    assert!(shown.contains(&format!("{hint}, hidden by the filter")), "{shown}");
    played.play(&Step::Key(KeyEvent::from(KeyCode::Esc)));
    played.play(&Step::Pass(5));
    arranged(&mut played);
    let mut gone_to = Vec::new();
    for _ in 0..2 {
        key(&mut played, ']');
        gone_to.extend(played.selection());
    }
    gone_to.sort();
    assert_eq!(gone_to, ["acc-30", "acc-31"]);
    assert!(!text(&played.draw()).contains("newly failing"), "all were looked at");
    key(&mut played, ']');
    assert!(
        !gone_to.contains(&played.selection().expect("a row")),
        "and the key goes on"
    );
}

/// The help as it is read at a size: page after page, an entry each, with its keys and its words.
fn help_at(columns: u16, rows: u16) -> Vec<(String, String)> {
    let mut played = Played::begin(false);
    played.play(&Step::Resize(columns, rows));
    played.play(&Step::Key(KeyEvent::from(KeyCode::Char('?'))));
    let mut lines: Vec<String> = Vec::new();
    loop {
        let buffer = drawn(&played.model, columns, rows);
        let shown = buffer.content.chunks(usize::from(columns));
        let shown = shown.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
        let shown: Vec<String> = shown.skip(3).take(usize::from(rows) - 5).collect();
        let shown = shown.iter().filter(|line| !line.starts_with('└'));
        let shown: Vec<String> = shown.map(|line| line.trim_matches('│').trim_end().to_owned()).collect();
        // One line further each time: what is not seen yet is the last one.
        if lines.is_empty() {
            lines = shown;
        } else if lines.ends_with(&shown) {
            break;
        } else {
            lines.push(shown.last().expect("a line").clone());
        }
        played.play(&Step::Key(KeyEvent::from(KeyCode::Down)));
    }
    let wide = 15.min((usize::from(columns) - if columns < 70 || rows < 20 { 0 } else { 2 }) / 2);
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let keys: String = line.chars().skip(1).take(wide).collect();
        let title: String = line.chars().skip(wide + 3).collect();
        match entries.last_mut() {
            Some(last) if keys.trim().is_empty() => last.1 = format!("{} {title}", last.1),
            _ => entries.push((keys.trim().to_owned(), title)),
        }
    }
    entries
}

#[test]
fn the_help_lists_every_action_with_its_keys_and_nothing_else() {
    let keymap = Keymap::default();
    for (columns, rows) in [(120, 36), (80, 24), (40, 10), (300, 100)] {
        let entries = help_at(columns, rows);
        for action in Action::ALL {
            let keys = keymap.keys(*action).join(" ");
            let listed = entries.iter().filter(|(of, title)| {
                let off = title
                    .strip_prefix(action.title())
                    .is_some_and(|off| off.starts_with(" (off: "));
                *of == keys && (title == action.title() || off)
            });
            assert_eq!(
                listed.count(),
                1,
                "{action:?} with {keys} at {columns}x{rows}:\n{entries:#?}"
            );
        }
        assert_eq!(entries.len(), Action::ALL.len(), "{entries:#?}");
    }
}
