//! What happens, and what is to be done about it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;

use crate::connection::{Heard, Trouble};
use crate::queries::{connections, diagnosis, viewer};
use crate::state::table::Arranged;

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// Time went on.
    Tick(DateTime<Utc>),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// The socket told something.
    Heard(Heard),
    /// A question was answered.
    Answered(Question, Result<Box<Told>, Trouble>, Duration),
    /// The order of the Overview was made.
    Arranged(Arranged),
}

/// What the API can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who is signed in.
    WhoAmI,
    /// The newest event, to follow from.
    NewestEvent,
    /// A page of connections.
    Connections {
        /// After this cursor.
        after: Option<String>,
    },
    /// All about one connection.
    Detail {
        /// Its id.
        id: String,
    },
    /// To have everything checked anew.
    Verify {
        /// The connection's id.
        id: String,
    },
    /// To have the numbers read anew.
    Sync {
        /// The connection's id.
        id: String,
    },
}

/// What the API answered.
#[derive(Debug)]
pub enum Told {
    /// Who is signed in.
    WhoAmI(viewer::WhoAmI),
    /// The newest event.
    NewestEvent(String),
    /// A page of connections.
    Connections(connections::AccountPage),
    /// All about one connection.
    Detail(Box<diagnosis::Detail>),
    /// It is done; or refused, with the API's sentence.
    Done(Result<(), String>),
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
            Self::Suspend => f.write_str("Suspend"),
            Self::Repaint => f.write_str("Repaint"),
            Self::Quit => f.write_str("Quit"),
        }
    }
}
