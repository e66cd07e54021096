//! Input that is not shown as it is typed.

use std::io::stdin;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// While it lives nothing that is typed is shown.
pub struct Hidden(Option<Termios>);

/// Hides what is typed from now on; does nothing where standard input is no terminal.
#[must_use]
pub fn hide_input() -> Hidden {
    let Ok(before) = tcgetattr(stdin()) else {
        return Hidden(None);
    };
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    let is_hidden = tcsetattr(stdin(), OptionalActions::Now, &hidden).is_ok();
    Hidden(is_hidden.then_some(before))
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
