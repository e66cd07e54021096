//! Late answers of the terminal's: what it was asked at the start may come when keys are read already, and would be taken for
//! keys.
//!
//! Answers that begin with `ESC [ ?` never come to here: crossterm knows the one that the console may get (`…c`, of the question for
//! the device) and swallows it. One that ends in `$y` is the answer to a question for a mode. The console asks for none, and
//! crossterm 0.29 would take what follows it for its end, up to the next `c` or `u`: let nothing here ask for modes.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyModifiers};

/// Between two characters of an answer there is no more time than this.
const TOGETHER: Duration = Duration::from_millis(100);

/// Finds answers among keys. `ESC ]` begins one, and reads as Alt-`]`; `ESC \` or the bell ends it. Alt is free by intent.
#[derive(Debug, Default)]
pub struct Replies {
    /// When the last character of the answer came that is not yet at its end.
    within: Option<Instant>,
}

impl Replies {
    /// Whether this is a part of an answer, and no key.
    pub fn swallows(&mut self, event: &Event, now: Instant) -> bool {
        let Event::Key(key) = event else { return false };
        let is_alt = key.modifiers.contains(KeyModifiers::ALT);
        let is_within = self.within.is_some_and(|last| now.duration_since(last) <= TOGETHER);
        let begins = is_alt && matches!(key.code, KeyCode::Char(']' | 'P' | '_' | '^' | 'X'));
        let ends = match key.code {
            KeyCode::Char('\\') => is_alt,
            KeyCode::Char('g') => key.modifiers.contains(KeyModifiers::CONTROL),
            _ => false,
        };
        self.within = (begins || is_within && !ends).then_some(now);
        begins || is_within
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyEvent;

    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    #[test]
    fn an_answer_is_no_key_and_what_follows_it_is() {
        for end in [key('\\', KeyModifiers::ALT), key('g', KeyModifiers::CONTROL)] {
            let (mut replies, now) = (Replies::default(), Instant::now());
            assert!(replies.swallows(&key(']', KeyModifiers::ALT), now));
            for c in "11;rgb:1e1e/1e1e/1e1e".chars() {
                assert!(replies.swallows(&key(c, KeyModifiers::NONE), now));
            }
            assert!(replies.swallows(&end, now));
            assert!(!replies.swallows(&key('q', KeyModifiers::NONE), now));
        }
    }

    #[test]
    fn an_answer_without_an_end_does_not_swallow_keys_for_long() {
        let (mut replies, now) = (Replies::default(), Instant::now());
        assert!(replies.swallows(&key(']', KeyModifiers::ALT), now));
        assert!(!replies.swallows(&key('q', KeyModifiers::NONE), now + Duration::from_millis(150)));
        assert!(!replies.swallows(&key('q', KeyModifiers::NONE), now + Duration::from_millis(151)));
        assert!(!replies.swallows(&key('g', KeyModifiers::CONTROL), now));
    }
}
