//! Where the master keys are: a file, a setting, or what a command prints.

use std::fmt;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
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
    /// A program and its arguments: it prints the text of such a file, closes its standard output and ends with success within 10
    /// seconds; otherwise it is ended, with all that it started. It is run without a shell.
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

/// Runs the command in a process group of its own, so that what it starts can be ended with it, and bounds all of it in time:
/// also the reading of what it prints, which would not end while any of its children holds its standard output open.
fn run(command: &[String]) -> Result<MasterKeys, MasterKeysError> {
    let program = program_of(command);
    let failed = |source| MasterKeysError::CommandFailed {
        program: program.to_owned(),
        source,
    };
    let until = Instant::now() + COMMAND_WITHIN;
    let mut child = Command::new(program)
        .args(command.iter().skip(1))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let (text, status) = match ended(&mut child, until) {
        Ok(Some(ended)) => ended,
        Ok(None) => {
            end(&mut child);
            return Err(MasterKeysError::CommandTooSlow {
                program: program.to_owned(),
                seconds: COMMAND_WITHIN.as_secs(),
            });
        }
        Err(error) => {
            end(&mut child);
            return Err(failed(error));
        }
    };
    if !status.success() && text.len() <= MAX_TEXT_BYTES {
        return Err(MasterKeysError::CommandEnded {
            program: program.to_owned(),
            status,
        });
    }
    MasterKeys::parse(&text).map_err(|source| MasterKeysError::UnusableOutput {
        program: program.to_owned(),
        source,
    })
}

/// What a command printed, up to a byte too many, and how it ended; none when one of the two did not come in time. It is not
/// waited for any more then.
fn ended(child: &mut Child, until: Instant) -> io::Result<Option<(Zeroizing<Vec<u8>>, ExitStatus)>> {
    let Some(text) = printed(child, until)? else {
        return Ok(None);
    };
    if text.len() > MAX_TEXT_BYTES {
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL); // It has more to say, and nobody reads it.
    }
    let left = until.saturating_duration_since(Instant::now());
    Ok(child.wait_timeout(left)?.map(|status| (text, status)))
}

fn printed(child: &mut Child, until: Instant) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut text = Zeroizing::new(vec![0; MAX_TEXT_BYTES + 1]);
    let mut bytes = 0;
    let Some(mut stdout) = child.stdout.take() else {
        return Ok(Some(Zeroizing::default()));
    };
    while bytes < text.len() {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&stdout, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match stdout.read(&mut text[bytes..]) {
            Ok(0) => break,
            Ok(more) => bytes += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    text.truncate(bytes);
    Ok(Some(text))
}

/// Ends a command that is out of time, and all that it started. One that ended by itself meanwhile is as welcome. It was not
/// waited for yet, so nobody else has its number.
fn end(child: &mut Child) {
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.kill();
    let _ = child.wait();
}
