//! `sync-numbers`: reads all of an account's numbers and brings ours in line.

use domain::jobs::{SyncNumbers, WorkError, Worked};
use domain::{Services, numbers};

pub(super) async fn work(services: Services, job: SyncNumbers) -> Result<Worked, WorkError> {
    numbers::sync(&services, job.account).await
}
