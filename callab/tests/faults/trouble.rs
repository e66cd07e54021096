//! What goes wrong at Twilio.

use std::time::Duration;

use twilio_sim::{Fault, FaultKind, Match, Sim};

/// Requests of one account: a method, and a part of the path.
pub fn requests(method: &str, path: &str, account: &str) -> Match {
    Match {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        account: Some(account.to_owned()),
    }
}

/// This happens to the next of these requests.
pub fn once(sim: &Sim, on: Match, kind: FaultKind) {
    let times = Some(1);
    sim.fail(Fault { on, times, kind });
}

/// The next of these requests is answered late. Its effect is there at once.
pub fn answer_late(sim: &Sim, on: Match, delay: Duration) {
    once(sim, on, FaultKind::Slow { delay });
}

/// Whether such a request came after the first `mark` requests.
pub fn came_since(sim: &Sim, mark: usize, on: &Match) -> bool {
    sim.requests_since(mark).iter().any(|request| {
        on.method.as_deref() == Some(request.method.as_str())
            && on.path.as_deref().is_some_and(|part| request.path.contains(part))
            && on.account == request.account_sid
    })
}
