//! Where the master keys are: a file, a setting, or what a command prints.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use wait_timeout::ChildExt;
use zeroize::Zeroizing;

use crate::master_keys::MAX_TEXT_BYTES;
use crate::{MasterKeys, MasterKeysError};

/// How long a command may take to print the keys.
const COMMAND_WITHIN: Duration = Duration::from_secs(10);

/// Where the master keys are read, and read again when a row names one that is not known yet.
#[derive(Clone)]
pub enum KeySource {
    /// A file that only its owner may read.
    File(PathBuf),
    /// The text of such a file, as a setting has it. Commas stand for line breaks.
    Text(SecretString),
    /// A program and its arguments: it prints the text of such a file and ends with success within 10 seconds. It is run
    /// without a shell.
    Command(Vec<String>),
}

impl KeySource {
    /// Reads the keys. Blocks for as long as a disk or the command takes.
    ///
    /// # Errors
    /// [`MasterKeysError::Missing`] when there is no such file; otherwise what an operator has to put right.
    pub fn read(&self) -> Result<MasterKeys, MasterKeysError> {
        match self {
            Self::File(path) => MasterKeys::read(path),
            Self::Text(text) => {
                let lines = Zeroizing::new(text.expose_secret().replace(',', "\n"));
                MasterKeys::parse(lines.as_bytes()).map_err(|source| MasterKeysError::UnusableSetting { source })
            }
            Self::Command(command) => run(command),
        }
    }

    /// The file, where the keys are in one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Text(_) | Self::Command(_) => None,
        }
    }
}

/// Tells where and never what.
impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Text(_) => f.write_str("Text"),
            Self::Command(command) => write!(f, "Command({})", program_of(command)),
        }
    }
}

fn program_of(command: &[String]) -> &str {
    command.first().map_or("", String::as_str)
}

fn run(command: &[String]) -> Result<MasterKeys, MasterKeysError> {
    let program = program_of(command);
    let failed = |source| MasterKeysError::CommandFailed {
        program: program.to_owned(),
        source,
    };
    let mut child = Command::new(program)
        .args(command.iter().skip(1))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let ended = child.wait_timeout(COMMAND_WITHIN).map_err(failed)?;
    let Some(status) = ended else {
        end(&mut child);
        return Err(MasterKeysError::CommandTooSlow {
            program: program.to_owned(),
            seconds: COMMAND_WITHIN.as_secs(),
        });
    };
    if !status.success() {
        return Err(MasterKeysError::CommandEnded {
            program: program.to_owned(),
            status,
        });
    }
    let limit = MAX_TEXT_BYTES + 1;
    let mut text = Zeroizing::new(Vec::with_capacity(limit));
    if let Some(printed) = child.stdout.take() {
        printed.take(limit as u64).read_to_end(&mut text).map_err(failed)?;
    }
    MasterKeys::parse(&text).map_err(|source| MasterKeysError::UnusableOutput {
        program: program.to_owned(),
        source,
    })
}

/// Ends a command that is out of time. One that ended by itself meanwhile is as welcome.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
