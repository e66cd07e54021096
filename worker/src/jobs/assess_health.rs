//! `assess-health`: judges whether calls can work through an account, by what is stored.

use domain::jobs::{AssessHealth, WorkError, Worked};
use domain::{Services, health};

pub(super) async fn work(services: Services, job: AssessHealth) -> Result<Worked, WorkError> {
    health::assess_account(&services, job.account).await
}
