//! The REST API: from a request that was let in to an answer. One file a resource; products other than `api` dispatch themselves.

mod accounts;
mod alerts;
mod auth;
mod auth_tokens;
mod caller_ids;
mod calls;
mod create_call;
mod dialing_permissions;
mod insights;
mod keys;
mod numbers;
mod pricing;
mod rights;
mod routes;
mod status_page;
mod usage_records;
mod usage_triggers;

use axum::http::Method;
use serde_json::Value;

use crate::accounts::{SimAccount, SuspendedForm};
use crate::errors::Refusal;
use crate::form::Pairs;
use crate::page::Page;
use crate::sim::Sim;
use crate::target::Target;
use crate::usage::Period;

pub(crate) use auth::Credentials;

/// A request as it was read from the wire.
#[derive(Debug)]
pub(crate) struct RestRequest {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) query: Pairs,
    pub(crate) form: Pairs,
    pub(crate) credentials: Option<Credentials>,
    /// Set by a fault: answer as if the account were suspended.
    pub(crate) as_suspended: Option<SuspendedForm>,
}

/// What an endpoint gives.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A status and a body.
    Json(u16, Value),
    /// 204.
    NoContent,
}

type RestResult = Result<Answer, Refusal>;

/// A request of someone who may ask it.
struct Ask<'a> {
    request: &'a RestRequest,
    caller: auth::Caller,
    /// The account the path names; for `/Accounts` itself the caller's.
    account: SimAccount,
}

impl Ask<'_> {
    fn path(&self) -> &str {
        &self.request.target.path
    }

    fn query(&self) -> &Pairs {
        &self.request.query
    }

    fn form(&self) -> &Pairs {
        &self.request.form
    }

    /// A page of `entries` under `key`.
    fn page<T>(&self, key: &str, entries: &[T], sid: impl Fn(&T) -> &str, show: impl Fn(&T) -> Value) -> RestResult {
        let page = Page::read(self.query())?;
        Ok(Answer::Json(
            200,
            page.of(key, self.path(), self.query(), entries, sid, show),
        ))
    }

    /// As [`Ask::page`], for the products that page by `meta`.
    fn meta_page<T>(
        &self,
        key: &str,
        entries: &[T],
        sid: impl Fn(&T) -> &str,
        show: impl Fn(&T) -> Value,
    ) -> RestResult {
        let page = Page::read(self.query())?;
        let url = self.url(self.path());
        Ok(Answer::Json(
            200,
            page.with_meta(key, &url, self.query(), entries, sid, show),
        ))
    }

    fn not_found(&self) -> Refusal {
        Refusal::not_found(self.path())
    }

    /// The absolute address of a path of the same product.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.request.target.root)
    }
}

/// Answers a request: who asks, may they, and what is it.
pub(crate) fn answer(sim: &Sim, request: &RestRequest) -> RestResult {
    if request.target.product == "status" {
        return status_page::answer(sim, request);
    }
    let (caller, account) = auth::admit(sim, request)?;
    let ask = Ask {
        request,
        caller,
        account,
    };
    match request.target.product.as_str() {
        "api" => version_2010(sim, &ask),
        "accounts" => auth_tokens::answer(sim, &ask),
        "insights" => insights::answer(sim, &ask),
        "monitor" => alerts::answer(sim, &ask),
        "pricing" => pricing::answer(sim, &ask),
        "routes" => routes::answer(sim, &ask),
        "voice" => dialing_permissions::answer(sim, &ask),
        _ => Err(ask.not_found()),
    }
}

/// The product `api`, all of it below `/2010-04-01/Accounts`.
fn version_2010(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let path = ask.path().strip_prefix("/2010-04-01/");
    let Some(resource) = path.and_then(|rest| rest.strip_suffix(".json")) else {
        return Err(ask.not_found());
    };
    let segments: Vec<&str> = resource.split('/').collect();
    let below_account = segments.get(2..).unwrap_or_default();
    match (ask.request.method.as_str(), below_account) {
        (method, []) => match (method, segments.len()) {
            ("GET", 1) => accounts::list(sim, ask),
            ("GET", 2) => Ok(accounts::fetch(ask)),
            _ => Err(Refusal::method_not_allowed()),
        },
        ("GET", ["Balance"]) => accounts::balance(ask),
        ("GET", ["OutgoingCallerIds"]) => caller_ids::list(ask),
        ("GET", ["Keys"]) => keys::list(ask),
        ("POST", ["Keys"]) => Ok(keys::create(sim, ask)),
        ("GET", ["Keys", sid]) => keys::fetch(ask, sid),
        ("DELETE", ["Keys", sid]) => keys::delete(sim, ask, sid),
        ("GET", ["IncomingPhoneNumbers"]) => numbers::list(sim, ask, None),
        ("GET", ["IncomingPhoneNumbers", "Local"]) => numbers::list(sim, ask, Some("local")),
        ("GET", ["IncomingPhoneNumbers", "Mobile"]) => numbers::list(sim, ask, Some("mobile")),
        ("GET", ["IncomingPhoneNumbers", "TollFree"]) => numbers::list(sim, ask, Some("toll-free")),
        ("GET", ["IncomingPhoneNumbers", sid]) => numbers::fetch(sim, ask, sid),
        ("POST", ["IncomingPhoneNumbers", sid]) => numbers::update(sim, ask, sid),
        ("DELETE", ["IncomingPhoneNumbers", sid]) => numbers::release(sim, ask, sid),
        ("GET", ["Calls"]) => calls::list(sim, ask),
        ("POST", ["Calls"]) => create_call::create(sim, ask),
        ("GET", ["Calls", sid]) => calls::fetch(sim, ask, sid),
        ("POST", ["Calls", sid]) => calls::update(sim, ask, sid),
        ("GET", ["Calls", sid, "Notifications"]) => calls::notifications(sim, ask, sid),
        ("GET", ["Usage", "Records"]) => usage_records::list(sim, ask, Period::AllTime),
        ("GET", ["Usage", "Records", period]) => {
            let period = Period::named(period).ok_or_else(|| ask.not_found())?;
            usage_records::list(sim, ask, period)
        }
        ("GET", ["Usage", "Triggers"]) => usage_triggers::list(sim, ask),
        ("POST", ["Usage", "Triggers"]) => usage_triggers::create(sim, ask),
        ("GET", ["Usage", "Triggers", sid]) => usage_triggers::fetch(sim, ask, sid),
        ("POST", ["Usage", "Triggers", sid]) => usage_triggers::update(sim, ask, sid),
        ("DELETE", ["Usage", "Triggers", sid]) => usage_triggers::delete(sim, ask, sid),
        (_, ["Balance" | "OutgoingCallerIds" | "IncomingPhoneNumbers" | "Calls"] | ["Usage" | "Keys", ..]) => {
            Err(Refusal::method_not_allowed())
        }
        _ => Err(ask.not_found()),
    }
}

/// A phone number as it stands in a path, where `+` may be percent-encoded.
fn decoded(segment: &str) -> String {
    segment.replace("%2B", "+").replace("%2b", "+")
}
