//! `deliver-notification`: tries to deliver a notification to its endpoint.

use domain::jobs::{DeliverNotification, WorkError, Worked};
use domain::{Services, notifications};

pub(super) async fn work(services: Services, job: DeliverNotification) -> Result<Worked, WorkError> {
    notifications::deliver(&services, job.notification).await
}
