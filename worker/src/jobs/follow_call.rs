//! `follow-call`: follows a test call to its verdict.

use domain::jobs::{FollowCall, WorkError, Worked};
use domain::{Services, calls};

pub(super) async fn work(services: Services, job: FollowCall) -> Result<Worked, WorkError> {
    calls::follow(&services, job.test).await
}
