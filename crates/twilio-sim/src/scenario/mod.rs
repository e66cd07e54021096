//! Named data sets, for demos and tests. Each makes accounts in an existing world and gives them back. What can happen to an
//! account that exists already, for example after a client has connected it, is in `changes.rs`, `numbers.rs` and `history.rs`.
//!
//! All phone numbers lie in the ranges kept free for fiction (`+1 xxx 555 01xx`), but for the thousand.

mod changes;
mod history;
mod numbers;
mod refusals;

use crate::accounts::{AccountKind, AccountSpec, AccountStatus, KeyKind, KeySpec, SimAccount, SuspendedForm};
use crate::numbers::{Capabilities, NumberSpec};
use crate::sim::Sim;
use crate::status_page::{Impact, IncidentSpec};
pub use changes::CHANGES;

/// The verified caller id of [`trial`].
pub const TRIAL_VERIFIED: &str = "+14155550111";

/// The data sets that are more than [`healthy`] after one change.
const SETS: [&str; 12] = [
    "healthy",
    "wrong_token",
    "trial",
    "no_voice_numbers",
    "thousand_numbers",
    "on_a_trunk",
    "answered_elsewhere",
    "subaccount",
    "wrong_region",
    "standard_key",
    "restricted_key",
    "steady_spend",
];

/// What [`by_name`] knows: the sets, then each of [`CHANGES`].
pub const NAMES: [&str; SETS.len() + CHANGES.len()] = {
    let mut names = [""; SETS.len() + CHANGES.len()];
    let mut position = 0;
    while position < names.len() {
        names[position] = if position < SETS.len() {
            SETS[position]
        } else {
            CHANGES[position - SETS.len()]
        };
        position += 1;
    }
    names
};

/// Makes the data set of that name; nothing for a name that is not in [`NAMES`].
///
/// For one of [`CHANGES`] a healthy account is made and the change happens to it; what is given back has the auth token of before.
pub fn by_name(sim: &Sim, name: &str) -> Option<Vec<SimAccount>> {
    Some(match name {
        "healthy" => vec![healthy(sim)],
        "wrong_token" => vec![wrong_token(sim)],
        "suspended" => vec![suspended(sim)],
        "closed" => vec![closed(sim)],
        "trial" => vec![trial(sim)],
        "no_voice_numbers" => vec![no_voice_numbers(sim)],
        "thousand_numbers" => vec![thousand_numbers(sim)],
        "on_a_trunk" => vec![on_a_trunk(sim)],
        "answered_elsewhere" => vec![answered_elsewhere(sim)],
        "subaccount" => subaccount(sim).into(),
        "wrong_region" => vec![wrong_region(sim)],
        "standard_key" => vec![with_key(sim, KeyKind::Standard)],
        "restricted_key" => vec![with_key(sim, KeyKind::Restricted)],
        "steady_spend" => vec![steady_spend(sim)],
        change if CHANGES.contains(&change) => vec![changed(sim, change)],
        _ => return None,
    })
}

/// As [`healthy`], after one of [`CHANGES`]; with the auth token of before.
fn changed(sim: &Sim, change: &str) -> SimAccount {
    let before = match change {
        // Without a past there is nothing to compare with.
        "heavy_spend" => steady_spend(sim),
        _ => healthy(sim),
    };
    sim.happen(&before.sid, change);
    let now = sim.account(&before.sid).unwrap_or_else(|| before.clone());
    SimAccount {
        auth_token: before.auth_token,
        ..now
    }
}

/// In region ie1: its credentials get 401 in us1.
pub fn wrong_region(sim: &Sim) -> SimAccount {
    let spec = AccountSpec {
        region: "ie1".to_owned(),
        ..AccountSpec::default()
    };
    let account = named(sim, "Liffey Logistics", spec);
    add(sim, &account, "+12125550160", NumberSpec::default());
    account
}

/// With one API key in its `keys`; a restricted one lacks all rights but those for numbers, calls and prices.
pub fn with_key(sim: &Sim, kind: KeyKind) -> SimAccount {
    let denied = if kind == KeyKind::Restricted {
        changes::RESTRICTED.to_vec()
    } else {
        Vec::new()
    };
    let key = KeySpec {
        kind,
        denied,
        ..KeySpec::default()
    };
    let spec = AccountSpec {
        keys: vec![key],
        ..AccountSpec::default()
    };
    let account = named(sim, "Keyring Security", spec);
    add(sim, &account, "+12125550161", NumberSpec::default());
    account
}

/// As [`healthy`], with four weeks of even spend behind it.
pub fn steady_spend(sim: &Sim) -> SimAccount {
    let account = named(sim, "Even Keel Insurance", AccountSpec::default());
    add(sim, &account, "+12125550162", NumberSpec::default());
    history::steady_spend(sim, &account);
    account
}

/// An outage of voice, as the status page tells it.
fn voice_incident() -> IncidentSpec {
    IncidentSpec {
        name: "Elevated error rates on Programmable Voice".to_owned(),
        impact: Impact::Major,
        body: "We are investigating elevated error rates for inbound and outbound calls.".to_owned(),
        components: vec!["Programmable Voice".to_owned()],
        ..IncidentSpec::default()
    }
}

/// A full account with money and three voice numbers that route nowhere yet.
pub fn healthy(sim: &Sim) -> SimAccount {
    let account = named(sim, "Bluebird Dental", AccountSpec::default());
    for phone_number in ["+14155550101", "+14155550102", "+12125550103"] {
        add(sim, &account, phone_number, NumberSpec::default());
    }
    account
}

