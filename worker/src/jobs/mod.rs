//! One thin file a job: payload in, one call of a use case, its report or error out.

mod configure_number;
mod follow_call;
mod place_call;
mod return_number;
mod sync_numbers;
mod verify_account;

use crate::Handlers;

/// Every kind of job of this release.
#[must_use]
pub fn handlers() -> Handlers {
    Handlers::default()
        .with(configure_number::work)
        .with(follow_call::work)
        .with(place_call::work)
        .with(return_number::work)
        .with(sync_numbers::work)
        .with(verify_account::work)
}
