//! The console without a session.

use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

/// Without a session nothing that was read stays on the screen.
#[test]
fn a_screen_without_a_session_is_blank() {
    for shown in Shown::ALL {
        let mut played = Played::in_state(shown, State::SignedOut);
        for size in SIZES {
            let text = texts(&mut played.model, size);
            for name in ["Nordwind", "Acme", "+1 415"] {
                assert!(!text.contains(name), "{name} is shown:\n{text}");
            }
            assert!(text.contains("callab-console login"), "{text}");
        }
    }
}

/// A session that ends while something is open, frozen, told and revealed leaves none of it behind, and only the way out is taken.
#[test]
fn without_a_session_only_the_way_out_is_taken() {
    use console::msg::{Effect, Msg};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    let press = |code, modifiers| Msg::Key(KeyEvent::new(code, modifiers));
    for shown in Shown::ALL {
        let mut played = Played::in_state(shown, State::Write);
        played.press(KeyCode::Esc);
        played.key('f');
        played.key('y'); // A menu of what can be copied.
        let now = played.model.now;
        played.model.messages.tell(now, "Nordwind Reisen / eu-prod is paused");
        played.tell(Msg::Heard(console::connection::Heard::SignedOut));
        for letter in "yY12345L:?/e'".chars().chain("oEzTVRXAPm-".chars()) {
            let msg = press(KeyCode::Char(letter), KeyModifiers::NONE);
            let effects = console::update::update(&mut played.model, msg);
            assert!(effects.is_empty(), "{shown:?}: {letter} does {effects:?}");
        }
        for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Tab] {
            let effects = console::update::update(&mut played.model, press(code, KeyModifiers::NONE));
            assert!(effects.is_empty(), "{shown:?}: {code:?} does {effects:?}");
        }
        for size in SIZES {
            let text = texts(&mut played.model, size);
            for word in ["Nordwind", "FROZEN", "WRITE", "open", "filter"] {
                assert!(!text.contains(word), "{word} is shown:\n{text}");
            }
            assert!(
                text.lines().last().unwrap_or_default().contains("q or Ctrl-c quit"),
                "{text}"
            );
        }
        for (code, modifiers) in [
            (KeyCode::Char('q'), KeyModifiers::NONE),
            (KeyCode::Char('c'), KeyModifiers::CONTROL),
        ] {
            let effects = console::update::update(&mut played.model, press(code, modifiers));
            assert!(matches!(effects.as_slice(), [Effect::Quit]), "{shown:?}: {effects:?}");
        }
    }
}
