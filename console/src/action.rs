//! What a key can do: one list, from which keys, help and palette are made.

use crate::queries::viewer::Permission;

/// Where an action is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Everywhere.
    Everywhere,
    /// Where rows are shown.
    Table,
    /// On a connection: selected in the Overview, or open.
    Connection,
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
    /// The Overview.
    Overview = "overview", ["1"], Everywhere, "Overview";
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
    /// Holds the order still.
    Freeze = "freeze", ["f"], Table, "freeze the order";
    /// Reads again.
    Reload = "reload", ["ctrl-l"], Everywhere, "read again and repaint";
    /// What was said before.
    Messages = "messages", ["shift-l"], Everywhere, "messages";
    /// Copies the reply for the customer.
    CopyReply = "copy_reply", ["shift-y"], Connection, "copy a reply for the customer";
    /// Copies the id.
    Copy = "copy", ["y"], Table, "copy the SID";
    /// Asks everything afresh.
    Verify = "verify", ["shift-v"], Connection, "verify again";
    /// Reads the numbers again.
    Run = "run_again", ["shift-r"], Connection, "read the numbers again";
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
    /// What the API must allow for it; none for what only reads.
    #[must_use]
    pub fn needs(self) -> Option<Permission> {
        match self {
            Self::Verify | Self::Run => Some(Permission::CheckAccounts),
            _ => None,
        }
    }
}
