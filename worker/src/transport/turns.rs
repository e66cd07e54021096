//! Whose turn it is: urgent jobs go first, and routine ones still get their share.

use domain::jobs::QueueName;

/// One pop in so many looks at routine jobs first.
const ROUTINE_FIRST_EVERY: u32 = 8;

/// Which queue to look at first. Strict priority would starve the routine queue for as long as urgent jobs keep coming.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: u32,
}

impl Turns {
    /// Takes a turn: the queues in the order in which this pop looks at them. Urgent first, but each eighth time routine.
    pub(crate) fn take(&mut self) -> [QueueName; 2] {
        self.taken = (self.taken + 1) % ROUTINE_FIRST_EVERY;
        if self.taken == 0 {
            [QueueName::Routine, QueueName::Urgent]
        } else {
            [QueueName::Urgent, QueueName::Routine]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_turn_in_eight_is_routines() {
        let mut turns = Turns::default();
        let first: Vec<QueueName> = (0..16).map(|_| turns.take()[0]).collect();
        let routine = |first: &[QueueName]| first.iter().filter(|queue| **queue == QueueName::Routine).count();
        assert_eq!(routine(&first[..7]), 0);
        assert_eq!(routine(&first), 2);
    }
}
