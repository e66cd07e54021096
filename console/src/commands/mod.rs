//! What the console does without its screen: data to standard output, messages to standard error.

mod diagnose;
mod once;

pub use diagnose::diagnose;
pub use once::{Failure, Format, once};

/// The version of what is written as JSON. Fields are only ever added.
pub const SCHEMA_VERSION: u32 = 1;
