//! Why calls do not connect: the checks of a number or an account, in order, each with its evidence and its age.
//!
//! [`diagnose`] answers from what is stored and asks nobody. Its parts are pure: one file a group of checks turns `Evidence` into
//! `Check`s, and `diagnose.rs` puts them in order and names the first that explains the trouble. [`start`] has everything asked
//! afresh by a job; what it learns is stored like all other evidence, and the checks are answered from it once more.
//!
//! To add a check: its name, title and dependencies in `checklist/names.rs`, its reasons in `checklist/reasons.rs`, a function in the
//! file of its group here, an arm in `diagnose.rs`, and its part of `docs/troubleshooting.md`.

mod account;
mod agent;
mod ask;
mod bundle;
mod checks;
mod credentials;
mod diagnose;
mod evidence;
mod limits;
mod masking;
mod number;
mod over;
mod queries;
mod read;
mod routing;
mod run;
mod signatures;
mod steps;
mod stored;
mod troubles;
mod twilio_side;
mod webhooks;

pub use bundle::{SupportBundle, support_bundle};
pub use checks::{Check, Difference};
pub use diagnose::Diagnosis;
pub use evidence::{Destination, VOICE_REGION};
pub(crate) use masking::fit_to_show;
pub(crate) use over::{AgentProof, SAME_MOMENT};
pub use queries::{About, diagnose, parse_destination};
pub(crate) use read::LATELY;
pub use run::{StartDiagnosis, find_run, known_checks, report, runs_by_ids, start, work};
pub use signatures::Signatures;
pub(crate) use webhooks::ABOUT_THEN;

use serde_json::json;

use crate::calls::Target;
use crate::events::{Event, kind};

/// The event of the first webhook that was refused for its signature: what is known of the number changed.
fn refused_event(target: &Target) -> Event {
    Event {
        kind: kind::NUMBER,
        subject: target.number.0,
        data: json!({ "account": target.account, "problem": "SIGNATURE_REFUSED" }),
    }
}
