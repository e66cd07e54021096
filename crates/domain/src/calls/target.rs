//! What a webhook's address stands for, in one indexed read.

use ::entity::agent::EndpointKind;
use ::entity::agent_assignment::Direction;
use ::entity::call_intent::IntentState;
use ::entity::phone_number::RoutingState;
use ::entity::twilio_credential::{CredentialKind, CredentialSlot};
use ::entity::{
    AccountId, AgentId, CallIntentId, CredentialId, E164, NumberId, Routing, WorkspaceId, twilio_account,
    twilio_credential,
};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter};
use tracing::error;
use twilio::AuthToken;

use crate::numbers::routing::without_ours;
use crate::secrets::{self, SealedToken};
use crate::{Fault, Services};

/// Everything that is needed to verify a webhook and to answer it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The reference in the address.
    pub reference: String,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The account it was registered with.
    pub account: AccountId,
    /// That account's SID.
    pub account_sid: String,
    /// The number.
    pub number: NumberId,
    /// The number itself.
    pub e164: E164,
    /// Who the number's calls go to.
    pub routing: RoutingState,
    /// The public base URL that Twilio was given.
    pub base_url: String,
    /// The one before.
    pub previous_base_url: Option<String>,
    /// The intent of the call it was registered for, and how far that is.
    pub intent: Option<(CallIntentId, IntentState)>,
    /// The agent: of the intent, or the one assigned to the number's inbound calls.
    pub agent: Option<TargetAgent>,
    /// The routing that is to be given back.
    pub borrowed: Option<Routing>,
    /// The routing as last seen at Twilio, without our own addresses.
    pub seen: Routing,
    /// The account's sealed tokens: the current one, and those around a change.
    pub(super) tokens: Vec<SealedToken>,
}

/// An agent and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetAgent {
    /// The agent.
    pub id: AgentId,
    /// How it is reached.
    pub kind: EndpointKind,
    /// Where.
    pub endpoint: String,
}

impl Target {
    /// A target without agent, intent and tokens.
    #[cfg(test)]
    pub(super) fn for_tests(workspace: WorkspaceId, account: AccountId, number: NumberId, e164: E164) -> Self {
        Self {
            reference: "ref".to_owned(),
            workspace,
            account,
            account_sid: "AC".to_owned(),
            number,
            e164,
            routing: RoutingState::Ours,
            base_url: "https://byot.callab.example".to_owned(),
            previous_base_url: None,
            intent: None,
            agent: None,
            borrowed: None,
            seen: Routing::default(),
            tokens: Vec::new(),
        }
    }

    /// Which way the call goes, as the number's owner sees it.
    #[must_use]
    pub fn direction(&self) -> Direction {
        if self.intent.is_some() {
            Direction::Outbound
        } else {
            Direction::Inbound
        }
    }

    /// The public base URLs that a signature may have been made over.
    pub fn base_urls(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.base_url.as_str()).chain(self.previous_base_url.as_deref())
    }
}

#[derive(FromQueryResult)]
struct Row {
    workspace_id: WorkspaceId,
    twilio_account_id: AccountId,
    phone_number_id: NumberId,
    base_url: String,
    previous_base_url: Option<String>,
    account_sid: String,
    e164: E164,
    routing: RoutingState,
    intent_id: Option<CallIntentId>,
    intent_state: Option<IntentState>,
    agent_id: Option<AgentId>,
    endpoint_kind: Option<EndpointKind>,
    endpoint: Option<String>,
    borrowed: Option<Routing>,
    seen_routing: Routing,
    credential_id: Option<CredentialId>,
    credential_version: Option<i32>,
    credential_slot: Option<CredentialSlot>,
    credential_until: Option<DateTime<Utc>>,
    key_name: Option<String>,
    sealed: Option<Vec<u8>>,
}

fn select(reference: &str) -> SelectStatement {
    let column = |table: &'static str, name: &'static str| Expr::col((table, name));
    let mut query = Query::select();
    for (table, name) in [
        ("a", "workspace_id"),
        ("a", "twilio_account_id"),
        ("a", "phone_number_id"),
        ("a", "base_url"),
        ("a", "previous_base_url"),
        ("n", "e164"),
        ("n", "routing"),
        ("n", "seen_routing"),
        ("g", "endpoint_kind"),
        ("g", "endpoint"),
        ("c", "key_name"),
        ("c", "sealed"),
    ] {
        query.column((table, name));
    }
    for (table, name, alias) in [
        ("t", "sid", "account_sid"),
        ("i", "id", "intent_id"),
        ("i", "state", "intent_state"),
        ("g", "id", "agent_id"),
        ("b", "routing", "borrowed"),
        ("c", "id", "credential_id"),
        ("c", "version", "credential_version"),
        ("c", "slot", "credential_slot"),
        ("c", "valid_until", "credential_until"),
    ] {
        query.expr_as(column(table, name), alias);
    }
    let same =
        |left: (&'static str, &'static str), right: (&'static str, &'static str)| column(left.0, left.1).equals(right);
    let inbound = same(("s", "phone_number_id"), ("n", "id"))
        .and(column("s", "ended_at").is_null())
        .and(column("s", "direction").eq(Direction::Inbound))
        .and(column("a", "call_intent_id").is_null());
    let agent = Func::coalesce([column("i", "agent_id"), column("s", "agent_id")]);
    let open = same(("b", "phone_number_id"), ("n", "id")).and(column("b", "returned_at").is_null());
    query
        .from_as("webhook_address", "a")
        .join_as(
            JoinType::InnerJoin,
            "twilio_account",
            "t",
            same(("t", "id"), ("a", "twilio_account_id")),
        )
        .join_as(
            JoinType::InnerJoin,
            "phone_number",
            "n",
            same(("n", "id"), ("a", "phone_number_id")),
        )
        .join_as(
            JoinType::LeftJoin,
            "call_intent",
            "i",
            same(("i", "id"), ("a", "call_intent_id")),
        )
        .join_as(JoinType::LeftJoin, "agent_assignment", "s", inbound)
        .join_as(JoinType::LeftJoin, "agent", "g", column("g", "id").eq(agent))
        .join_as(JoinType::LeftJoin, "borrowed_routing", "b", open)
        .join_as(
            JoinType::LeftJoin,
            "twilio_credential",
            "c",
            same(("c", "twilio_account_id"), ("t", "id")).and(column("c", "kind").eq(CredentialKind::AuthToken)),
        )
        .and_where(column("a", "reference").eq(reference));
    query
}

