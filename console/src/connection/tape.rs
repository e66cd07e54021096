//! Answers as the API gave them: taken down for a report, and played from it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Bodies of answers, in their order.
#[derive(Clone, Debug, Default)]
pub struct Tape(Arc<Mutex<VecDeque<String>>>);

impl Tape {
    /// A tape with answers on it.
    #[must_use]
    pub fn of(answers: Vec<String>) -> Self {
        Self(Arc::new(Mutex::new(answers.into())))
    }

    pub(super) fn take(&self, body: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(body.to_owned());
    }

    pub(super) fn next(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// All that was taken down.
    #[must_use]
    pub fn taken(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .collect()
    }
}
