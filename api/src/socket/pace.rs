//! How fast a socket is read.

use std::time::Duration;

use tokio::time::Instant;

/// The time that one message is worth: 50 in a second.
const EACH: Duration = Duration::from_millis(20);

/// How many messages may come at once.
const BURST: u32 = 200;

/// Holds up a socket that says more than a client has to say. It is not closed: what it says waits on its side of the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// When everything that was heard has been paid for.
    paid_at: Instant,
}

impl Pace {
    /// Nothing was heard.
    pub(super) fn new(now: Instant) -> Self {
        Self { paid_at: now }
    }

    /// A message was heard.
    pub(super) fn heard(&mut self, now: Instant) {
        self.paid_at = self.paid_at.max(now) + EACH;
    }

    /// From when on the next may be read.
    pub(super) fn next_at(&self, now: Instant) -> Instant {
        let ahead = self.paid_at.saturating_duration_since(now);
        now + ahead.saturating_sub(EACH * BURST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_read_at_once_and_more_than_that_at_fifty_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for _ in 0..BURST {
            pace.heard(start);
            assert_eq!(pace.next_at(start), start);
        }
        for n in 1..=100 {
            pace.heard(start);
            assert_eq!(pace.next_at(start), start + EACH * n);
        }
        let later = start + Duration::from_mins(1);
        assert_eq!(pace.next_at(later), later, "a pause makes good for it");
        for _ in 0..BURST {
            pace.heard(later);
        }
        assert_eq!(pace.next_at(later), later);
    }
}
