//! One connection, opened.

use super::data::Plan;
use super::dump::{SIZES, texts};
use super::played::{Played, Shown, State};

/// An open connection says why it is not healthy and who must act, also where no check fails; the cursor is on what is odd, and the
/// reply for the customer tells the reason.
#[test]
fn an_open_connection_says_why_it_is_not_healthy_and_who_must_act() {
    use console::msg::Effect;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    let mut played = Played::begin(&Plan::default());
    played.press(KeyCode::Home);
    (0..3).for_each(|_| played.key('j'));
    played.enter();
    let text = texts(&mut played.model, SIZES[0]);
    let words = text.replace(['│', '\n'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = words.join(" ");
    assert!(text.contains("Blue Harbor › us-sales"), "{text}");
    assert!(text.contains("US must act: Webhooks fail"), "{text}");
    assert!(!words.contains("Nothing is known"), "{text}");
    let odd = text.lines().find(|line| line.contains("6 Calls are routed to Callab"));
    assert!(odd.expect(&text).starts_with("│›"), "{text}");
    let key = KeyEvent::new(KeyCode::Char('Y'), KeyModifiers::SHIFT);
    let effects = console::update::update(&mut played.model, console::msg::Msg::Key(key));
    let reply = effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(reply, Some("Webhooks fail (2.1 % of 988). Callab has to act."));
}

/// However narrow the terminal is, it says who must act, and what is cut off is marked; `Enter` shows a check or a moment in full.
#[test]
fn an_open_connection_says_who_must_act_at_every_size_and_shows_the_rest_in_full() {
    use crossterm::event::KeyCode;

    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    let long = "Twilio rejects the credentials that worked before, which somebody may have changed there. ".repeat(8);
    let detail = played.model.opened.as_mut().and_then(|opened| opened.detail.as_mut());
    let check = &mut detail.expect("the checks").checks[1];
    check.sentence = Some(long.clone());
    check.fix = Some(format!("Log in to the Twilio Console. {long}"));
    for size in [(120, 36), (100, 24), (80, 24), (40, 10)] {
        let text = texts(&mut played.model, size);
        assert!(text.contains("CUSTOMER must act:"), "{text}");
        let is_cut = |line: &&str| line.split('│').any(|part| part.trim_end().ends_with('…'));
        let cut = text.lines().skip(3).filter(is_cut).count();
        assert!(
            cut >= if size.1 > 10 { 2 } else { 1 },
            "the evidence and what to do are cut:\n{text}"
        );
        assert!(!text.contains("401, 24 times"), "{text}");
    }
    played.enter();
    let text = texts(&mut played.model, SIZES[1]);
    for told in [
        "Check 2: Credentials accepted",
        "who must act: CUSTOMER",
        "to do: Log in",
    ] {
        assert!(text.contains(told), "{told} is missing:\n{text}");
    }
    played.press(KeyCode::Esc);
    played.press(KeyCode::Tab);
    played.press(KeyCode::Tab);
    played.key('j');
    played.enter();
    let text = texts(&mut played.model, SIZES[1]);
    assert!(
        text.contains("What happened") && text.contains("failed 11200: our webhook"),
        "{text}"
    );
}

/// A reference to another line is whole where the title of its own is not.
#[test]
fn what_has_the_same_cause_names_its_line_at_every_size() {
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    played.key('G');
    played.key('k');
    for (size, told) in [
        ((120, 36), "Twilio's signature val…: 20003  ← same cause as 2 "),
        ((100, 24), "← same cause as 2 "),
        ((80, 24), "Twilio's signature valid: 20003  ← same cause as 2 "),
        ((40, 10), "Twilio's sig…  ← as 2 "),
    ] {
        let text = texts(&mut played.model, size);
        assert!(text.contains(told), "{told} is missing:\n{text}");
    }
}

/// An act that is in the audit log and a change of how calls are set up is one line of the timeline, and names who it was.
#[test]
fn an_act_is_told_once_in_the_timeline() {
    let mut played = Played::in_state(Shown::Connection, State::ReadOnly);
    let lines = |played: &mut Played, word: &str| {
        let text = texts(&mut played.model, SIZES[0]);
        text.lines().filter(|line| line.contains(word)).count()
    };
    assert_eq!(lines(&mut played, "m.k••• (owner): other credentials were entered"), 1);
    assert_eq!(
        lines(
            &mut played,
            "Nightly sync (API key): +49 30 ••• 72 Test line: an agent was assigned"
        ),
        1
    );
    let moved = "m.k••• (owner): +49 30 ••• 72 Test line: the agent for incoming calls was given";
    assert_eq!(
        lines(&mut played, moved),
        1,
        "an act on an agent, which is not in the connection's log"
    );
    assert_eq!(lines(&mut played, "twilio_account.update ok"), 0);
    assert_eq!(lines(&mut played, "agent.assign"), 0);
    // What was refused changed nothing, and what changed no set-up is told by the log alone.
    assert_eq!(lines(&mut played, "m.k••• (owner) twilio_account.update refused"), 1);
    assert_eq!(lines(&mut played, "billing_episode.acknowledge"), 1);
    // Its own topic has every entry.
    played.press(crossterm::event::KeyCode::Tab);
    played.key('h');
    assert_eq!(lines(&mut played, "[audit]"), 1);
    assert_eq!(lines(&mut played, "m.k••• (owner) twilio_account.update ok"), 1);
    assert_eq!(lines(&mut played, "Nightly sync (API key) agent.assign ok"), 1);
}
