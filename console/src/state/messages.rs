//! What the operator was told.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// How many are kept.
const KEPT: usize = 1000;

/// How long the newest is shown by itself.
const SHOWN: TimeDelta = TimeDelta::seconds(8);

/// Something that the operator was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether something went wrong.
    pub is_trouble: bool,
    /// A sentence.
    pub text: String,
}

/// The newest messages; older ones are dropped and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    kept: VecDeque<Message>,
    dropped: usize,
}

impl Messages {
    /// Tells.
    pub fn tell(&mut self, at: DateTime<Utc>, text: impl Into<String>) {
        self.push(Message {
            at,
            is_trouble: false,
            text: text.into(),
        });
    }

    /// Tells of a trouble.
    pub fn trouble(&mut self, at: DateTime<Utc>, text: impl Into<String>) {
        self.push(Message {
            at,
            is_trouble: true,
            text: text.into(),
        });
    }

    fn push(&mut self, message: Message) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(message);
    }

    /// Takes the newest back, where it is this one and is not true any more.
    pub fn take_back(&mut self, text: &str) {
        if self.kept.back().is_some_and(|message| message.text == text) {
            self.kept.pop_back();
        }
    }

    /// The newest, while it is new.
    #[must_use]
    pub fn newest(&self, now: DateTime<Utc>) -> Option<&Message> {
        self.kept.back().filter(|message| now - message.at < SHOWN)
    }

    /// All that are kept, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        self.kept.iter().rev()
    }

    /// How many were dropped.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }
}
