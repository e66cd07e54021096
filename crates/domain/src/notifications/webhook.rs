//! One POST of a notification to a webhook.

use ::entity::notification::{self, DeliveryError};
use ::entity::notification_endpoint;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

use super::deliver::Tried;
use super::signing;
use crate::net::{Destination, NoAnswer};
use crate::{Fault, Services};

/// Posts a notification, signed. Nothing of the answer but its status is looked at.
///
/// # Errors
/// When the database fails, or the vault cannot open the endpoint's secret.
pub(super) async fn post(
    services: &Services,
    endpoint: &notification_endpoint::Model,
    notification: &notification::Model,
) -> Result<Tried, Fault> {
    // Once more: what may be asked is a setting.
    let Ok(to) = Destination::parse(&endpoint.address, services.outbound.reachable()) else {
        return Ok(Tried::failed(DeliveryError::AddressNotAllowed));
    };
    let secrets = signing::open(services, endpoint).await?;
    let body = notification.payload.to_string();
    let headers = signing::headers(&secrets, notification.id, services.clock.now(), &body)?;
    let mut request = services.outbound.post(&to).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    Ok(match services.outbound.send(request.body(body)).await {
        Ok(status) => Tried {
            status: Some(status.as_u16()),
            error: refused(status),
        },
        Err(NoAnswer::NotPublic) => Tried::failed(DeliveryError::AddressNotAllowed),
        Err(NoAnswer::NotResolved) => Tried::failed(DeliveryError::NotResolved),
        Err(NoAnswer::TimedOut) => Tried::failed(DeliveryError::TimedOut),
        Err(NoAnswer::NotConnected) => Tried::failed(DeliveryError::NotConnected),
    })
}

/// Why an answer is not a success.
fn refused(status: StatusCode) -> Option<DeliveryError> {
    if status.is_success() {
        None
    } else if status.is_redirection() {
        Some(DeliveryError::Redirected)
    } else if status == StatusCode::GONE {
        Some(DeliveryError::Gone)
    } else {
        Some(DeliveryError::Rejected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_success() {
        for (status, error) in [
            (200, None),
            (204, None),
            (299, None),
            (301, Some(DeliveryError::Redirected)),
            (307, Some(DeliveryError::Redirected)),
            (400, Some(DeliveryError::Rejected)),
            (404, Some(DeliveryError::Rejected)),
            (410, Some(DeliveryError::Gone)),
            (429, Some(DeliveryError::Rejected)),
            (503, Some(DeliveryError::Rejected)),
        ] {
            assert_eq!(refused(StatusCode::from_u16(status).unwrap()), error, "{status}");
        }
    }
}
