//! What is counted in this process, for `/metrics` on the ops address.
//!
//! The other crates count through the facade `metrics`, each with its names in a `metrics.rs` of its own; in a process without
//! [`start`], such as a test's, that costs next to nothing and goes nowhere. To add a metric: a constant and a description there, its row in `docs/operations.md`.

use std::time::Duration;

use ::metrics::{describe_gauge, gauge, set_global_recorder};
use anyhow::Context;
use api::ops::Counted;
use domain::{Clock, SystemClock};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use tokio_util::sync::CancellationToken;

/// Always 1. Label: `version`.
pub const BUILD_INFO: &str = "callab_build_info";

/// When the process began to count, in seconds since 1970. Its name is the one that Prometheus's own libraries use.
pub const START_TIME_SECONDS: &str = "process_start_time_seconds";

/// How often what was measured is put into its buckets. Until then each measurement takes memory of its own.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Counts from now on, until the process ends; upkeep ends with `stop`. To be called once in a process, within its runtime.
///
/// # Errors
/// When the process counts already.
pub fn start(stop: CancellationToken) -> anyhow::Result<Counted> {
    let recorder = recorder()?;
    let handle = recorder.handle();
    set_global_recorder(recorder).context("the process counts already")?;
    describe();
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let seconds = Duration::from_millis(SystemClock.now().timestamp_millis().unsigned_abs());
    gauge!(START_TIME_SECONDS).set(seconds.as_secs_f64());
    let upkeep = handle.clone();
    tokio::spawn(async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(UPKEEP_EVERY))
            .await
            .is_some()
        {
            upkeep.run_upkeep();
        }
    });
    Ok(Counted::new(move || handle.render()))
}

/// What keeps the counts, with the buckets of every histogram.
///
/// # Errors
/// When a histogram has no buckets.
pub fn recorder() -> anyhow::Result<PrometheusRecorder> {
    let mut builder = PrometheusBuilder::new();
    let histograms = [
        &api::metrics::BUCKETS[..],
        &worker::metrics::BUCKETS,
        &twilio::metrics::BUCKETS,
    ]
    .concat();
    for (name, buckets) in histograms {
        let matcher = Matcher::Full(name.to_owned());
        builder = builder
            .set_buckets_for_metric(matcher, buckets)
            .with_context(|| format!("{name} has no buckets"))?;
    }
    Ok(builder.build_recorder())
}

/// Tells the recorder what each metric of the product is.
pub fn describe() {
    api::metrics::describe();
    domain::metrics::describe();
    twilio::metrics::describe();
    worker::metrics::describe();
    describe_gauge!(BUILD_INFO, "Always 1, labelled with the release");
    describe_gauge!(
        START_TIME_SECONDS,
        "When the process began to count, in seconds since 1970"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_counts_once_and_tells_its_release() {
        let stop = CancellationToken::new();
        let counted = start(stop.clone()).unwrap();
        assert!(start(stop).is_err());
        let told = counted.render();
        let version = env!("CARGO_PKG_VERSION");
        assert!(
            told.contains(&format!("callab_build_info{{version=\"{version}\"}} 1\n")),
            "{told}"
        );
        assert!(told.contains("process_start_time_seconds 1"), "{told}");
    }
}
