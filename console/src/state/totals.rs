//! How many connections are in which state.

use super::health::Health;
use super::table::Counted;

/// How many connections are in each state, worst first, and how many are stale. What is stale counts apart and nowhere else; but where
/// nothing is live all are stale, and the states are the last known ones. What is switched off is outside of both.
#[must_use]
pub fn totals<'c>(counts: impl Iterator<Item = (&'c Counted, usize)>, is_live: bool) -> (Vec<(Health, usize)>, usize) {
    let known = Health::ALL.iter().filter(|health| **health != Health::Disabled);
    let mut totals: Vec<(Health, usize)> = known.map(|health| (health.clone(), 0)).collect();
    let mut stale = 0;
    for (counted, count) in counts.filter(|(counted, _)| counted.health != Health::Disabled) {
        if counted.is_stale || !is_live {
            stale += count;
        }
        if counted.is_stale && is_live {
            continue;
        }
        match totals.iter_mut().find(|(health, _)| *health == counted.health) {
            Some((_, total)) => *total += count,
            None => totals.push((counted.health.clone(), count)),
        }
    }
    totals.sort_by_key(|(health, _)| health.rank());
    (totals, stale)
}
