//! What lies over the screen.

use chrono::{DateTime, TimeDelta, Utc};
use tui_input::Input;

use super::connection::Connection;
use super::table::Row;
use crate::action::Action;
use crate::change::Change;

/// For so long after a dialog opened it takes no key: what was typed before it came is no answer to it.
const DEAF_FOR: TimeDelta = TimeDelta::milliseconds(300);

/// What lies over the screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The filter is typed.
    Filter(Input),
    /// The keys that work here.
    Help(Help),
    /// What was said before: the first line that is shown.
    Messages(usize),
    /// One box over actions, screens, connections and views.
    Palette(Palette),
    /// One of a few.
    Menu(Menu),
    /// A row in full.
    Inspect(Inspect),
    /// Whether to do something.
    Dialog(Dialog),
    /// A test call, as it goes on.
    TestCall,
}

/// The help, and what is searched in it.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// What is searched.
    pub search: Input,
    /// Whether keys are typed into the search.
    pub is_searching: bool,
    /// The first line that is shown.
    pub offset: usize,
}

/// The palette.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    /// What fits it, best first.
    pub entries: Vec<Entry>,
    /// The chosen one.
    pub cursor: usize,
    /// For which state of the input the entries were found.
    pub generation: u64,
}

/// Something that the palette leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it says.
    pub title: String,
    /// Its key; empty if it has none.
    pub key: String,
    /// Why it is off.
    pub off: Option<String>,
    /// Where it leads.
    pub goal: Goal,
}

/// Where an entry leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Does what a key does.
    Do(Action),
    /// Opens a connection.
    Open(String),
    /// Opens a connection, and does there what a key does.
    On(Action, String),
    /// Opens the connection that has a whole number.
    Find(String),
    /// Shows the Overview with a filter.
    Filter(String),
    /// Filters by a saved view.
    View(View),
    /// Hands text to the terminal's clipboard.
    Copy(String),
}

/// A saved view: how the Overview is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The filter.
    pub filter: String,
    /// Whether only problems are shown.
    pub problems_only: bool,
    /// The order, by its name; the usual one if none.
    pub sort: Option<String>,
}

impl View {
    /// The place of its order among those of connections.
    #[must_use]
    pub fn sort(&self) -> usize {
        let sort = self.sort.as_deref();
        let place = sort.and_then(|sort| Connection::SORTS.iter().position(|known| *known == sort));
        place.unwrap_or(0)
    }
}

/// One of a few.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What is chosen.
    pub title: String,
    /// The choices.
    pub entries: Vec<Entry>,
    /// The chosen one.
    pub cursor: usize,
}

/// A row in full.
#[derive(Clone, Debug, Default)]
pub struct Inspect {
    /// The row's id in the API.
    pub id: String,
    /// What it is.
    pub title: String,
    /// All that is known, a line each.
    pub lines: Vec<String>,
    /// The first line that is shown.
    pub offset: usize,
}

macro_rules! asks {
    ($($(#[doc = $doc:literal])+ $variant:ident = $title:literal, $yes:literal;)+) => {
        /// What a dialog asks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Asks { $($(#[doc = $doc])+ $variant,)+ }

        impl Asks {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The question.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What the button says that does it.
            #[must_use]
            pub fn yes(self) -> &'static str {
                match self { $(Self::$variant => $yes,)+ }
            }
        }
    };
}

asks! {
    /// To make a test call.
    TestCall = "Start a test call?", "Start";
    /// To call a job off.
    CancelJob = "Cancel this job?", "Cancel the job";
    /// To take note of an alert.
    Acknowledge = "Acknowledge this alert?", "Acknowledge";
    /// To let a connection go on.
    Resume = "Resume this connection?", "Resume";
    /// To stop a connection's checks.
    Pause = "Pause this connection?", "Pause";
    /// The same while it has calls.
    PauseDuringCalls = "Pause this connection?", "Pause";
    /// To see a whole number.
    Reveal = "Reveal this number?", "Reveal";
    /// To write a bundle.
    Bundle = "Write the support bundle?", "Write";
}

/// Whether to do something. It starts on Cancel.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// The question.
    pub asks: Asks,
    /// The target, the effect and the cost, a line each.
    pub lines: Vec<String>,
    /// What can be done; several where one has to be chosen.
    pub choices: Vec<(String, Change)>,
    /// The chosen one.
    pub chosen: usize,
    /// What has to be typed.
    pub typed: Option<Typed>,
    /// What has the keys.
    pub focus: Focus,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Whether it was sent: no key does anything until the answer comes.
    pub is_sent: bool,
}

/// A part of a dialog that has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// What is typed.
    Field,
    /// The button that does nothing.
    Cancel,
    /// The button that does it.
    Yes,
}

/// What has to be typed into a dialog.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What it is.
    pub label: &'static str,
    /// What is typed.
    pub input: Input,
    /// What it has to be.
    pub rule: Rule,
}

/// What has to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Anything, or nothing.
    Optional,
    /// Anything.
    Needed,
    /// Just this.
    Exactly(String),
}

impl Dialog {
    /// A question that is answered with Cancel or [`Asks::yes`].
    #[must_use]
    pub fn new(asks: Asks, lines: Vec<String>, change: Change, now: DateTime<Utc>) -> Self {
        Self {
            asks,
            lines,
            choices: vec![(String::new(), change)],
            chosen: 0,
            typed: None,
            focus: Focus::Cancel,
            opened_at: now,
            is_sent: false,
        }
    }

    /// The same question, with something to type.
    #[must_use]
    pub fn with_input(mut self, label: &'static str, rule: Rule) -> Self {
        self.typed = Some(Typed {
            label,
            input: Input::default(),
            rule,
        });
        self
    }

    /// The next part, around the end.
    #[must_use]
    pub fn next_focus(&self) -> Focus {
        match self.focus {
            Focus::Cancel => Focus::Yes,
            Focus::Yes if self.typed.is_some() => Focus::Field,
            Focus::Yes | Focus::Field => Focus::Cancel,
        }
    }

    /// Whether it takes keys already, and still.
    #[must_use]
    pub fn listens(&self, now: DateTime<Utc>) -> bool {
        !self.is_sent && now - self.opened_at >= DEAF_FOR
    }

    /// Why it cannot be done yet.
    #[must_use]
    pub fn blocked(&self) -> Option<String> {
        let typed = self.typed.as_ref()?;
        let text = typed.input.value().trim();
        match &typed.rule {
            Rule::Optional => None,
            Rule::Needed => text.is_empty().then(|| format!("type the {} first", typed.label)),
            Rule::Exactly(wanted) => (text != wanted).then(|| format!("type {wanted} to go on")),
        }
    }

    /// What to do, with what was typed.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        let (_, change) = self.choices.get(self.chosen)?;
        let text = self.typed.as_ref().map(|typed| typed.input.value().trim().to_owned());
        Some(change.clone().with_text(text.unwrap_or_default()))
    }
}
