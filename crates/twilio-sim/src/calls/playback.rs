//! What the agent has sent to be heard, and the marks in it.

use std::collections::VecDeque;

/// Bytes of 8 kHz mu-law in one 20 ms frame.
pub(super) const FRAME_BYTES: usize = 160;

#[derive(Debug, PartialEq, Eq)]
enum Queued {
    Audio { bytes: usize },
    Mark(String),
}

/// The agent's audio that the caller has not heard yet.
#[derive(Debug, Default)]
pub(super) struct Playback(VecDeque<Queued>);

impl Playback {
    pub(super) fn add_audio(&mut self, bytes: usize) {
        self.0.push_back(Queued::Audio { bytes });
    }

    pub(super) fn add_mark(&mut self, name: String) {
        self.0.push_back(Queued::Mark(name));
    }

    /// Plays one frame and gives the marks that were reached.
    pub(super) fn advance(&mut self) -> Vec<String> {
        let mut left = FRAME_BYTES;
        let mut reached = Vec::new();
        while let Some(front) = self.0.pop_front() {
            match front {
                Queued::Mark(name) => reached.push(name),
                Queued::Audio { bytes } if bytes > left => {
                    self.0.push_front(Queued::Audio { bytes: bytes - left });
                    break;
                }
                Queued::Audio { bytes } => left -= bytes,
            }
        }
        reached
    }

    /// Forgets all audio and gives the marks in it, as Twilio does on `clear`.
    pub(super) fn clear(&mut self) -> Vec<String> {
        self.0
            .drain(..)
            .filter_map(|queued| {
                if let Queued::Mark(name) = queued {
                    Some(name)
                } else {
                    None
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAME_BYTES, Playback};

    #[test]
    fn a_mark_is_reached_when_the_audio_before_it_was_played() {
        let mut playback = Playback::default();
        playback.add_audio(FRAME_BYTES * 2);
        playback.add_mark("after".to_owned());
        assert_eq!(playback.advance(), Vec::<String>::new());
        assert_eq!(playback.advance(), ["after"]);
    }

    #[test]
    fn clearing_gives_the_marks_back_at_once() {
        let mut playback = Playback::default();
        playback.add_audio(FRAME_BYTES * 100);
        playback.add_mark("end".to_owned());
        assert_eq!(playback.clear(), ["end"]);
        assert_eq!(playback.advance(), Vec::<String>::new());
    }
}
