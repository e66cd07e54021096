//! The benchmarks: `just bench`, or `just bench webhook` for those whose name holds a word.
//!
//! Each figure stands beside a floor: the least it can cost here, taken in the same run. Nothing fails for being slow; what the
//! figures should be, what they were and why is in `docs/benchmarks.md`. The product runs as in the end-to-end tests, on SQLite or
//! with `CALLAB_TEST_DATABASE=postgres`; simulated Twilio, clients and product share this process and its processors.
#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

mod diagnose;
mod figures;
mod first_sync;
mod health;
mod inbound_webhook;
mod jobs;
mod number_list;
mod row_security;
mod start;
mod statements;
mod vault_rotation;
mod worker_process;

use anyhow::Result;
use callab_tests::database::is_postgres;

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds options of its own, such as `--bench`.
    let filter: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let wanted = |name: &str| filter.is_empty() || filter.iter().any(|word| name.contains(word.as_str()));

    let processors = std::thread::available_parallelism()?;
    let database = if is_postgres() { "PostgreSQL" } else { "SQLite" };
    println!("{processors} processors, {database}");
    if cfg!(debug_assertions) {
        println!("a debug build: its figures mean nothing");
    }
    if wanted("inbound-webhook") {
        inbound_webhook::run().await?;
    }
    if wanted("number-list") {
        number_list::run().await?;
    }
    if wanted("row-security") {
        row_security::run().await?;
    }
    if wanted("diagnose") {
        diagnose::run().await?;
    }
    if wanted("health") {
        Box::pin(health::run()).await?;
    }
    if wanted("first-sync") {
        first_sync::run().await?;
    }
    if wanted("jobs") {
        jobs::run().await?;
    }
    if wanted("jobs-million") {
        jobs::run_a_million().await?;
    }
    if wanted("worker") {
        worker_process::run().await?;
    }
    if wanted("vault") {
        vault_rotation::run().await?;
    }
    if wanted("start") {
        start::run()?;
    }
    Ok(())
}
