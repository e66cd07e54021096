//! `diagnose`: asks everything that a diagnosis rests on, afresh.

use domain::jobs::{Diagnose, WorkError, Worked};
use domain::{Services, diagnosis};

pub(super) async fn work(services: Services, job: Diagnose) -> Result<Worked, WorkError> {
    diagnosis::work(&services, job.run).await
}
