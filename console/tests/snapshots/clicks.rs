//! Where the rows of a list stand: a click finds the one that is drawn there, and the view stands still between keys.

use console::msg::Msg;
use console::view;

use super::dump::{SIZES, texts};
use super::played::{LISTS, Played, Shown, State};

/// The lines of the screen on which a row begins with the cursor's sign.
fn marked(text: &str, first: u16) -> Vec<u16> {
    let lines = text.lines().zip(0..).skip(usize::from(first));
    lines
        .filter(|(line, _)| line.chars().take(3).any(|letter| letter == '›'))
        .map(|(_, place)| place)
        .collect()
}

#[test]
fn a_click_selects_the_row_that_is_drawn_there() {
    let mut selected = 0;
    for size in SIZES {
        for shown in LISTS {
            let mut played = Played::in_state(shown, State::ReadOnly);
            played.model.size = size;
            let (first, height) = view::rows(&played.model);
            assert!(height > 0, "{shown:?} {size:?}");
            for line in first..first + height {
                let before = marked(&texts(&mut played.model, size), first);
                played.tell(Msg::Click(line));
                let text = texts(&mut played.model, size);
                let after = marked(&text, first);
                assert!(
                    after == [line] || after == before,
                    "{shown:?} {size:?} {line}: {after:?}\n{text}"
                );
                selected += usize::from(after == [line]);
            }
        }
    }
    assert!(selected > 40, "{selected}");
}

/// The scrollbar stands beside what the rows tell, also where no frame is around them.
#[test]
fn the_scrollbar_stands_on_no_row() {
    for size in SIZES {
        let mut played = Played::in_state(Shown::Overview, State::ReadOnly);
        let whole = texts(&mut played.model, (size.0, 60));
        let mut shown = 0;
        for line in texts(&mut played.model, size)
            .lines()
            .filter(|line| line.ends_with('┃'))
        {
            let row: String = line.trim_matches(['│', '┃', ' ', '›']).to_owned();
            // Its words end where those of the same row end without a scrollbar, or are marked as cut.
            let is_whole = whole.lines().any(|line| line.trim_matches(['│', '┃', ' ', '›']) == row);
            assert!(row.ends_with('…') || is_whole, "{size:?}: {line}");
            shown += 1;
        }
        assert!(size.1 > 10 || shown > 0, "no scrollbar is seen");
    }
}

/// What is remembered of the view after a frame is where that frame showed it.
#[test]
fn the_view_stands_still_between_keys() {
    for size in SIZES {
        for shown in LISTS {
            let mut played = Played::in_state(shown, State::ReadOnly);
            for key in ['G', 'k', 'k', 'g', 'j', 'j', 'G'] {
                played.key(key);
                let text = texts(&mut played.model, size);
                console::update::drawn(&mut played.model);
                assert_eq!(texts(&mut played.model, size), text, "{shown:?} {size:?} {key}");
            }
        }
    }
}
