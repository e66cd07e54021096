//! A console without a terminal and without an API: keys are played, and questions answered from what was planted.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use console::connection::{Heard, Trouble};
use console::keymap::Keymap;
use console::look::{Depth, Look, Theme};
use console::msg::{Answered, Effect, Msg, Question};
use console::queries::viewer::Permission;
use console::state::{Asks, Mode, Model, Session};
use console::update::{read_all, update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::data::{Answer, Plan, told};

/// The screens whose rows can be selected.
pub const LISTS: [Shown; 7] = [
    Shown::Overview,
    Shown::Numbers,
    Shown::Calls,
    Shown::Billing,
    Shown::Jobs,
    Shown::Audit,
    Shown::Events,
];

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Overview,
    Connection,
    Numbers,
    NumbersOfOne,
    Calls,
    TestCall,
    Billing,
    Jobs,
    Audit,
    Events,
    Palette,
    Help,
}

impl Shown {
    pub const ALL: [Self; 12] = [
        Self::Overview,
        Self::Connection,
        Self::Numbers,
        Self::NumbersOfOne,
        Self::Calls,
        Self::TestCall,
        Self::Billing,
        Self::Jobs,
        Self::Audit,
        Self::Events,
        Self::Palette,
        Self::Help,
    ];

    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Whether a question is the one that fills it.
    fn is_filled_by(self, question: &Question) -> bool {
        match self {
            Self::Overview | Self::Palette | Self::Help => {
                matches!(
                    question,
                    Question::Connections { .. } | Question::NewestEvent | Question::Rows { .. }
                )
            }
            Self::Connection => matches!(question, Question::Detail { .. } | Question::Timeline { .. }),
            Self::TestCall => matches!(question, Question::TestCall { .. }),
            Self::Numbers
            | Self::NumbersOfOne
            | Self::Calls
            | Self::Billing
            | Self::Jobs
            | Self::Audit
            | Self::Events => {
                matches!(question, Question::Page { .. })
            }
        }
    }
}

/// The states of the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Loading,
    Empty,
    Filtered,
    Forbidden,
    Error,
    ErrorLater,
    Partial,
    Stale,
    Reconnecting,
    SignedOut,
    ReadOnly,
    Write,
    Skew,
}

impl State {
    pub const ALL: [Self; 13] = [
        Self::Loading,
        Self::Empty,
        Self::Filtered,
        Self::Forbidden,
        Self::Error,
        Self::ErrorLater,
        Self::Partial,
        Self::Stale,
        Self::Reconnecting,
        Self::SignedOut,
        Self::ReadOnly,
        Self::Write,
        Self::Skew,
    ];

    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// The moment at which everything is looked at.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 27, 14, 2, 11).unwrap()
}

pub struct Played {
    pub model: Model,
    /// What the API knows.
    pub plan: Plan,
    /// What was asked, in order.
    pub asked: Vec<Question>,
    /// What is asked and not answered yet, while answers are held back.
    held: Option<Vec<Question>>,
}

impl Played {
    /// Everything was read, and is live.
    pub fn begin(plan: &Plan) -> Self {
        let look = Look {
            theme: Theme::Dark,
            depth: Depth::True,
            ascii: false,
        };
        let session = Session {
            environment: "PROD".to_owned(),
            ..Session::default()
        };
        let mut model = Model::new(now(), look, Keymap::default(), session);
        model.is_utc = true;
        model.size = (120, 36);
        let effects = read_all(&mut model);
        let mut played = Self {
            model,
            plan: plan.clone(),
            asked: Vec::new(),
            held: None,
        };
        played.perform(effects);
        played.tell(Msg::Heard(Heard::Open));
        played.pass(TimeDelta::zero());
        played
    }

    /// A screen in a state.
    pub fn in_state(shown: Shown, state: State) -> Self {
        let mut plan = Plan {
            is_newer: state == State::Skew,
            is_empty: state == State::Empty && shown != Shown::TestCall,
            is_stale: state == State::Stale,
            ..Plan::default()
        };
        plan.answer = match state {
            State::Loading => Answer::Never,
            State::Forbidden => Answer::Trouble(Trouble::Forbidden("your role may not read this".to_owned())),
            State::Error => Answer::Trouble(failed()),
            _ => Answer::Comes,
        };
        plan.is_partial = state == State::Partial;
        // What a screen stands on is there; only what fills it is in that state.
        let on_overview = matches!(shown, Shown::Overview | Shown::Palette | Shown::Help);
        let whole = Plan {
            is_newer: plan.is_newer,
            is_stale: plan.is_stale,
            ..Plan::default()
        };
        let mut played = Self::begin(if on_overview { &plan } else { &whole });
        if state == State::Write || shown == Shown::TestCall {
            played.model.mode = Mode::Write;
        }
        played.plan = plan;
        played.plan.fills = Some(shown);
        played.show(shown);
        if state == State::ReadOnly {
            played.model.mode = Mode::ReadOnly;
        }
        played.turn(shown, state);
        played
    }

