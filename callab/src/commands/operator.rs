//! Who types commands that the audit log keeps.

use std::env;

use domain::audit::Operator;
use domain::{Ids, SystemIds};
use rustix::process::getuid;

use crate::cli::OperatorArg;

/// What an operator does now, by the name they gave, or else the one they are logged in with. Nobody verifies either: who may run our
/// commands has the keys in hand. Customers see it as done by Callab's staff.
pub(super) fn named(arg: &OperatorArg) -> Operator {
    Operator {
        name: arg.name.clone().unwrap_or_else(logged_in),
        request_id: SystemIds.new_id().to_string(),
    }
}

/// The name of whoever is logged in, also behind `sudo`, or the number of the user that this process runs as.
#[expect(clippy::disallowed_methods, reason = "the session's names, which are no settings")]
fn logged_in() -> String {
    let named = |name| env::var(name).ok().filter(|value| !value.is_empty());
    ["SUDO_USER", "LOGNAME", "USER"]
        .into_iter()
        .find_map(named)
        .unwrap_or_else(|| format!("uid {}", getuid().as_raw()))
}