/// Finds what a reference stands for. `None` for one that was never given out.
///
/// # Errors
/// When the database fails.
pub async fn find_target(services: &Services, reference: &str) -> Result<Option<Target>, DbErr> {
    let query = services.db.get_database_backend().build(&select(reference));
    let rows = Row::find_by_statement(query).all(&services.db).await?;
    let now = services.clock.now();
    let mut target: Option<Target> = None;
    for mut row in rows {
        let token = token_of(&mut row, now);
        let target = target.get_or_insert_with(|| target_of(row, reference));
        target.tokens.extend(token);
    }
    Ok(target)
}

fn token_of(row: &mut Row, now: DateTime<Utc>) -> Option<SealedToken> {
    let outdated =
        row.credential_slot == Some(CredentialSlot::Previous) && row.credential_until.is_none_or(|until| until <= now);
    if outdated {
        return None;
    }
    Some(SealedToken {
        id: row.credential_id?,
        version: row.credential_version?,
        workspace: row.workspace_id,
        account: row.twilio_account_id,
        key_name: row.key_name.take()?,
        sealed: row.sealed.take()?,
    })
}

fn target_of(row: Row, reference: &str) -> Target {
    let agent = match (row.agent_id, row.endpoint_kind, row.endpoint) {
        (Some(id), Some(kind), Some(endpoint)) => Some(TargetAgent { id, kind, endpoint }),
        _ => None,
    };
    let bases: Vec<String> = std::iter::once(row.base_url.clone())
        .chain(row.previous_base_url.clone())
        .collect();
    Target {
        reference: reference.to_owned(),
        workspace: row.workspace_id,
        account: row.twilio_account_id,
        account_sid: row.account_sid,
        number: row.phone_number_id,
        e164: row.e164,
        routing: row.routing,
        base_url: row.base_url,
        previous_base_url: row.previous_base_url,
        intent: row.intent_id.zip(row.intent_state),
        agent,
        borrowed: row.borrowed,
        seen: without_ours(&row.seen_routing, &bases),
        tokens: Vec::new(),
    }
}

/// The tokens that may have signed a webhook of `account_sid` to this address.
///
/// The workspace comes from the address. The account has to be the one it was registered with, or, after a number moved inside
/// the workspace, another account of the same workspace. Anything else gets no token, and so no answer.
///
/// # Errors
/// When the database fails, or the vault can open none of them.
pub async fn tokens(services: &Services, target: &Target, account_sid: &str) -> Result<Vec<AuthToken>, Fault> {
    if account_sid == target.account_sid {
        open_all(services, &target.tokens).await
    } else {
        tokens_of(services, target.workspace, account_sid).await
    }
}

/// The tokens that may have signed a webhook of the workspace's account with this SID.
pub(crate) async fn tokens_of(
    services: &Services,
    workspace: WorkspaceId,
    account_sid: &str,
) -> Result<Vec<AuthToken>, Fault> {
    let sealed = sealed_tokens_of(services, workspace, account_sid).await?;
    open_all(services, &sealed).await
}

async fn open_all(services: &Services, sealed: &[SealedToken]) -> Result<Vec<AuthToken>, Fault> {
    let (mut tokens, mut unopened) = (Vec::with_capacity(sealed.len()), None);
    for token in sealed {
        match secrets::open(services, token).await {
            Ok(token) => tokens.push(token),
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, credential.id = %token.id, "could not open credential {}", token.id);
                unopened = Some(error);
            }
        }
    }
    match unopened {
        Some(error) if tokens.is_empty() => Err(error),
        _ => Ok(tokens), // One that cannot be opened does not silence the others.
    }
}

async fn sealed_tokens_of(
    services: &Services,
    workspace: WorkspaceId,
    account_sid: &str,
) -> Result<Vec<SealedToken>, DbErr> {
    let accounts = twilio_account::Entity::find()
        .filter(twilio_account::COLUMN.workspace_id.eq(workspace))
        .filter(twilio_account::COLUMN.sid.eq(account_sid))
        .all(&services.db)
        .await?;
    let now = services.clock.now();
    let rows = twilio_credential::Entity::find()
        .filter(
            twilio_credential::COLUMN
                .twilio_account_id
                .is_in(accounts.iter().map(|account| account.id)),
        )
        .filter(twilio_credential::COLUMN.kind.eq(CredentialKind::AuthToken))
        .all(&services.db)
        .await?;
    let usable = |row: &twilio_credential::Model| {
        row.slot != CredentialSlot::Previous || row.valid_until.is_some_and(|until| until > now)
    };
    Ok(rows.into_iter().filter(usable).map(SealedToken::from).collect())
}
