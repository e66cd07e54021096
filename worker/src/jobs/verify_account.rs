//! `verify-account`: asks whether an account's credentials can do what Callab needs.

use domain::jobs::{VerifyAccount, WorkError, Worked};
use domain::{Services, accounts};

pub(super) async fn work(services: Services, job: VerifyAccount) -> Result<Worked, WorkError> {
    Box::pin(accounts::verify(&services, job.account)).await // Large: it asks seven rights side by side.
}
