//! How many connections are in which state.

use super::connection::Connection;
use super::health::Health;

/// How many connections are in each state, worst first, and how many are stale. What is stale counts apart and nowhere else; but where
/// nothing is live all are stale, and the states are the last known ones. What is switched off is outside of both.
#[must_use]
pub fn totals<'c>(rows: impl Iterator<Item = &'c Connection>, is_live: bool) -> (Vec<(Health, usize)>, usize) {
    let known = Health::ALL.iter().filter(|health| **health != Health::Disabled);
    let mut counts: Vec<(Health, usize)> = known.map(|health| (health.clone(), 0)).collect();
    let mut stale = 0;
    for row in rows.filter(|row| row.health != Health::Disabled) {
        stale += usize::from(row.is_stale || !is_live);
        if row.is_stale && is_live {
            continue;
        }
        match counts.iter_mut().find(|(health, _)| *health == row.health) {
            Some((_, count)) => *count += 1,
            None => counts.push((row.health.clone(), 1)),
        }
    }
    counts.sort_by_key(|(health, _)| health.rank());
    (counts, stale)
}
