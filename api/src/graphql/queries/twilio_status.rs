//! Twilio's public status page.

use async_graphql::{Context, Object};
use domain::twilio_status;

use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::types::TwilioStatus;

#[derive(Default)]
pub struct TwilioStatusQueries;

#[Object]
impl TwilioStatusQueries {
    /// What Twilio itself says is broken, as last read from its public status page. An event `TWILIO_STATUS_CHANGED` tells when its
    /// incidents change.
    async fn twilio_status(&self, ctx: &Context<'_>) -> Result<TwilioStatus, ApiError> {
        ctx.viewer()?;
        let services = ctx.services();
        Ok(match twilio_status::current(services).await? {
            Some(page) => {
                let is_stale = twilio_status::is_stale(services, &page, services.clock.now());
                TwilioStatus::read(page, is_stale)
            }
            None => TwilioStatus::unread(),
        })
    }
}
