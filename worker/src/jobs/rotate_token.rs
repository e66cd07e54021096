//! `rotate-token`: leads a change of an account's Auth Token to its end.

use domain::Services;
use domain::accounts::rotation;
use domain::jobs::{RotateToken, WorkError, Worked};

pub(super) async fn work(services: Services, job: RotateToken) -> Result<Worked, WorkError> {
    rotation::run(&services, job.rotation).await
}
