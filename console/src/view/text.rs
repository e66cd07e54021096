//! Text that fits: cut, padded, and times as ages.

use chrono::{DateTime, Utc};
use ratatui::text::Line;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text in exactly `width` columns: cut with `…`, or padded.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let mut shown = cut(text, width);
    let missing = width.saturating_sub(shown.width());
    shown.extend(std::iter::repeat_n(' ', missing));
    shown
}

/// The same, padded on the left.
#[must_use]
pub fn right(text: &str, width: usize) -> String {
    let shown = cut(text, width);
    let missing = width.saturating_sub(shown.width());
    format!("{}{shown}", " ".repeat(missing))
}

/// The text in at most `width` columns; what is cut off is marked.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        shown.push(c);
    }
    if width > 0 {
        shown.push('…');
    }
    shown
}

/// The end of the text in at most `width` columns; what is cut off before it is marked.
#[must_use]
pub fn cut_front(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = Vec::new();
    let mut used = 1;
    for c in text.chars().rev() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        shown.push(c);
    }
    if width > 0 {
        shown.push('…');
    }
    shown.into_iter().rev().collect()
}

/// An id with its middle cut out: `AC9f…41c2`.
#[must_use]
pub fn middle(id: &str, width: usize) -> String {
    let count = id.chars().count();
    if count <= width || width < 3 {
        return cut(id, width);
    }
    let (head, tail) = ((width - 1).div_ceil(2), (width - 1) / 2);
    let first: String = id.chars().take(head).collect();
    let last: String = id.chars().skip(count - tail).collect();
    format!("{first}…{last}")
}

/// How long ago, in the largest whole unit: `19s`, `12m`, `3h`, `8d`.
#[must_use]
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A count with its thousands parted: `10,000`.
#[must_use]
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Words in lines of at most `width` columns.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut last) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        let word = cut(word, width.max(1));
        let gap = usize::from(!last.is_empty());
        if gap > 0 && last.width() + gap + word.width() > width {
            lines.push(std::mem::take(&mut last));
        } else if gap > 0 {
            last.push(' ');
        }
        last.push_str(&word);
    }
    lines.push(last);
    lines
}

/// Words in at most `lines` lines of at most `width` columns, one in from the edge; what is cut off is marked.
#[must_use]
pub fn paragraph(text: &str, width: u16, lines: usize) -> Vec<Line<'static>> {
    let room = usize::from(width.saturating_sub(2));
    let mut words = wrap(text, room);
    if words.len() > lines {
        words.truncate(lines);
        if let Some(last) = words.last_mut() {
            let mark = if last.width() + 2 <= room { " …" } else { "…" };
            *last = format!("{}{mark}", cut_end(last, room.saturating_sub(mark.width())));
        }
    }
    words.into_iter().map(|line| Line::from(format!(" {line}"))).collect()
}

/// The text in at most `width` columns, without a mark.
fn cut_end(text: &str, width: usize) -> &str {
    let mut used = 0;
    let is_over = |c: char| {
        used += c.width().unwrap_or(0);
        used > width
    };
    text.find(is_over).map_or(text, |end| &text[..end])
}

/// Figures as a sparkline of eight heights, on one scale: `·` for none, `_` for zero.
#[must_use]
pub fn spark(figures: impl Iterator<Item = Option<u32>>, most: u32, ascii: bool) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 8] = ['.', '.', ':', ':', '-', '=', '+', '#'];
    let bars = if ascii { ASCII } else { BARS };
    figures
        .map(|figure| match figure {
            None if ascii => ' ',
            None => '·',
            Some(0) => '_',
            Some(figure) => {
                let height = u64::from(figure) * 8 / u64::from(most.max(1));
                bars[usize::try_from(height).unwrap_or(7).clamp(1, 8) - 1]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;

    #[test]
    fn text_fits_its_columns_and_not_its_characters() {
        assert_eq!(fit("東京オフィス", 7), "東京オ…");
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(right("7", 3), "  7");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut_front("東京abcd", 6), "…abcd");
        assert_eq!(cut_front("abc", 3), "abc");
        assert_eq!(middle("AC9f02aaaaaaaaaaaaaaaaaaaaaaaad341c2", 9), "AC9f…41c2");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(12), "12");
        assert_eq!(wrap("the agent did not answer", 10), ["the agent", "did not", "answer"]);
    }

    #[test]
    fn a_paragraph_that_is_cut_ends_in_a_mark() {
        let text = |width, lines| {
            let lines = paragraph("the agent did not answer", width, lines);
            lines.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(text(12, 3), [" the agent", " did not", " answer"]);
        assert_eq!(text(12, 2), [" the agent", " did not …"]);
        assert_eq!(text(11, 1), [" the agen…"]);
        assert_eq!(text(12, 0), [] as [&str; 0]);
    }

    #[test]
    fn ages_are_in_the_largest_whole_unit() {
        let now = Utc.with_ymd_and_hms(2026, 11, 27, 14, 0, 0).unwrap();
        for (seconds, shown) in [(-5, "0s"), (19, "19s"), (720, "12m"), (7300, "2h"), (700_000, "8d")] {
            assert_eq!(age(now - TimeDelta::seconds(seconds), now), shown);
        }
    }

    #[test]
    fn a_sparkline_tells_none_from_zero() {
        let figures = [None, Some(0), Some(1), Some(4), Some(8)];
        assert_eq!(spark(figures.into_iter(), 8, false), "·_▁▄█");
        assert_eq!(spark(figures.into_iter(), 8, true), " _.:#");
    }
}
