//! The product as it runs in production, with everything going wrong that can: processes of their own that are killed and frozen,
//! servers that go away, a Twilio that does not answer, clocks that disagree.
//!
//! [`cluster::Cluster`] is an installation; each test has its own. Nothing here is asked of the code, only of processes over
//! sockets and of the rows they leave. To add a test: a file here, named for what goes wrong.

#![cfg(test)]

mod backlog;
mod balancer;
#[cfg(target_os = "linux")]
mod clocks;
mod cluster;
mod customer;
mod events;
mod fairness;
mod follower;
mod frozen_worker;
mod killed_api;
mod killed_worker;
mod migrating;
mod planted_secrets;
mod postgres_restart;
mod process;
mod recorder;
mod redis_away;
mod rows;
mod sigterm;
mod tls;
mod trouble;
mod twice_nudged;
mod twilio_trouble;
mod unknown_jobs;
mod until;
