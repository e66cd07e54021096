//! What can go wrong, in the cases a caller treats differently. No text here holds a secret.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::KeyName;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key that sealed the value is not at hand: a master key taken out of the key file too early, or another
    /// workspace's key. The value itself may be whole.
    #[error("sealed to the key {key}, which is not at hand")]
    UnknownKey {
        /// The key that would open it.
        key: KeyName,
    },
    /// The value is whole, but was sealed for another row than the one it was read from.
    #[error("sealed for another row")]
    WrongRow,
    /// The value can be opened, and was sealed by somebody who has read the key's public name, not by a holder of the key: put into
    /// the database by others. Or it is older than the proofs.
    #[error("nothing proves that this vault sealed it")]
    Unproven,
    /// The value was altered or cut off, or its key's name was exchanged. Trying again does not help.
    #[error("damaged, or not sealed by this vault")]
    Damaged,
    /// The value could not be sealed. Not known to happen with the one kind of key used here.
    #[error("could not seal")]
    Seal(#[source] age::EncryptError),
    /// There are no usable master keys.
    #[error("no usable master keys")]
    Keys(#[from] MasterKeysError),
}

/// Why master keys could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeysError {
    /// There is no such file.
    #[error("there is no key file {}", path.display())]
    Missing {
        /// The file asked for.
        path: PathBuf,
    },
    /// Others than its owner may use the file. It is not read.
    #[error("the key file {} has mode {mode:04o} and is open to others than its owner: chmod 600 it, and consider the keys known", path.display())]
    OpenToOthers {
        /// The file asked for.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is there and could not be read.
    #[error("could not read the key file {}", path.display())]
    Unreadable {
        /// The file asked for.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file was read and is not a list of age identities.
    #[error("the key file {} is not usable", path.display())]
    Unusable {
        /// The file asked for.
        path: PathBuf,
        /// What is wrong with its text.
        #[source]
        source: KeyTextError,
    },
    /// The setting with the keys is not a list of age identities.
    #[error("the setting vault.keys is not usable")]
    UnusableSetting {
        /// What is wrong with its text.
        #[source]
        source: KeyTextError,
    },
    /// The command that prints the keys could not be run, or not be read.
    #[error("could not run {program} for the master keys")]
    CommandFailed {
        /// The program.
        program: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The command that prints the keys did not end.
    #[error("{program} printed no master keys within {seconds} s and was ended")]
    CommandTooSlow {
        /// The program.
        program: String,
        /// How long it had.
        seconds: u64,
    },
    /// The command that prints the keys ended with a failure. What it says of it went to standard error.
    #[error("{program} printed no master keys: {status}")]
    CommandEnded {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// What the command printed is not a list of age identities. It is not shown.
    #[error("what {program} printed is not usable")]
    UnusableOutput {
        /// The program.
        program: String,
        /// What is wrong with its text.
        #[source]
        source: KeyTextError,
    },
    /// A new key file was asked for where there is one already. Key files are never overwritten.
    #[error("there is a key file {} already", path.display())]
    Exists {
        /// The file asked for.
        path: PathBuf,
    },
    /// All keys were to be taken out of a key file.
    #[error("no key would be left in {}", path.display())]
    LastKey {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else changed or replaced the key file while it was to be written anew from what was read before. What they made
    /// of it stays.
    #[error("the key file {} was changed or replaced by somebody else meanwhile; it was left as it is now: run the command again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The key file could not be written.
    #[error("could not write the key file {}", path.display())]
    NotWritten {
        /// The file asked for.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// What is wrong with the text of a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// No line holds an identity.
    #[error("it holds no identity")]
    Empty,
    /// A line is neither an X25519 identity, nor a comment, nor blank. What it says is not shown.
    #[error("line {line} is not an age identity (AGE-SECRET-KEY-1…)")]
    NotAnIdentity {
        /// Counted from 1.
        line: usize,
    },
    /// The text is longer than any list of identities should be.
    #[error("it is longer than {max} bytes")]
    TooLong {
        /// The longest text that is read.
        max: usize,
    },
}
