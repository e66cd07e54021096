//! How long to wait before the next try.

use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(500);

/// The longest.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double from half a second to thirty, each cut down by chance to between half of it and the whole.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait; `chance` lies between 0 and 1.
    pub fn next(&mut self, chance: f64) -> Duration {
        let whole = FIRST.saturating_mul(2_u32.saturating_pow(self.tries)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        whole.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
    }

    /// Whether nothing failed since it last worked.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.tries == 0
    }

    /// It worked: the next wait is the first again.
    pub fn worked(&mut self) {
        self.tries = 0;
    }

    /// A number between 0 and 1.
    #[must_use]
    pub fn chance() -> f64 {
        let mut byte = [0];
        match getrandom::fill(&mut byte) {
            Ok(()) => f64::from(byte[0]) / 255.0,
            Err(_) => 1.0, // Without chance the whole wait.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_thirty_seconds_and_begin_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..9).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        for _ in 0..1000 {
            assert!(backoff.next(Backoff::chance()) <= LONGEST);
        }
        backoff.worked();
        assert_eq!(backoff.next(0.0), Duration::from_millis(250));
    }
}
