//! `sync-calls`: reads what is new in an account's call log and error log.

use domain::jobs::{SyncCalls, WorkError, Worked};
use domain::{Services, calls};

pub(super) async fn work(services: Services, job: SyncCalls) -> Result<Worked, WorkError> {
    calls::sync(&services, job.account).await
}
