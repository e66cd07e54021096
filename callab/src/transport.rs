//! How this process hears of jobs and of what other processes do: alone, or through Redis.

use std::sync::Arc;
use std::time::Duration;

use api::health::Dependency;
use domain::events::{Events, Neighbours};
use domain::jobs::Queue;
use domain::{Ids, Services};
use tokio_util::sync::CancellationToken;
use twilio::{Budget, InProcessBudget};
use worker::{MemoryTransport, RedisTransport, Source};

use crate::config;
use crate::redis::{self, RedisBudget, RedisBudgetConfig, RedisNeighbours};

/// How long a process holds a place in the budget that gives no sign: longer than any request takes ([`config::Config`] sees to that).
const BUDGET_LEASE: Duration = Duration::from_secs(30);

/// The ways between the processes of an installation. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Transport {
    /// There is one process.
    Alone(Arc<MemoryTransport>),
    /// There may be many.
    Redis {
        /// Carries the ids of jobs.
        jobs: Arc<RedisTransport>,
        /// Carries news of what changed.
        neighbours: Arc<RedisNeighbours>,
        /// Shares out the requests at Twilio.
        budget: Arc<RedisBudget>,
    },
}

impl Transport {
    /// As configured: alone without a Redis. `max_in_flight` requests at Twilio may be under way for an account. Connects in the
    /// background: a Redis that is away is waited for.
    ///
    /// # Errors
    /// When `redis.url` is no address.
    pub fn connect(settings: &config::Redis, max_in_flight: usize, ids: &dyn Ids) -> anyhow::Result<Self> {
        Ok(match redis::client(settings)? {
            None => Self::Alone(Arc::default()),
            Some(client) => Self::Redis {
                jobs: Arc::new(RedisTransport::connect(client.clone(), &settings.prefix)),
                neighbours: RedisNeighbours::connect(client.clone(), &settings.prefix, ids),
                budget: Arc::new(RedisBudget::new(
                    client,
                    RedisBudgetConfig {
                        prefix: settings.prefix.clone(),
                        process: ids.new_id().to_string(),
                        max_in_flight,
                        lease: BUDGET_LEASE,
                    },
                )),
            },
        })
    }

    /// Where use cases push the ids of jobs.
    #[must_use]
    pub fn queue(&self) -> Arc<dyn Queue> {
        match self {
            Self::Alone(memory) => memory.clone(),
            Self::Redis { jobs, .. } => jobs.clone(),
        }
    }

    /// Where the worker gets them.
    #[must_use]
    pub fn source(&self) -> Arc<dyn Source> {
        match self {
            Self::Alone(memory) => memory.clone(),
            Self::Redis { jobs, .. } => jobs.clone(),
        }
    }

    /// The way of events to live views.
    #[must_use]
    pub fn events(&self) -> Events {
        match self {
            Self::Alone(_) => Events::default(),
            Self::Redis { neighbours, .. } => Events::new(neighbours.clone() as Arc<dyn Neighbours>),
        }
    }

    /// How many requests at Twilio may be under way for an account: in this process, or in all together.
    #[must_use]
    pub fn budget(&self, max_in_flight: usize) -> Arc<dyn Budget> {
        match self {
            Self::Alone(_) => Arc::new(InProcessBudget::new(max_in_flight)),
            Self::Redis { budget, .. } => budget.clone(),
        }
    }

    /// What readiness reports of it.
    #[must_use]
    pub fn dependency(&self) -> Dependency {
        match self {
            Self::Alone(_) => Dependency::not_used("redis"),
            Self::Redis {
                jobs,
                neighbours,
                budget,
            } => {
                let (jobs, neighbours, budget) = (jobs.clone(), neighbours.clone(), budget.clone());
                let is_up = move || std::future::ready(jobs.is_up() && neighbours.is_up() && budget.is_up());
                Dependency::new("redis", is_up)
            }
        }
    }

    /// Hears other processes, until `stop`.
    pub async fn hear(&self, services: &Services, stop: CancellationToken) {
        if let Self::Redis { neighbours, .. } = self {
            neighbours.hear(&services.events, stop).await;
        }
    }

    /// Sends what waits to be sent. Nothing more can be pushed then.
    pub async fn close(&self) {
        if let Self::Redis { jobs, .. } = self {
            jobs.close().await;
        }
    }
}
