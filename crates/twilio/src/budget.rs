//! How many requests may be under way for one account.
//!
//! Twilio counts requests of an account that run at the same time (code 20429), and the customer's own systems share
//! that allowance. So we keep to a few, whoever of us asks.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::Instant;

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

    /// Lets no further request of `sid` in `region` start for the time of `pause`: Twilio has asked for it. A pause that lasts
    /// longer already is not shortened.
    async fn slow_down(&self, sid: &AccountSid, region: Region, pause: Duration);
}

/// An account in a region, for as long as it sends requests or is paused.
#[derive(Debug)]
struct Account {
    slots: Arc<Semaphore>,
    paused_until: Mutex<Option<Instant>>,
}

impl Account {
    /// When the next request may start. `None` when that is now.
    fn paused_until(&self) -> Option<Instant> {
        let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }
}

/// The budget of one process. Accounts that send nothing take no memory for long.
#[derive(Debug)]
pub struct InProcessBudget {
    max_in_flight: usize,
    accounts: Mutex<HashMap<(AccountSid, Region), Arc<Account>>>,
}

impl InProcessBudget {
    /// Allows `max_in_flight` requests (at least 1) at the same time for each account and region.
    #[must_use]
    pub fn new(max_in_flight: usize) -> Self {
        Self {
            max_in_flight: max_in_flight.clamp(1, Semaphore::MAX_PERMITS),
            accounts: Mutex::default(),
        }
    }

    /// One account. The first request of another throws out those that are not paused and that nobody holds a slot of or waits
    /// for: each holder and each waiter has a reference of its own.
    fn account(&self, sid: &AccountSid, region: Region) -> Arc<Account> {
        let key = (sid.clone(), region);
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = accounts.get(&key) {
            return Arc::clone(found);
        }
        accounts.retain(|_, account| Arc::strong_count(account) > 1 || account.paused_until().is_some());
        let new = Arc::new(Account {
            slots: Arc::new(Semaphore::new(self.max_in_flight)),
            paused_until: Mutex::default(),
        });
        Arc::clone(accounts.entry(key).or_insert(new))
    }
}

#[async_trait]
impl Budget for InProcessBudget {
    async fn acquire(&self, sid: &AccountSid, region: Region) -> Permit {
        let account = self.account(sid, region);
        // `Err` means a closed semaphore, and these are never closed.
        let slot = Arc::clone(&account.slots).acquire_owned().await.ok();
        while let Some(until) = account.paused_until() {
            tokio::time::sleep_until(until).await;
        }
        Permit::new((slot, account))
    }

    async fn slow_down(&self, sid: &AccountSid, region: Region, pause: Duration) {
        let account = self.account(sid, region);
        let mut paused_until = account.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused_until = (*paused_until).max(Some(Instant::now() + pause));
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
            budget.accounts.lock().unwrap().len(),
            2,
            "the busy account and the last one"
        );
        assert!(now(&budget, &sid('a'), Region::Us1).await.is_none());
        drop(busy);
    }

    #[tokio::test]
    async fn nothing_of_an_account_starts_during_its_pause() {
        let budget = InProcessBudget::new(4);
        let pause = Duration::from_millis(200);
        let begun = Instant::now();
        budget.slow_down(&sid('a'), Region::Us1, pause).await;
        budget.slow_down(&sid('a'), Region::Us1, pause / 10).await;
        for digit in "0123456789".chars() {
            let other = now(&budget, &sid(digit), Region::Us1).await;
            assert!(
                other.is_some(),
                "another account, which does not make the pause forgotten"
            );
        }
        assert!(now(&budget, &sid('a'), Region::Ie1).await.is_some(), "another region");
        assert!(now(&budget, &sid('a'), Region::Us1).await.is_none());
        let _permit = budget.acquire(&sid('a'), Region::Us1).await;
        assert!(begun.elapsed() >= pause, "after {:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn who_waits_already_is_held_up_by_a_pause_too() {
        let budget = InProcessBudget::new(1);
        let first = now(&budget, &sid('a'), Region::Us1).await;
        let pause = Duration::from_millis(200);
        let begun = Instant::now();
        let next = async {
            let _permit = budget.acquire(&sid('a'), Region::Us1).await;
            begun.elapsed()
        };
        let told = async {
            budget.slow_down(&sid('a'), Region::Us1, pause).await;
            drop(first);
        };
        let (waited, ()) = tokio::join!(next, told);
        assert!(waited >= pause, "after {waited:?}");
    }
}
