//! How often somebody may ask: each person, each address, each address that cannot sign in, and Twilio for each number.
//!
//! Counted in this process alone, by the generic cell rate algorithm (`governor`): a burst at once, and then so many a minute.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_graphql::ServerError;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Actor;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::client_address;
use crate::failure::Failure;
use crate::graphql::coded;
use crate::metrics;
use crate::person::{Person, person};
use crate::trace_id::TraceId;

/// After how many questions those are forgotten who have their whole burst again.
const FORGET_EVERY: u32 = 1024;

/// The code of a request that came too soon.
pub const RATE_LIMITED: &str = "RATE_LIMITED";

/// So many requests a minute, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In a minute, evenly.
    pub per_minute: NonZeroU32,
    /// At once, after a while without any.
    pub burst: NonZeroU32,
}

/// How often. Comes from the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// One person of one workspace.
    pub principal: Rate,
    /// One address, whoever asks from there.
    pub address: Rate,
    /// One address, whose tokens do not count.
    pub failures: Rate,
    /// One kind of webhook of one number.
    pub webhooks: Rate,
}

type Limiter<K, C> = RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// What is counted as one: a kind of webhook, and the id of the row that its address stands for.
type Webhook = (&'static str, Uuid);

/// Counts requests. Cheap to clone.
#[derive(Debug)]
pub struct Rates<C: Clock = DefaultClock>(Option<Arc<Counters<C>>>);

impl<C: Clock> Clone for Rates<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Counters<C: Clock> {
    clock: C,
    principals: Limiter<Person, C>,
    addresses: Limiter<IpAddr, C>,
    failures: Limiter<IpAddr, C>,
    webhooks: Limiter<Webhook, C>,
    questions: AtomicU32,
}

impl<C: Clock> std::fmt::Debug for Counters<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counters")
    }
}

/// Too soon: the next request may come after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSoon {
    /// What is left to wait.
    pub wait: Duration,
}

impl TooSoon {
    /// In whole seconds, at least one.
    #[must_use]
    pub fn seconds(self) -> u64 {
        let whole = self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0);
        whole.max(1)
    }

    /// As an error of GraphQL's, with `extensions.retryAfter` in seconds.
    #[must_use]
    pub fn into_error(self) -> ServerError {
        let seconds = self.seconds();
        let message = format!("Too many requests of yours. Send the next one in {seconds} s.");
        let mut error = coded(RATE_LIMITED, message);
        error.extensions.get_or_insert_default().set("retryAfter", seconds);
        error
    }
}

impl Rates {
    /// Counts, by the time of this machine.
    #[must_use]
    pub fn new(limits: RateLimits) -> Self {
        Self::with_clock(limits, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Rates<C> {
    /// Counts nothing.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Counts, by this clock.
    #[must_use]
    pub fn with_clock(limits: RateLimits, clock: C) -> Self {
        Self(Some(Arc::new(Counters {
            principals: RateLimiter::new(quota(limits.principal), HashMapStateStore::default(), clock.clone()),
            addresses: RateLimiter::new(quota(limits.address), HashMapStateStore::default(), clock.clone()),
            failures: RateLimiter::new(quota(limits.failures), HashMapStateStore::default(), clock.clone()),
            webhooks: RateLimiter::new(quota(limits.webhooks), HashMapStateStore::default(), clock.clone()),
            questions: AtomicU32::new(0),
            clock,
        })))
    }

    /// Counts a request of somebody who is signed in.
    ///
    /// # Errors
    /// When it came too soon.
    pub fn count_principal(&self, actor: &Actor) -> Result<(), TooSoon> {
        let Some(counters) = &self.0 else { return Ok(()) };
        counters.count(&counters.principals, &person(actor))
    }

    /// Counts a request from an address.
    ///
    /// # Errors
    /// When it came too soon.
    pub fn count_address(&self, address: IpAddr) -> Result<(), TooSoon> {
        let Some(counters) = &self.0 else { return Ok(()) };
        counters.count(&counters.addresses, &client_address::counted(address))
    }

    /// Counts a request from an address that could not be signed in.
    ///
    /// # Errors
    /// When there were too many.
    pub fn count_failure(&self, address: IpAddr) -> Result<(), TooSoon> {
        let Some(counters) = &self.0 else { return Ok(()) };
        counters.count(&counters.failures, &client_address::counted(address))
    }

    /// Counts a webhook of this kind that Twilio signed, for the number or rule with this id. Strangers are not to come this far: what
    /// they make up would be remembered, and what they repeat would keep the number's own calls out.
    ///
    /// # Errors
    /// When it came too soon.
    pub fn count_webhook(&self, kind: &'static str, of: Uuid) -> Result<(), TooSoon> {
        let Some(counters) = &self.0 else { return Ok(()) };
        counters.count(&counters.webhooks, &(kind, of))
    }

    /// How many are remembered.
    #[cfg(test)]
    fn remembered(&self) -> usize {
        let counters = self.0.as_ref();
        counters.map_or(0, |all| {
            all.principals.len() + all.addresses.len() + all.failures.len() + all.webhooks.len()
        })
    }
}

impl<C: Clock> Counters<C> {
    fn count<K>(&self, limiter: &Limiter<K, C>, key: &K) -> Result<(), TooSoon>
    where
        K: std::hash::Hash + Eq + Clone,
    {
        if self.questions.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.forget();
        }
        limiter.check_key(key).map_err(|until| TooSoon {
            wait: until.wait_time_from(self.clock.now()),
        })
    }

    /// Who has the whole burst again is as good as never seen.
    fn forget(&self) {
        self.principals.retain_recent();
        self.addresses.retain_recent();
        self.failures.retain_recent();
        self.webhooks.retain_recent();
        self.principals.shrink_to_fit();
        self.addresses.shrink_to_fit();
        self.failures.shrink_to_fit();
        self.webhooks.shrink_to_fit();
    }
}

fn quota(rate: Rate) -> Quota {
    Quota::per_minute(rate.per_minute).allow_burst(rate.burst)
}

/// Counts requests by the address they come from, and those that could not be signed in once more. Whose tokens count are not kept
/// waiting by others of the same address whose tokens do not.
pub async fn count_addresses(State(rates): State<Rates>, request: Request, next: Next) -> Response {
    let trace_id = TraceId::of(&request);
    let Some(address) = client_address::of(request.extensions()) else {
        return next.run(request).await;
    };
    if let Err(too_soon) = rates.count_address(address) {
        return refused("address", "Too many requests from this address.", too_soon, &trace_id).into_response();
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    match rates.count_failure(address) {
        Ok(()) => response,
        Err(too_soon) => refused(
            "failures",
            "Too many requests that could not be signed in.",
            too_soon,
            &trace_id,
        )
        .into_response(),
    }
}

/// What is answered to who came too soon, counted under `which`.
pub(crate) fn refused(which: &'static str, message: &'static str, too_soon: TooSoon, trace_id: &TraceId) -> Failure {
    metrics::refused(RATE_LIMITED, which);
    let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, RATE_LIMITED, message, trace_id);
    failure.with_header(header::RETRY_AFTER, HeaderValue::from(too_soon.seconds()))
}

#[cfg(test)]
mod tests;
