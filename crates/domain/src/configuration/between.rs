//! What of a number's change is a change of how its calls are set up. Pure.

use ::entity::configuration_change::ConfigurationKind;
use ::entity::phone_number::{self, AtTwilio, NumberState, RoutingState};

use super::Change;
use crate::numbers::routing;

/// What is to be noted of a number that was `before` and is `after`: empty when nothing of it decides calls.
///
/// That Callab has set out to write or to give back is no change yet: the end of it is.
#[must_use]
pub fn between(before: &phone_number::Model, after: &phone_number::Model) -> Vec<Change> {
    let kinds = [at_twilio(before, after), in_use(before, after), routed(before, after)];
    let mut changes: Vec<Change> = kinds
        .into_iter()
        .flatten()
        .map(|kind| Change::of_number(kind, after))
        .collect();
    for change in &mut changes {
        match change.kind {
            ConfigurationKind::RoutingDrifted => say_how(change, after),
            ConfigurationKind::RoutingBlocked | ConfigurationKind::RoutingReturned => {
                change.reason.clone_from(&after.routing_problem);
            }
            _ => {}
        }
    }
    changes
}

fn at_twilio(before: &phone_number::Model, after: &phone_number::Model) -> Option<ConfigurationKind> {
    match (&before.at_twilio, &after.at_twilio) {
        (AtTwilio::Gone, AtTwilio::Listed) => Some(ConfigurationKind::NumberListed),
        // A number that nobody asked for since the account was disconnected was not seen to go before.
        (AtTwilio::Listed | AtTwilio::Undetermined, AtTwilio::Gone) => Some(ConfigurationKind::NumberGone),
        _ => None,
    }
}

fn in_use(before: &phone_number::Model, after: &phone_number::Model) -> Option<ConfigurationKind> {
    match (&before.state, &after.state) {
        (NumberState::Available | NumberState::Removed, NumberState::Added) => Some(ConfigurationKind::NumberAdded),
        (NumberState::Added, NumberState::Removed) => Some(ConfigurationKind::NumberRemoved),
        _ => None,
    }
}

fn routed(before: &phone_number::Model, after: &phone_number::Model) -> Option<ConfigurationKind> {
    use RoutingState::{Applying, Drifted, NotOurs, Ours, ReturnBlocked, ReturnPending};
    match (&before.routing, &after.routing) {
        (Ours, Ours) => has_moved(before, after).then_some(ConfigurationKind::WebhookMoved),
        // Callab puts back what drifted by way of `Applying`.
        (Drifted, Ours) => Some(ConfigurationKind::RoutingRestored),
        (_, Ours) => Some(ConfigurationKind::RoutingApplied),
        (Ours, Drifted) => Some(ConfigurationKind::RoutingDrifted),
        (Ours | Drifted, NotOurs) => Some(ConfigurationKind::RoutingAccepted),
        (ReturnPending | ReturnBlocked | Applying, NotOurs) => Some(ConfigurationKind::RoutingReturned),
        // That Twilio no longer has the number is told as such.
        (_, Applying | ReturnBlocked) if after.at_twilio == AtTwilio::Listed => {
            let is_new = after.routing_problem.is_some() && after.routing_problem != before.routing_problem;
            is_new.then_some(ConfigurationKind::RoutingBlocked)
        }
        _ => None,
    }
}

/// Whether Callab's own address is another one.
fn has_moved(before: &phone_number::Model, after: &phone_number::Model) -> bool {
    match (&before.written_routing, &after.written_routing) {
        (Some(before), Some(after)) => before.voice_url != after.voice_url,
        _ => false,
    }
}

/// What drifted, and how.
fn say_how(change: &mut Change, after: &phone_number::Model) {
    let Some(written) = &after.written_routing else {
        return;
    };
    let deviations = routing::deviation(written, &after.seen_routing);
    change.fields = deviations
        .iter()
        .map(|deviation| deviation.field.as_str().to_owned())
        .collect();
    change.reason = routing::reason(written, &after.seen_routing, false).map(|reason| reason.as_str().to_owned());
}

#[cfg(test)]
mod tests;
