//! What is left of a bug: a file that only the operator can read.

use std::backtrace::Backtrace;
use std::fs;
use std::panic::PanicHookInfo;
use std::path::PathBuf;

use crate::scrub::scrub;
use crate::surroundings::{now, state_folder, write_private};

/// The longest message: it may quote what the API said.
const LONGEST: usize = 400;

/// What happened, in one line without control characters.
pub(super) fn sentence(info: &PanicHookInfo) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
    format!("{}{}", scrub(message, LONGEST), place.unwrap_or_default())
}

/// Writes the report; none where nothing can be written. It holds the version, the time, the thread, the sentence and the
/// functions that were at work: nothing of what was shown, and no session.
pub(super) fn write(info: &PanicHookInfo) -> Option<PathBuf> {
    let folder = state_folder()?;
    fs::create_dir_all(&folder).ok()?;
    let at = now();
    let path = folder.join(format!("bug-{}-{}.txt", at.format("%Y%m%dT%H%M%S"), std::process::id()));
    let thread = std::thread::current();
    let text = format!(
        "callab-console {}\n{}\nthread {}\n{}\n\n{}",
        env!("CARGO_PKG_VERSION"),
        at.to_rfc3339(),
        thread.name().unwrap_or("without a name"),
        sentence(info),
        Backtrace::force_capture(),
    );
    write_private(&path, &text).ok()?;
    Some(path)
}
