//! Who did what to what.

use ::entity::{
    AccountId, AgentId, ApiKeyId, BillingAlertId, BillingEpisodeId, CallIntentId, DiagnosisRunId, EndpointId, JobId,
    NotificationId, NumberId, TestCallId, audit_entry,
};
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use domain::Permission;
use domain::audit::{DONE, NO_ANSWER, STARTED, shown_actor, shown_address, shown_role};
use serde_json::Value;
use uuid::Uuid;

use super::{ApiKey, Node, Role, TwilioAccount, Workspace, event};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::queries::node;

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AuditOutcome {
    /// It was done.
    Ok,
    /// It was refused, and nothing was done; `code` says why.
    Refused,
    /// It was about to be done at Twilio. What came of it is an entry of its own.
    Started,
    /// It was sent to Twilio, which did not answer: whether it was done is not known.
    Unknown,
}

/// One act.
pub struct AuditEntry(pub audit_entry::Model);

/// One act: who did what to what, when, and how it ended. Written in the transaction of the act itself, and never changed; only
/// who a person was can be erased.
#[Object]
impl AuditEntry {
    /// Its id, to tell entries apart. `node` does not find it.
    async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who acted: the `sub` of their token; `api_key/` and an id for a program (`apiKey` has its name); `worker` for a job;
    /// `unverified webhook` for whoever posted to a webhook's address, Twilio or not (`twilio` in entries of earlier releases);
    /// `callab` for the process itself; `operator/` and a name for who typed a command at the server, which nobody verified; empty once
    /// it was erased. Customers see Callab's people and operators as `Callab staff`; staff see the beginning of a customer's name, such as `m.k•••`.
    async fn actor(&self, ctx: &Context<'_>) -> String {
        shown_actor(ctx.actor().role, &self.0.actor, &self.0.role).into_owned()
    }

    /// In which role they acted: `API_KEY` for a program. Null for a job, a webhook and the process itself, and for Callab's people
    /// as customers see them.
    async fn role(&self, ctx: &Context<'_>) -> Option<Role> {
        shown_role(ctx.actor().role, &self.0.role).map(Role::from)
    }

    /// The API key with which a program acted; null where none did, and for who may not see keys.
    async fn api_key(&self, ctx: &Context<'_>) -> Result<Option<ApiKey>, ApiError> {
        if self.0.role != domain::Role::ApiKey.as_str() || !ctx.actor().may(Permission::RevokeApiKeys) {
            return Ok(None);
        }
        let id = subject(&self.0.actor).and_then(|id| id::parse::<ApiKeyId>(&id));
        match id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(ApiKey)),
            None => Ok(None),
        }
    }

    /// From where: the IP address of the request, as the nearest trusted proxy tells it. Null for a job, an operator's command and
    /// the process itself, once it was erased, and where the whole name of who acted is not shown: customers do not see from where
    /// Callab's people work, nor staff from where a customer's do.
    async fn address(&self, ctx: &Context<'_>) -> Option<&str> {
        shown_address(ctx.actor().role, self.0.address.as_deref(), &self.0.role)
    }

    /// What was done, such as `twilio_account.connect`. New ones come with releases.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// What it was done to, as it is now; null if it is gone, or was never made.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>, ApiError> {
        match subject(&self.0.subject) {
            Some(id) => node::find(ctx, &id).await,
            None => Ok(None),
        }
    }

    /// The global id of what it was done to; null for what never got one.
    async fn subject_id(&self) -> Option<ID> {
        subject(&self.0.subject)
    }

    /// How it ended.
    async fn outcome(&self) -> AuditOutcome {
        match self.0.outcome.as_str() {
            DONE => AuditOutcome::Ok,
            STARTED => AuditOutcome::Started,
            NO_ANSWER => AuditOutcome::Unknown,
            _ => AuditOutcome::Refused,
        }
    }

    /// Why it was refused, a code as in `UserError.code`; null otherwise.
    async fn code(&self) -> Option<&str> {
        let says_more = !matches!(self.0.outcome.as_str(), DONE | STARTED | NO_ANSWER);
        says_more.then_some(self.0.outcome.as_str())
    }

    /// What is worth keeping beside it: words, figures and global ids, such as `{"direction": "INBOUND", "agent": "…"}`. No
    /// secrets, no whole phone numbers. Fields come and go with releases.
    async fn details(&self) -> Value {
        event::shown(&self.0.detail)
    }

    /// The trace id of the request, as in errors and in the server's log, or of a job its id; null where there was none.
    async fn trace_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The workspace that was acted on.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.workspace_id).await?.map(Workspace))
    }

    /// The Twilio account that was acted on, or that what was acted on belongs to; null for what belongs to none, such as an
    /// agent.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        match self.0.twilio_account_id {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(TwilioAccount::from)),
            None => Ok(None),
        }
    }
}

/// The global id of a subject, which an entry names by its table and its id.
fn subject(of: &str) -> Option<ID> {
    let (table, id) = of.split_once('/')?;
    let uuid = Uuid::try_parse(id).ok()?;
    match table {
        "twilio_account" => Some(id::global(AccountId(uuid))),
        "phone_number" => Some(id::global(NumberId(uuid))),
        "agent" => Some(id::global(AgentId(uuid))),
        "test_call" => Some(id::global(TestCallId(uuid))),
        "call_intent" => Some(id::global(CallIntentId(uuid))),
        "diagnosis_run" => Some(id::global(DiagnosisRunId(uuid))),
        "job" => Some(id::global(JobId(uuid))),
        "billing_alert" => Some(id::global(BillingAlertId(uuid))),
        "billing_episode" => Some(id::global(BillingEpisodeId(uuid))),
        "notification_endpoint" => Some(id::global(EndpointId(uuid))),
        "notification" => Some(id::global(NotificationId(uuid))),
        "api_key" => Some(id::global(ApiKeyId(uuid))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_named_as_clients_know_it() {
        let uuid = "0190f3b2-7c1e-7000-8000-000000000000";
        let number = id::global(NumberId(Uuid::try_parse(uuid).unwrap()));
        assert_eq!(subject(&format!("phone_number/{uuid}")), Some(number));
        for unknown in [
            "twilio_account/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "tower/1",
            "phone_number",
            "",
        ] {
            assert_eq!(subject(unknown), None, "{unknown}");
        }
    }
}
