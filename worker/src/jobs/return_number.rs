//! `return-number`: gives a number's borrowed routing back.

use domain::jobs::{ReturnNumber, WorkError, Worked};
use domain::{Services, numbers};

pub(super) async fn work(services: Services, job: ReturnNumber) -> Result<Worked, WorkError> {
    numbers::give_back(&services, job.number).await
}