    /// Goes there by keys.
    fn show(&mut self, shown: Shown) {
        match shown {
            Shown::Overview => {}
            Shown::Connection => self.enter(),
            Shown::Numbers => self.key('2'),
            Shown::NumbersOfOne => {
                self.enter();
                self.key('2');
            }
            Shown::Calls => self.key('3'),
            Shown::Billing => {
                self.key('4');
                self.pass(TimeDelta::zero()); // Its sparklines are asked for.
            }
            Shown::Jobs => self.key('5'),
            Shown::Audit => self.key('6'),
            Shown::Events => {
                self.key('6');
                self.press(KeyCode::Tab);
            }
            Shown::Palette => self.key(':'),
            Shown::Help => self.key('?'),
            Shown::TestCall => {
                self.key('2');
                self.key('T');
                self.model.now += TimeDelta::seconds(1);
                self.press(KeyCode::Right);
                self.enter();
                self.pass(TimeDelta::seconds(2));
            }
        }
    }

    /// What happens once it is shown.
    fn turn(&mut self, shown: Shown, state: State) {
        match state {
            State::Filtered if !matches!(shown, Shown::TestCall | Shown::Palette | Shown::Help) => {
                self.key('/');
                "zzz".chars().for_each(|letter| self.key(letter));
                self.enter();
            }
            State::Filtered if shown == Shown::Palette => "acme".chars().for_each(|letter| self.key(letter)),
            State::Filtered if shown == Shown::Help => "/copy".chars().for_each(|letter| self.key(letter)),
            State::ErrorLater => {
                self.plan.answer = Answer::Trouble(failed());
                self.model.now += TimeDelta::seconds(30);
                self.tell(Msg::Key(KeyEvent::new(KeyCode::Char('l'), KeyModifiers::CONTROL)));
                self.pass(TimeDelta::seconds(10));
            }
            State::Stale => {
                self.plan.answer = Answer::Never;
                self.pass(TimeDelta::minutes(9));
            }
            State::Reconnecting => {
                let (why, again_in) = (Trouble::Unreachable("it is gone".to_owned()), Duration::from_secs(45));
                self.tell(Msg::Heard(Heard::Closed { why, again_in }));
                self.plan.answer = Answer::Never;
                self.pass(TimeDelta::seconds(19));
                self.pass(TimeDelta::seconds(19));
            }
            State::SignedOut => self.tell(Msg::Heard(Heard::SignedOut)),
            _ => {}
        }
    }

    /// Has a dialog opened by keys, and answers where. Each has its place here: one that is new does not compile without.
    pub fn asked(asks: Asks) -> Self {
        let mut played = Self::begin(&Plan::default());
        played.model.mode = Mode::Write;
        let (screen, below, key) = match asks {
            Asks::TestCall => ('2', 0, 'T'),
            Asks::CancelJob => ('5', 2, 'X'),
            Asks::Acknowledge => ('4', 0, 'A'),
            Asks::Resume => ('1', 6, 'P'),
            Asks::Pause => ('1', 1, 'P'),
            Asks::PauseDuringCalls => ('1', 0, 'P'),
            Asks::Reveal => ('2', 0, 'z'),
            Asks::Bundle => ('1', 0, 'E'),
        };
        played.model.session.permissions.push(Permission::RevealNumbers);
        played.key(screen);
        (0..below).for_each(|_| played.key('j'));
        played.key(key);
        played
    }

    /// Holds answers back from now on.
    pub fn hold(&mut self) {
        self.held = Some(Vec::new());
    }

    /// What is asked and not answered, while answers are held back.
    pub fn held(&self) -> &[Question] {
        self.held.as_deref().unwrap_or_default()
    }

    /// Has the answers come that were held back.
    pub fn release(&mut self) {
        let held = self.held.take().unwrap_or_default();
        for question in held {
            self.answer(question);
        }
    }

    pub fn key(&mut self, letter: char) {
        let shift = if letter.is_uppercase() {
            KeyModifiers::SHIFT
        } else {
            KeyModifiers::NONE
        };
        self.tell(Msg::Key(KeyEvent::new(KeyCode::Char(letter), shift)));
    }

    pub fn enter(&mut self) {
        self.press(KeyCode::Enter);
    }

    pub fn press(&mut self, code: KeyCode) {
        self.tell(Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub fn pass(&mut self, time: TimeDelta) {
        self.tell(Msg::Tick(self.model.now + time));
    }

    pub fn tell(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Compute(work) => self.tell(work()),
                Effect::Ask(question) => self.answer(question),
                _ => {}
            }
        }
    }

    fn answer(&mut self, question: Question) {
        self.asked.push(question.clone());
        if let Some(held) = &mut self.held {
            held.push(question);
            return;
        }
        let fills =
            self.plan.fills.is_none_or(|shown| shown.is_filled_by(&question)) && !matches!(question, Question::WhoAmI);
        let answer = match &self.plan.answer {
            Answer::Never if fills => return, // It never comes.
            Answer::Trouble(trouble) if fills => Err(trouble.clone()),
            _ => Ok(Answered {
                told: Box::new(told(&self.plan, &question, self.model.now)),
                missing: (self.plan.is_partial && fills).then(failed),
            }),
        };
        self.tell(Msg::Answered(question, answer, Duration::from_millis(84)));
    }
}

fn failed() -> Trouble {
    Trouble::Failed {
        status: 502,
        request: Some("7c1e02".to_owned()),
    }
}
