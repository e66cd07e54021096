//! Everything that the product counts in this test process, for tests that search it.

use std::sync::OnceLock;

use metrics::set_global_recorder;
use metrics_exporter_prometheus::PrometheusHandle;

/// Starts to keep what is counted, by all tests of this process; the same at every call.
///
/// # Panics
/// When a histogram has no buckets.
pub fn keep() -> PrometheusHandle {
    static KEPT: OnceLock<PrometheusHandle> = OnceLock::new();
    let keep = || {
        let recorder = callab::metrics::recorder().expect("buckets");
        let handle = recorder.handle();
        let _ = set_global_recorder(recorder);
        callab::metrics::describe();
        handle
    };
    KEPT.get_or_init(keep).clone()
}
