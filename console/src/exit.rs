//! How the program ends.

use std::process::ExitCode;

use crate::connection::Trouble;

/// The exit statuses. They are only ever added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Good.
    Good = 0,
    /// Checked, and not good.
    NotGood = 1,
    /// The command makes no sense.
    Usage = 2,
    /// Not signed in, or the role is not enough.
    SignIn = 3,
    /// The API cannot be reached.
    Unreachable = 4,
    /// The answer is not whole, or too old.
    Partial = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Trouble> for Exit {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::SignedOut | Trouble::Forbidden(_) => Self::SignIn,
            Trouble::Refused { .. } => Self::Usage,
            Trouble::Unreachable(_)
            | Trouble::Slow(_)
            | Trouble::Throttled
            | Trouble::Failed { .. }
            | Trouble::Garbage(_) => Self::Unreachable,
        }
    }
}
