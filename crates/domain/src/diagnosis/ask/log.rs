//! Twilio's error log of the account, as far as it is new.

use twilio::Credentials;

use super::Asked;
use crate::jobs::WorkError;
use crate::{Services, calls};

pub(super) async fn ask(services: &Services, asked: &Asked, who: &Credentials) -> Result<(), WorkError> {
    calls::read_alerts(services, &asked.account, who).await??;
    Ok(())
}