/// As [`healthy`], but the token given back is not the account's.
pub fn wrong_token(sim: &Sim) -> SimAccount {
    let mut account = named(sim, "Old Harbor Realty", AccountSpec::default());
    add(sim, &account, "+16175550104", NumberSpec::default());
    account.auth_token = sim.state().sids.secret();
    account
}

/// Suspended by Twilio; its credentials get 401.
pub fn suspended(sim: &Sim) -> SimAccount {
    let account = inactive(sim, "Sunset Travel", AccountStatus::Suspended);
    add(sim, &account, "+13055550105", NumberSpec::default());
    account
}

/// Closed for good; its credentials get 401.
pub fn closed(sim: &Sim) -> SimAccount {
    inactive(sim, "Corner Books", AccountStatus::Closed)
}

/// On trial: little credit, one number, one verified caller id ([`TRIAL_VERIFIED`]), one call at a time.
pub fn trial(sim: &Sim) -> SimAccount {
    let spec = AccountSpec {
        kind: AccountKind::Trial,
        balance: "14.35".to_owned(),
        verified_caller_ids: vec![TRIAL_VERIFIED.to_owned()],
        concurrent_calls: Some(5),
        ..AccountSpec::default()
    };
    let account = named(sim, "Trying Things Out", spec);
    add(sim, &account, "+14155550110", NumberSpec::default());
    account
}

/// Numbers that cannot take calls: one for messages only, one that receives faxes.
pub fn no_voice_numbers(sim: &Sim) -> SimAccount {
    let account = named(sim, "Text Me Flowers", AccountSpec::default());
    let capabilities = Capabilities {
        voice: false,
        sms: true,
        mms: true,
        fax: false,
    };
    add(
        sim,
        &account,
        "+14155550120",
        NumberSpec {
            capabilities,
            ..NumberSpec::default()
        },
    );
    let voice_receive_mode = "fax".to_owned();
    add(
        sim,
        &account,
        "+14155550121",
        NumberSpec {
            voice_receive_mode,
            ..NumberSpec::default()
        },
    );
    account
}

/// A thousand voice numbers, for paging and sync.
pub fn thousand_numbers(sim: &Sim) -> SimAccount {
    let account = named(sim, "Nationwide Support", AccountSpec::default());
    let first = first_free(sim, "+14155560000", 1000);
    sim.add_numbers(&account.sid, &first, 1000, &NumberSpec::default());
    account
}

/// A number whose calls go to a SIP trunk, whatever its voice URL says.
pub fn on_a_trunk(sim: &Sim) -> SimAccount {
    let account = named(sim, "Harrison Legal", AccountSpec::default());
    let trunk_sid = sim.state().sids.next("TK");
    let voice_url = "https://pbx.example.com/voice".to_owned();
    add(
        sim,
        &account,
        "+12025550130",
        NumberSpec {
            voice_url,
            trunk_sid,
            ..NumberSpec::default()
        },
    );
    account
}

/// Numbers in use elsewhere: one with voice, fallback and status URLs, one with a `TwiML` application.
pub fn answered_elsewhere(sim: &Sim) -> SimAccount {
    let account = named(sim, "Riverside Clinic", AccountSpec::default());
    let urls = NumberSpec {
        voice_url: "https://ivr.example.com/voice".to_owned(),
        voice_fallback_url: "https://ivr.example.com/fallback".to_owned(),
        status_callback: "https://ivr.example.com/status".to_owned(),
        sms_url: "https://ivr.example.com/sms".to_owned(),
        ..NumberSpec::default()
    };
    add(sim, &account, "+15035550140", urls);
    let voice_application_sid = sim.add_application(&account.sid, "https://ivr.example.com/application");
    add(
        sim,
        &account,
        "+15035550141",
        NumberSpec {
            voice_application_sid,
            ..NumberSpec::default()
        },
    );
    account
}

/// A parent and its subaccount, in this order, each with a number; the subaccount has no balance of its own.
pub fn subaccount(sim: &Sim) -> [SimAccount; 2] {
    let parent = named(sim, "Agency", AccountSpec::default());
    add(sim, &parent, "+17025550150", NumberSpec::default());
    let child = named(
        sim,
        "Agency: client 1",
        AccountSpec {
            owner: Some(parent.sid.clone()),
            ..AccountSpec::default()
        },
    );
    add(sim, &child, "+17025550151", NumberSpec::default());
    [parent, child]
}

fn named(sim: &Sim, friendly_name: &str, spec: AccountSpec) -> SimAccount {
    sim.add_account(AccountSpec {
        friendly_name: friendly_name.to_owned(),
        ..spec
    })
}

fn inactive(sim: &Sim, friendly_name: &str, status: AccountStatus) -> SimAccount {
    named(
        sim,
        friendly_name,
        AccountSpec {
            status,
            suspended_form: SuspendedForm::Unauthorized,
            ..AccountSpec::default()
        },
    )
}

/// Adds a number; one that the world has already (the scenario was made before) gives way to the next free one.
fn add(sim: &Sim, account: &SimAccount, phone_number: &str, spec: NumberSpec) {
    let phone_number = first_free(sim, phone_number, 1);
    sim.add_number(&account.sid, NumberSpec { phone_number, ..spec });
}

/// The first number from `wanted` on, in steps of `step`, that nobody has.
fn first_free(sim: &Sim, wanted: &str, step: usize) -> String {
    let digits: u64 = wanted.trim_start_matches('+').parse().unwrap_or_default();
    let mut candidates = (digits..).step_by(step).map(|digits| format!("+{digits}"));
    let free = candidates.find(|number| sim.state().number_dialled(number).is_none());
    free.unwrap_or_else(|| wanted.to_owned())
}
