//! Why a command did not do what it was asked for.

use std::io;

use crate::config::ConfigError;
use crate::connection::Trouble;
use crate::exit::Exit;
use crate::session::AccessError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody can be asked.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The API did not answer.
    #[error(transparent)]
    Api(#[from] Trouble),
    /// The API refused to do it, and says why.
    #[error("{0}")]
    Refused(String),
    /// Nobody reads.
    #[error("nothing can be written: {0}")]
    Output(#[from] io::Error),
    /// The terminal, or the machine, does not do what it should.
    #[error("the terminal is gone: {0}")]
    Terminal(#[source] io::Error),
    /// The operator broke it off.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The exit status.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Config(_) => Exit::Usage,
            Self::Access(error) => Exit::from(error),
            Self::Api(trouble) => Exit::from(trouble),
            Self::Refused(_) => Exit::NotGood,
            // `| head` has what it wanted.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Good,
            Self::Output(_) => Exit::Partial,
            Self::Terminal(_) => Exit::Unreachable,
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// Whether it is to be told: not to one who reads no more, or broke it off.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !matches!(self.exit(), Exit::Good | Exit::Interrupted)
    }
}
