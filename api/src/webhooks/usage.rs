//! Twilio tells that a usage trigger fired.

use axum::extract::State;
use axum::http::StatusCode;
use domain::billing::{self, UsageTarget};
use domain::{Fault, Services};
use sea_orm::DbErr;
use tracing::{error, info};
use twilio::AuthToken;
use uuid::Uuid;

use super::refused::Refused;
use super::verified::{Address, Verified, kept};

/// The most characters of a firing's token.
const MAX_TOKEN: usize = 200;

impl Address for UsageTarget {
    async fn find(services: &Services, reference: &str) -> Result<Option<Self>, DbErr> {
        billing::find_usage_target(services, reference).await
    }

    fn account_sid(&self) -> &str {
        &self.account_sid
    }

    fn base_urls(&self) -> impl Iterator<Item = &str> {
        self.base_urls()
    }

    async fn tokens(&self, services: &Services, account_sid: &str) -> Result<Vec<AuthToken>, Fault> {
        billing::usage_tokens(services, self, account_sid).await
    }

    fn counted_as(&self) -> Uuid {
        self.alert.0
    }
}

/// Its figures are not believed: they make Callab read the account's own at once.
pub(super) async fn handle(
    State(services): State<Services>,
    webhook: Verified<UsageTarget>,
) -> Result<StatusCode, Refused> {
    let alert = webhook.target.alert;
    let named = |name| webhook.params.get(name).map(|token| kept(token, MAX_TOKEN));
    let token = named("IdempotencyToken").filter(|token| !token.is_empty());
    let token = token.or_else(|| named("DateFired")).ok_or(Refused::Malformed)?;
    let is_new = billing::fired(&services, &webhook.target, &token)
        .await
        .map_err(|error| {
            let error = &error as &dyn std::error::Error;
            error!(error, billing_alert.id = %alert, "could not note that the trigger of rule {alert} fired");
            Refused::Unavailable
        })?;
    info!(billing_alert.id = %alert, is_new, "the trigger of rule {alert} fired");
    Ok(StatusCode::NO_CONTENT)
}
