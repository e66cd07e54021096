//! Proves that this address leads to this installation, before any number is pointed to it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{Services, installation};
use tracing::error;

/// The most characters of a challenge.
const MAX_CHALLENGE: usize = 64;

pub(super) async fn handle(
    State(services): State<Services>,
    Path(challenge): Path<String>,
) -> Result<String, StatusCode> {
    if challenge.len() > MAX_CHALLENGE {
        return Err(StatusCode::NOT_FOUND);
    }
    let secret = installation::secret(&services).await.map_err(|error| {
        error!(
            error = &error as &dyn std::error::Error,
            "could not read the installation's secret"
        );
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    Ok(installation::prove(&secret, &challenge))
}
