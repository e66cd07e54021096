//! Colours and signs. Colour only repeats what a word and a sign say.
//!
//! Hues: Okabe and Ito, "Color Universal Design", 2008; moved in lightness until every pair reads (WCAG 2 contrast of 4.5 to 1).

use ratatui::style::{Color, Modifier, Style};

use crate::state::health::Health;

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Calls cannot work.
    Failing,
    /// Works in part.
    Degraded,
    /// Suspended at Twilio.
    Suspended,
    /// Not fully checked.
    Unverified,
}

/// A set of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// For a dark background.
    Dark,
    /// For a light one.
    Light,
    /// Reads on both.
    Neutral,
    /// No colours: bold, reverse and underline only.
    Mono,
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 16 million.
    True,
    /// 256.
    Indexed,
    /// 16.
    Basic,
}

/// How everything is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// How many there are.
    pub depth: Depth,
    /// Whether signs, frames and sparklines are ASCII.
    pub ascii: bool,
}

/// Red, green and blue of a tone.
fn rgb(theme: Theme, tone: Tone) -> Option<[u8; 3]> {
    Some(match (theme, tone) {
        (Theme::Mono, _) => return None,
        (Theme::Dark, Tone::Failing) => [0xff, 0x7a, 0x45],
        (Theme::Dark, Tone::Degraded) => [0xe6, 0x9f, 0x00],
        (Theme::Dark, Tone::Suspended) => [0xd6, 0x8b, 0xb6],
        (Theme::Dark, Tone::Unverified) => [0x56, 0xb4, 0xe9],
        (Theme::Light, Tone::Failing) => [0xb0, 0x3c, 0x00],
        (Theme::Light, Tone::Degraded) => [0x8a, 0x5a, 0x00],
        (Theme::Light, Tone::Suspended) => [0x9b, 0x3f, 0x79],
        (Theme::Light, Tone::Unverified) => [0x00, 0x65, 0x9e],
        (Theme::Neutral, Tone::Failing) => [0xc1, 0x55, 0x00],
        (Theme::Neutral, Tone::Degraded) => [0x9c, 0x6c, 0x00],
        (Theme::Neutral, Tone::Suspended) => [0xa3, 0x60, 0x85],
        (Theme::Neutral, Tone::Unverified) => [0x3b, 0x7c, 0xa0],
    })
}

impl Look {
    /// The style of a tone.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Style {
        let style = if tone == Tone::Failing {
            Style::new().add_modifier(Modifier::BOLD)
        } else {
            Style::new()
        };
        match (rgb(self.theme, tone), self.depth) {
            (None, _) => style,
            (Some([r, g, b]), Depth::True) => style.fg(Color::Rgb(r, g, b)),
            (Some(rgb), Depth::Indexed) => style.fg(Color::Indexed(nearest(rgb))),
            (Some(_), Depth::Basic) => style.fg(match tone {
                Tone::Failing => Color::Red,
                Tone::Degraded => Color::Yellow,
                Tone::Suspended => Color::Magenta,
                Tone::Unverified => Color::Blue,
            }),
        }
    }

    /// The style of a state's sign and word.
    #[must_use]
    pub fn health(self, health: &Health) -> Style {
        match health {
            Health::Failing => self.tone(Tone::Failing),
            Health::Degraded => self.tone(Tone::Degraded),
            Health::Suspended => self.tone(Tone::Suspended),
            Health::Unverified => self.tone(Tone::Unverified),
            Health::Unknown | Health::Unheard(_) => Style::new().add_modifier(Modifier::BOLD),
            Health::Healthy | Health::Disabled => Style::new(),
        }
    }

    /// What is older than it should be.
    #[must_use]
    pub fn stale(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    /// The mark of what is older than it should be.
    #[must_use]
    pub fn stale_mark(self) -> &'static str {
        if self.ascii { "*" } else { "◌" }
    }

    /// The row under the cursor.
    #[must_use]
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The sign before the row under the cursor.
    #[must_use]
    pub fn cursor(self) -> &'static str {
        if self.ascii { ">" } else { "›" }
    }

    /// Heads of tables, and keys.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}

/// The nearest colour of the cube of 256.
fn nearest(rgb: [u8; 3]) -> u8 {
    const STEPS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let [r, g, b] = rgb.map(|part| {
        let distance = |step: &i32| (step - i32::from(part)).abs();
        let place = (0..STEPS.len())
            .min_by_key(|place| distance(&STEPS[*place]))
            .unwrap_or(0);
        u8::try_from(place).unwrap_or(0)
    });
    16 + 36 * r + 6 * g + b
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: [Tone; 4] = [Tone::Failing, Tone::Degraded, Tone::Suspended, Tone::Unverified];

    fn luminance([r, g, b]: [u8; 3]) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_tone_reads_on_its_background() {
        let black = [[0, 0, 0], [0x1e, 0x1e, 0x1e]];
        let white = [[0xff, 0xff, 0xff]];
        for (theme, backgrounds) in [
            (Theme::Dark, black.to_vec()),
            (Theme::Light, white.to_vec()),
            (Theme::Neutral, vec![[0, 0, 0], [0xff, 0xff, 0xff]]),
        ] {
            for tone in TONES {
                let colour = rgb(theme, tone).unwrap();
                for background in &backgrounds {
                    let found = contrast(colour, *background);
                    assert!(found >= 4.5, "{theme:?} {tone:?} on {background:?}: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn without_colour_nothing_has_one() {
        let look = Look {
            theme: Theme::Mono,
            depth: Depth::True,
            ascii: false,
        };
        for health in Health::ALL {
            assert_eq!(look.health(&health).fg, None);
        }
    }
}
