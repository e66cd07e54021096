//! Nothing but ASCII, whatever was drawn: signs have their own forms, and here is the rest, with what customers typed.

use ratatui::buffer::Buffer;

/// Puts something else in the place of all that is not ASCII.
pub(super) fn only(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            cell.set_char(instead(cell.symbol()));
        }
    }
}

fn instead(symbol: &str) -> char {
    match symbol {
        "–" | "—" | "─" => '-',
        "…" | "·" | "•" => '.',
        "›" | "→" | "▸" => '>',
        "←" => '<',
        "“" | "”" => '"',
        "‘" | "’" => '\'',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_ascii_has_something_in_its_place() {
        let mut buffer = Buffer::with_lines(["Zoë › 東… –"]);
        only(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["Zo? > ? . -"]));
    }
}
