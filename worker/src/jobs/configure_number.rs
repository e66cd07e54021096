//! `configure-number`: borrows a number's routing and sets ours.

use domain::jobs::{ConfigureNumber, WorkError, Worked};
use domain::{Services, numbers};

pub(super) async fn work(services: Services, job: ConfigureNumber) -> Result<Worked, WorkError> {
    numbers::configure(&services, job.number).await
}
