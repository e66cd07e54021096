//! What happens, and what is to be done about it.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;

use crate::change::{Change, Done};
use crate::commands::{Ended, What};
use crate::connection::{Heard, Trouble};
use crate::queries::{audit, billing, bundle, calls, connections, diagnosis, events, jobs, numbers, viewer};
use crate::state::table::Arranged;
use crate::state::{Entry, Found, Screen};

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// Time went on.
    Tick(DateTime<Utc>),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse's wheel was turned, downwards or upwards.
    Scroll(isize),
    /// The mouse was pressed in a line of the terminal.
    Click(u16),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// The socket told something.
    Heard(Heard),
    /// A question was answered.
    Answered(Question, Result<Answered, Trouble>, Duration),
    /// The order of a screen's table was made.
    Arranged(Screen, Arranged),
    /// What fits the palette's input was found.
    Found {
        /// For which state of the input.
        generation: u64,
        /// What was found, best first.
        entries: Vec<Entry>,
    },
    /// A file was written, or could not be.
    Written(String, io::Result<()>),
}

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub told: Box<Told>,
    /// What is missing in it, where it is not whole.
    pub missing: Option<Trouble>,
}

/// What the API can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who is signed in.
    WhoAmI,
    /// The newest event, to follow from, and how many connections there are to read.
    NewestEvent,
    /// A page of connections.
    Connections {
        /// After this cursor.
        after: Option<String>,
    },
    /// All about one connection, or about one of its numbers.
    Detail {
        /// The connection's id.
        id: String,
        /// The number's id.
        number: Option<String>,
    },
    /// What happened to one connection lately.
    Timeline {
        /// The connection's id.
        id: String,
        /// Whether the operator may read the audit log.
        audit: bool,
    },
    /// The last hour of the connections on the screen, a minute at a time.
    Minutes {
        /// Their ids.
        ids: Vec<String>,
    },
    /// The rows of some connections.
    Rows {
        /// Their ids.
        ids: Vec<String>,
    },
    /// The balances of some connections in the last day.
    Balances {
        /// Their ids.
        ids: Vec<String>,
    },
    /// A page of a list.
    Page {
        /// Which list.
        screen: Screen,
        /// The connection that it is about.
        about: Option<String>,
        /// After this cursor.
        after: Option<String>,
    },
    /// One call in full.
    Call {
        /// Its id.
        id: String,
    },
    /// Which connection has a number.
    Find {
        /// The whole number, in E.164.
        number: String,
    },
    /// What a test call of a number may do and cost.
    Plan {
        /// The number's id.
        number: String,
        /// The number as it is shown.
        shown: String,
        /// Whose it is: customer and label, as they were under the cursor when the key was pressed.
        owner: String,
    },
    /// A test call.
    TestCall {
        /// Its id.
        id: String,
    },
    /// The support bundle of a connection.
    Bundle {
        /// The connection's id.
        id: String,
    },
    /// How what was asked for of a connection ends.
    End(Awaited),
    /// To have something done.
    Do(Change),
}

/// Something that was asked for of a connection, and goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// What was asked for.
    pub what: What,
    /// The connection's id.
    pub id: String,
    /// Its name: customer and label.
    pub name: String,
    /// When it was asked for, by the API's clock.
    pub asked_at: DateTime<Utc>,
}

/// What the API answered.
#[derive(Debug)]
pub enum Told {
    /// Who is signed in.
    WhoAmI(viewer::WhoAmI),
    /// The newest event, and how many connections there are.
    NewestEvent(viewer::Start),
    /// A page of connections.
    Connections(connections::AccountPage),
    /// All about one connection.
    Detail(Box<diagnosis::Detail>),
    /// What happened to one connection lately.
    Timeline(Box<diagnosis::Timeline>),
    /// The last hour of some connections.
    Minutes(Vec<diagnosis::AccountMinutes>),
    /// The rows of some connections; of those alone that there are.
    Rows(Vec<connections::Account>),
    /// The balances of some connections.
    Balances(Vec<billing::AccountBalances>),
    /// A page of numbers.
    Numbers(numbers::NumberPage),
    /// A page of calls.
    Calls(calls::CallPage),
    /// A page of episodes.
    Billing(billing::EpisodePage),
    /// A page of jobs.
    Jobs(jobs::WatchedJobs),
    /// A page of the audit log.
    Audit(audit::AuditPage),
    /// A page of events.
    Events(events::EventPage),
    /// One call in full; none where it is gone.
    Call(Option<Box<calls::CallInFull>>),
    /// The connection that has a number.
    Found(Option<Found>),
    /// What a test call may do and cost; none where the number is gone.
    Plan(Option<calls::TestCallPlan>),
    /// A test call; none where it is gone.
    TestCall(Option<Box<calls::TestCall>>),
    /// A support bundle; none where the connection is gone.
    Bundle(Option<bundle::SupportBundle>),
    /// How what was asked for ended.
    Ended(Ended),
    /// It is done; or refused, with the API's sentence.
    Done(Result<Done, String>),
}

/// Something to do outside of the model.
pub enum Effect {
    /// Ask the API.
    Ask(Question),
    /// Follow what happens.
    Follow {
        /// After this event.
        after: Option<String>,
    },
    /// End a wait for the next try at once.
    Hurry,
    /// Work something out on another thread.
    Compute(Box<dyn FnOnce() -> Msg + Send>),
    /// Hand text to the terminal's clipboard.
    Copy(String),
    /// Write a file that only its owner reads, where there is none yet.
    Write {
        /// Where.
        path: String,
        /// What it holds.
        text: String,
    },
    /// Let the mouse be reported, or not.
    Mouse(bool),
    /// Stop the program until it is continued.
    Suspend,
    /// Repaint everything.
    Repaint,
    /// End.
    Quit,
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ask(question) => write!(f, "Ask({question:?})"),
            Self::Follow { after } => write!(f, "Follow({after:?})"),
            Self::Hurry => f.write_str("Hurry"),
            Self::Compute(_) => f.write_str("Compute"),
            Self::Copy(text) => write!(f, "Copy({text:?})"),
            Self::Write { path, .. } => write!(f, "Write({path:?})"),
            Self::Mouse(on) => write!(f, "Mouse({on})"),
            Self::Suspend => f.write_str("Suspend"),
            Self::Repaint => f.write_str("Repaint"),
            Self::Quit => f.write_str("Quit"),
        }
    }
}
