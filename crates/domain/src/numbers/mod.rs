//! Phone numbers: read them from Twilio, add them, route them to us, and give them back.

mod accept;
mod add;
mod configure;
mod drift_notice;
mod e164;
mod give_back;
mod look;
mod look_again;
mod plan;
mod queries;
mod remove;
mod rename;
mod repair;
mod repoint;
mod reveal;
pub mod routing;
mod routing_jobs;
mod routing_plan;
mod sync;

pub use accept::accept;
pub use add::add;
pub use configure::configure;
pub use e164::{country_and_kind, parse_e164};
pub use give_back::give_back;
pub(crate) use look::look;
pub use look_again::look_again;
pub use queries::{
    NumberFilter, NumberSearch, Position as NumberPosition, by_ids, count_in_use, find, get, list, list_by_account,
    open_borrowed,
};
pub(crate) use queries::{get_added, lock, require_added, require_listed};
pub use remove::remove;
pub(crate) use remove::{have_returned, take_all_out_of_use};
pub use rename::rename;
pub(crate) use repair::have_configured;
pub use repair::{Repaired, repair};
pub use repoint::queue_repoints;
pub(crate) use repoint::retry_routing;
pub use reveal::{Revealed, reveal, revealed};
pub(crate) use routing_plan::plan_for;
pub use routing_plan::{RoutingPlan, RoutingWarning, routing_plan};
pub use sync::{request_sync, sync};

use ::entity::phone_number::{self, RoutingState};
use serde_json::json;

use crate::audit::Act;
use crate::events::{Event, kind};
use crate::{Error, Request, Transaction};

/// The event and the audit entry of a person's change of one number, and the commit.
async fn finish(
    mut tx: Transaction<'_>,
    request: &Request,
    number: &phone_number::Model,
    action: &'static str,
) -> Result<(), Error> {
    tx.record(number.workspace_id, changed(number)).await?;
    let act = Act::on(action, "phone_number", number.id).of(number.twilio_account_id);
    tx.audit(request, number.workspace_id, act).await?;
    tx.once(request, number.workspace_id, number.id.0).await?;
    Ok(tx.commit().await?)
}

/// The event of a number's change.
pub(crate) fn changed(number: &phone_number::Model) -> Event {
    let mut data = json!({
        "account": number.twilio_account_id,
        "state": number.state,
        "atTwilio": number.at_twilio,
        "routing": number.routing,
        "problem": number.routing_problem,
    });
    if let (RoutingState::Drifted, Some(written)) = (&number.routing, &number.written_routing) {
        let fields = routing::deviation(written, &number.seen_routing);
        let fields: Vec<&str> = fields.iter().map(|deviation| deviation.field.as_str()).collect();
        let reason = routing::reason(written, &number.seen_routing, false);
        data["drift"] = json!({ "reason": reason.map(routing::DriftReason::as_str), "fields": fields });
    }
    Event {
        kind: kind::NUMBER,
        subject: number.id.0,
        data,
    }
}
