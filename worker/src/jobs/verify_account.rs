//! `verify-account`: asks whether an account's credentials can do what Callab needs.

use domain::Services;
use domain::accounts::{self, Ask};
use domain::jobs::{VerifyAccount, WorkError, Worked};

pub(super) async fn work(services: Services, job: VerifyAccount) -> Result<Worked, WorkError> {
    Box::pin(accounts::verify(&services, job.account, Ask::WhatIsDue)).await // Large: it asks seven rights side by side.
}
