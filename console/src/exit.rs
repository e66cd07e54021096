//! How the program ends.

use std::process::ExitCode;

use crate::connection::Trouble;
use crate::session::AccessError;

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
    /// A bug; by `sysexits.h`.
    Bug = 70,
    /// Broken off by the operator.
    Interrupted = 130,
}

impl Exit {
    /// The exit of something that was checked. What is missing outweighs what is not good, as that may be missing; what is not
    /// good outweighs what is old.
    #[must_use]
    pub fn of(is_partial: bool, is_good: bool, is_stale: bool) -> Self {
        match (is_partial, is_good, is_stale) {
            (true, _, _) | (false, true, true) => Self::Partial,
            (false, false, _) => Self::NotGood,
            (false, true, false) => Self::Good,
        }
    }
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
            Trouble::Refused { code, .. } if code == "INTERNAL" => Self::Unreachable,
            Trouble::Refused { .. } => Self::Usage,
            Trouble::Unreachable(_)
            | Trouble::Slow(_)
            | Trouble::Throttled
            | Trouble::Failed { .. }
            | Trouble::Garbage(_) => Self::Unreachable,
        }
    }
}

impl From<&AccessError> for Exit {
    fn from(error: &AccessError) -> Self {
        match error {
            AccessError::NoToken
            | AccessError::OpenToOthers(_)
            | AccessError::Locked(_)
            | AccessError::NotForgotten(_) => Self::SignIn,
            AccessError::NoDemo { .. } => Self::Unreachable,
            AccessError::NoUrl
            | AccessError::NoHome
            | AccessError::NoSuchUrl(_)
            | AccessError::NotEncrypted(_)
            | AccessError::File { .. } => Self::Usage,
        }
    }
}
