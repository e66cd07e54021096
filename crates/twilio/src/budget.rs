//! How many requests may be under way for one account.
//!
//! Twilio counts requests of an account that run at the same time (code 20429), and the customer's own systems share
//! that allowance. So we keep to a few, whoever of us asks.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::{AccountSid, Region};

/// Leave to have one request under way, given back when dropped.
pub struct Permit(#[expect(dead_code, reason = "held for its drop alone")] Box<dyn Any + Send>);

impl Permit {
    /// A permit that lasts as long as `guard` is not dropped.
    #[must_use]
    pub fn new(guard: impl Any + Send) -> Self {
        Self(Box::new(guard))
    }
}

impl Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// Shares out the requests that may be under way for an account in a region.
#[async_trait]
pub trait Budget: Send + Sync + Debug {
    /// Waits until another request of `sid` in `region` may be sent.
    async fn acquire(&self, sid: &AccountSid, region: Region) -> Permit;
}

type Slots = HashMap<(AccountSid, Region), Arc<Semaphore>>;

/// The budget of one process. Accounts that send nothing take no memory for long.
#[derive(Debug)]
pub struct InProcessBudget {
    max_in_flight: usize,
    slots: Mutex<Slots>,
}

impl InProcessBudget {
    /// Allows `max_in_flight` requests (at least 1) at the same time for each account and region.
    #[must_use]
    pub fn new(max_in_flight: usize) -> Self {
        Self {
            max_in_flight: max_in_flight.clamp(1, Semaphore::MAX_PERMITS),
            slots: Mutex::default(),
        }
    }

    /// The slots of one account. The first request of another account throws out those nobody holds or waits for:
    /// each holder and each waiter has a reference of its own.
    fn slots_of(&self, sid: &AccountSid, region: Region) -> Arc<Semaphore> {
        let key = (sid.clone(), region);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = slots.get(&key) {
            return Arc::clone(found);
        }
        slots.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        Arc::clone(
            slots
                .entry(key)
                .or_insert_with(|| Arc::new(Semaphore::new(self.max_in_flight))),
        )
    }
}

#[async_trait]
impl Budget for InProcessBudget {
    async fn acquire(&self, sid: &AccountSid, region: Region) -> Permit {
        // `Err` means a closed semaphore, and these are never closed.
        Permit::new(self.slots_of(sid, region).acquire_owned().await.ok())
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    fn sid(digit: char) -> AccountSid {
        AccountSid::parse(&format!("AC{}", digit.to_string().repeat(32))).unwrap()
    }

    /// The permit, if it is to be had at once.
    async fn now(budget: &InProcessBudget, sid: &AccountSid, region: Region) -> Option<Permit> {
        tokio::select! {
            biased;
            permit = budget.acquire(sid, region) => Some(permit),
            () = ready(()) => None,
        }
    }

    #[tokio::test]
    async fn each_account_and_region_has_its_own_allowance() {
        let budget = InProcessBudget::new(2);
        let first = now(&budget, &sid('a'), Region::Us1).await;
        let second = now(&budget, &sid('a'), Region::Us1).await;
        assert!(first.is_some() && second.is_some());
        assert!(
            now(&budget, &sid('a'), Region::Us1).await.is_none(),
            "a third at the same time"
        );
        assert!(now(&budget, &sid('a'), Region::Ie1).await.is_some(), "another region");
        assert!(now(&budget, &sid('b'), Region::Us1).await.is_some(), "another account");
        drop(first);
        assert!(
            now(&budget, &sid('a'), Region::Us1).await.is_some(),
            "after one was given back"
        );
    }

    #[tokio::test]
    async fn idle_accounts_are_forgotten_and_busy_ones_are_not() {
        let budget = InProcessBudget::new(1);
        let busy = now(&budget, &sid('a'), Region::Us1).await;
        for digit in "0123456789".chars() {
            drop(now(&budget, &sid(digit), Region::Us1).await);
        }
        assert_eq!(
            budget.slots.lock().unwrap().len(),
            2,
            "the busy account and the last one"
        );
        assert!(now(&budget, &sid('a'), Region::Us1).await.is_none());
        drop(busy);
    }
}
