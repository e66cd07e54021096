//! `place-call`: places the call of an intent, at most once.

use domain::jobs::{PlaceCall, WorkError, Worked};
use domain::{Services, calls};

pub(super) async fn work(services: Services, job: PlaceCall) -> Result<Worked, WorkError> {
    calls::place(&services, job.intent).await
}
