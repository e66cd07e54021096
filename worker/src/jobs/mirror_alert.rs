//! `mirror-alert`: keeps a rule's usage trigger at Twilio.

use domain::jobs::{MirrorAlert, WorkError, Worked};
use domain::{Services, billing};

pub(super) async fn work(services: Services, job: MirrorAlert) -> Result<Worked, WorkError> {
    billing::mirror(&services, job.alert).await
}
