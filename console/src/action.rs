//! What a key can do: one list, from which keys, help and palette are made.

use crate::queries::viewer::Permission;
use crate::state::Screen;

/// Where an action is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Everywhere.
    Everywhere,
    /// Where rows are shown.
    Table,
    /// On a connection: selected, open, or that of the selected row.
    Connection,
    /// On a phone number.
    Number,
    /// On a list that goes with the screen: a job, an alert, a connection.
    Row,
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $keys:expr, $place:ident, $title:literal;)+) => {
        /// One thing that a key does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[doc = $doc])+ $variant,)+ }

        impl Action {
            /// All of them, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in the configuration.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Its keys, unless others are configured.
            #[must_use]
            pub fn default_keys(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &$keys,)+ }
            }

            /// Where it is possible.
            #[must_use]
            pub fn place(self) -> Where {
                match self { $(Self::$variant => Where::$place,)+ }
            }

            /// What it does, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

actions! {
    /// One row down.
    Down = "down", ["j", "down"], Table, "next row";
    /// One row up.
    Up = "up", ["k", "up"], Table, "previous row";
    /// The first row.
    First = "first", ["g", "home"], Table, "first row";
    /// The last row.
    Last = "last", ["shift-g", "end"], Table, "last row";
    /// A page down.
    PageDown = "page_down", ["pagedown", "ctrl-d"], Table, "page down";
    /// A page up.
    PageUp = "page_up", ["pageup", "ctrl-u"], Table, "page up";
    /// Opens the row.
    Open = "open", ["enter"], Table, "open";
    /// Closes what is open; takes a filter away. Never quits.
    Back = "back", ["esc"], Everywhere, "back, or clear the filter";
    /// The next pane.
    NextPane = "next_pane", ["tab"], Everywhere, "next pane";
    /// A column to the left.
    Left = "left", ["h", "left"], Table, "column to the left";
    /// A column to the right.
    Right = "right", ["l", "right"], Table, "column to the right";
    /// Where one was before.
    LastPlace = "last_place", ["-"], Everywhere, "where you were before";
    /// The Overview.
    Overview = "overview", ["1"], Everywhere, "Overview";
    /// The numbers.
    Numbers = "numbers", ["2"], Everywhere, "Numbers";
    /// The calls.
    Calls = "calls", ["3"], Everywhere, "Calls";
    /// Billing and alerts.
    Billing = "billing", ["4"], Everywhere, "Billing & alerts";
    /// The jobs.
    Jobs = "jobs", ["5"], Everywhere, "Jobs";
    /// The audit log.
    Audit = "audit", ["6"], Everywhere, "Audit & events";
    /// One box over actions, screens and connections.
    Palette = "palette", [":"], Everywhere, "command";
    /// Saved views.
    Views = "views", ["'"], Everywhere, "saved views";
    /// Types a filter.
    Filter = "filter", ["/"], Table, "filter";
    /// The next problem.
    NextProblem = "next_problem", ["]"], Table, "next problem";
    /// The problem before.
    PreviousProblem = "previous_problem", ["["], Table, "previous problem";
    /// Only what somebody has to look at.
    ProblemsOnly = "problems_only", ["e"], Table, "problems only";
    /// Another order.
    Sort = "sort", ["s"], Table, "another order";
    /// All columns.
    Wide = "wide", ["w"], Table, "all columns, or those that fit";
    /// Holds the order still.
    Freeze = "freeze", ["f"], Table, "freeze the order";
    /// Reads again.
    Reload = "reload", ["ctrl-l"], Everywhere, "read again and repaint";
    /// What was said before.
    Messages = "messages", ["shift-l"], Everywhere, "messages";
    /// Copies the reply for the customer.
    CopyReply = "copy_reply", ["shift-y"], Connection, "copy a reply for the customer";
    /// Copies an id, a SID, or the row.
    Copy = "copy", ["y"], Row, "copy";
    /// The web app's page.
    Dashboard = "dashboard", ["o"], Connection, "link to the dashboard";
    /// Everything about a connection in a file.
    Bundle = "bundle", ["shift-e"], Connection, "support bundle";
    /// A whole number, for a minute.
    Reveal = "reveal", ["z"], Number, "reveal the number";
    /// A test call.
    TestCall = "test_call", ["shift-t"], Connection, "test call";
    /// Asks everything afresh.
    Verify = "verify", ["shift-v"], Connection, "verify again";
    /// Reads the numbers again, or tries a job again.
    Run = "run_again", ["shift-r"], Row, "run again: read the numbers, retry the job";
    /// Calls a job off, or hangs a test call up.
    Stop = "stop", ["shift-x"], Row, "stop: cancel the job, hang up";
    /// Takes note of an alert.
    Acknowledge = "acknowledge", ["shift-a"], Row, "acknowledge";
    /// Stops checks, alerts and test calls of a connection, or lets them go on.
    Pause = "pause", ["shift-p"], Connection, "pause, or resume";
    /// Whether the mouse is reported.
    Mouse = "mouse", ["m"], Everywhere, "mouse on or off";
    /// The keys that work here.
    Help = "help", ["?"], Everywhere, "help";
    /// Stops the program for a while.
    Suspend = "suspend", ["ctrl-z"], Everywhere, "suspend";
    /// Back; at the Overview, out.
    Quit = "quit", ["q"], Everywhere, "back; at the Overview, quit";
    /// Out at once.
    QuitNow = "quit_now", ["ctrl-c"], Everywhere, "quit";
}

impl Action {
    /// The same where there is little room.
    #[must_use]
    pub fn brief(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::CopyReply => "reply",
            Self::Bundle => "bundle",
            Self::Sort => "sort",
            Self::Freeze => "freeze",
            Self::Reveal => "reveal",
            Self::Run => "run again",
            Self::Stop => "stop",
            Self::Quit => "quit",
            other => other.title(),
        }
    }

    /// What the API must allow for it on a screen; none for what everybody may.
    #[must_use]
    pub fn needs(self, screen: Screen) -> Option<Permission> {
        match self {
            Self::Run | Self::Stop if screen == Screen::Jobs => Some(Permission::ManageJobs),
            Self::Verify | Self::Run => Some(Permission::CheckAccounts),
            Self::TestCall | Self::Stop => Some(Permission::TestCalls),
            Self::Acknowledge => Some(Permission::AcknowledgeBilling),
            Self::Pause => Some(Permission::PauseAccounts),
            Self::Reveal => Some(Permission::RevealNumbers),
            Self::Audit => Some(Permission::ReadAudit),
            _ => None,
        }
    }

    /// Whether it changes something, and so needs `--write`.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::Verify | Self::Run | Self::TestCall | Self::Stop | Self::Acknowledge | Self::Pause
        )
    }

    /// Whether it only moves, or works on what lies over the screen: nothing to look for in the palette.
    #[must_use]
    pub fn is_plain_move(self) -> bool {
        matches!(
            self,
            Self::Down | Self::Up | Self::First | Self::Last | Self::PageDown | Self::PageUp | Self::Left | Self::Right
        ) || matches!(self, Self::Open | Self::Back | Self::NextPane | Self::Palette)
    }

    /// The screen that it shows.
    #[must_use]
    pub fn screen(self) -> Option<Screen> {
        Some(match self {
            Self::Overview => Screen::Overview,
            Self::Numbers => Screen::Numbers,
            Self::Calls => Screen::Calls,
            Self::Billing => Screen::Billing,
            Self::Jobs => Screen::Jobs,
            Self::Audit => Screen::Audit,
            _ => return None,
        })
    }
}
