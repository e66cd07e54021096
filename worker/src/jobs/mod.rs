//! One thin file a job: payload in, one call of a use case, its report or error out.

mod assess_health;
mod check_billing;
mod configure_number;
mod deliver_notification;
mod diagnose;
mod follow_call;
mod mirror_alert;
mod place_call;
mod return_number;
mod rotate_token;
mod sync_calls;
mod sync_numbers;
mod verify_account;

use crate::Handlers;

/// Every kind of job of this release.
#[must_use]
pub fn handlers() -> Handlers {
    Handlers::default()
        .with(assess_health::work)
        .with(check_billing::work)
        .with(configure_number::work)
        .with(diagnose::work)
        .with(deliver_notification::work)
        .with(follow_call::work)
        .with(mirror_alert::work)
        .with(place_call::work)
        .with(return_number::work)
        .with(rotate_token::work)
        .with(sync_calls::work)
        .with(sync_numbers::work)
        .with(verify_account::work)
}

#[cfg(test)]
mod tests {
    use domain::jobs::{Known, every_kind};

    #[test]
    fn there_is_a_handler_for_every_kind_that_the_domain_knows() {
        let sorted = |mut known: Vec<Known>| {
            known.sort_by_key(|known| (known.kind, known.version));
            known
        };
        assert_eq!(sorted(super::handlers().known()), sorted(every_kind().to_vec()));
    }
}
