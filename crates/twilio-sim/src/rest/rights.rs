//! Which right a request needs.

use axum::http::Method;

use super::RestRequest;
use crate::accounts::Right;

/// The right a request needs; nothing where keys are not restricted.
pub(super) fn needed(request: &RestRequest) -> Option<Right> {
    let segments = request.target.segments();
    let reads = request.method == Method::GET;
    Some(match request.target.product.as_str() {
        "accounts" => Right::AuthTokens,
        "insights" => Right::Insights,
        "monitor" => Right::Alerts,
        "pricing" => Right::Pricing,
        "routes" => Right::Routes,
        "voice" => Right::Permissions,
        "api" => match segments.get(3..).unwrap_or_default() {
            [] => Right::Account,
            ["Balance.json"] => Right::Balance,
            ["OutgoingCallerIds.json", ..] => Right::CallerIds,
            ["Keys.json"] | ["Keys", ..] => Right::Keys,
            ["Usage", "Triggers.json" | "Triggers", ..] => Right::Triggers,
            ["Usage", ..] => Right::Usage,
            ["IncomingPhoneNumbers.json"] | ["IncomingPhoneNumbers", ..] if reads => Right::Numbers,
            ["IncomingPhoneNumbers.json"] | ["IncomingPhoneNumbers", ..] => Right::ChangeNumbers,
            ["Calls.json"] | ["Calls", ..] if reads => Right::Calls,
            ["Calls.json"] | ["Calls", ..] => Right::PlaceCalls,
            _ => return None,
        },
        _ => return None,
    })
}
