//! Panics on demand, in debug builds alone: the tests look at what a panic leaves of the terminal.

/// Panics where `CALLAB_CONSOLE_PANIC` names this part of the program.
pub(crate) fn stumble(part: &str) {
    if cfg!(debug_assertions) {
        let named = crate::surroundings::variable("CALLAB_CONSOLE_PANIC");
        assert!(named.as_deref() != Some(part), "asked to panic: {part}");
    }
}
