//! Proves that this address leads to this installation, before any number is pointed to it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{Services, installation};
use tracing::error;

use super::guard::Guard;

/// The most characters of a challenge.
const MAX_CHALLENGE: usize = 64;

pub(super) async fn handle(
    State(services): State<Services>,
    Extension(guard): Extension<Arc<Guard>>,
    Path(challenge): Path<String>,
) -> Result<String, StatusCode> {
    if challenge.len() > MAX_CHALLENGE {
        return Err(StatusCode::NOT_FOUND);
    }
    let secret = guard.installation(&services).await.map_err(|error| {
        error!(
            error = &error as &dyn std::error::Error,
            "could not read the installation's secret"
        );
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    Ok(installation::prove(secret, &challenge))
}
