//! What the operating system is told of memory that holds keys.

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};

/// Keeps this process's memory out of core dumps and, on Linux, from other processes of the same user.
///
/// Source: `prctl(2)`, `PR_SET_DUMPABLE`; `setrlimit(2)`, `RLIMIT_CORE`.
///
/// # Errors
/// When the operating system refuses.
pub fn keep_private() -> anyhow::Result<()> {
    const WHAT: &str = "could not keep this process's memory out of core dumps";
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).context(WHAT)?;
    // Other systems know no such thing.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).context(WHAT)?;
    Ok(())
}
