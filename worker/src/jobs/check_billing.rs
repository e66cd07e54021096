//! `check-billing`: reads an account's balance and usage and judges its rules.

use domain::jobs::{CheckBilling, WorkError, Worked};
use domain::{Services, billing};

pub(super) async fn work(services: Services, job: CheckBilling) -> Result<Worked, WorkError> {
    billing::check(&services, job.account).await
}
