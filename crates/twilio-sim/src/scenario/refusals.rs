//! Causes that show when the account asks for something: Twilio refuses, until the change `calm`.
//!
//! Codes and their meaning: <https://www.twilio.com/docs/api/errors>.

use crate::faults::{Fault, FaultKind, Match};
use crate::sim::Sim;

/// What is refused.
#[derive(Clone, Copy)]
enum Refused {
    /// To place a call.
    Calls,
    /// To read the account.
    Account,
    /// Everything.
    Everything,
}

/// A change's name, what is refused, the HTTP status, Twilio's code and its text.
const REFUSALS: [(&str, Refused, u16, u32, &str); 14] = [
    (
        "voice_disabled",
        Refused::Calls,
        400,
        10005,
        "Voice calling has been disabled for this account",
    ),
    ("calls_denied", Refused::Calls, 403, 20006, "Access Denied"),
    (
        "test_credentials",
        Refused::Everything,
        403,
        20008,
        "Resource not accessible with Test Account Credentials",
    ),
    ("account_denied", Refused::Account, 403, 20006, "Access Denied"),
    (
        "account_not_found",
        Refused::Account,
        404,
        20404,
        "The requested resource was not found",
    ),
    (
        "account_refused_oddly",
        Refused::Account,
        400,
        99_999,
        "Flux capacitor empty",
    ),
    (
        "feature_missing",
        Refused::Calls,
        400,
        10002,
        "Trial accounts do not support the feature",
    ),
    (
        "premium_blocked",
        Refused::Calls,
        400,
        21202,
        "The number is a premium number",
    ),
    (
        "international_off",
        Refused::Calls,
        400,
        21203,
        "International calling not enabled",
    ),
    (
        "destination_invalid",
        Refused::Calls,
        400,
        21211,
        "Invalid 'To' Phone Number",
    ),
    (
        "destination_blocked",
        Refused::Calls,
        400,
        21216,
        "Account not allowed to call this number",
    ),
    (
        "caller_id_refused",
        Refused::Calls,
        400,
        21210,
        "'From' phone number not verified",
    ),
    (
        "caller_id_invalid",
        Refused::Calls,
        400,
        21212,
        "Invalid 'From' Phone Number",
    ),
    (
        "calls_refused_oddly",
        Refused::Calls,
        400,
        99_999,
        "Flux capacitor empty",
    ),
];

/// The names.
pub(super) const NAMES: [&str; REFUSALS.len()] = {
    let mut names = [""; REFUSALS.len()];
    let mut position = 0;
    while position < names.len() {
        names[position] = REFUSALS[position].0;
        position += 1;
    }
    names
};

/// Has the account's requests refused. `false` for a name that is none of these.
pub(super) fn happen(sim: &Sim, account_sid: &str, name: &str) -> bool {
    let Some((_, refused, status, code, message)) = REFUSALS.iter().find(|(known, ..)| *known == name) else {
        return false;
    };
    let (method, path) = match refused {
        Refused::Calls => (Some("POST"), Some("/Calls.json".to_owned())),
        Refused::Account => (Some("GET"), Some(format!("/Accounts/{account_sid}.json"))),
        Refused::Everything => (None, None),
    };
    sim.fail(Fault {
        on: Match {
            method: method.map(str::to_owned),
            path,
            account: Some(account_sid.to_owned()),
        },
        times: None,
        kind: FaultKind::Status {
            status: *status,
            code: *code,
            message: (*message).to_owned(),
        },
    });
    true
}
