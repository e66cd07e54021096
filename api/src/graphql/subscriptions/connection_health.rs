//! The health of connected accounts, as it changes.

use ::entity::{AccountId, WorkspaceId, event, twilio_account};
use async_graphql::{Context, ID};
use domain::accounts::{self, AccountFilter};
use domain::events::kind;
use domain::page::{MAX_PAGE, PageOf};
use domain::{Actor, Services};
use futures_util::{Stream, StreamExt, stream};

use crate::graphql::context::{Asked, NoRows, event_order};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::live::{From, View, Wake, wakes};
use crate::graphql::types::{Told, TwilioAccount};

/// Which accounts a view shows.
#[derive(Clone, Debug)]
struct Shown {
    viewer: Actor,
    workspace: Option<WorkspaceId>,
    account: Option<AccountId>,
}

/// Follows the accounts in the caller's scope.
pub(super) async fn follow(
    ctx: &Context<'_>,
    account: Option<&ID>,
    workspace: Option<&ID>,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<TwilioAccount, ApiError>> + use<>, ApiError> {
    let workspace = ctx
        .scope(workspace)?
        .map_err(|NoRows| ApiError::NotFound("workspace"))?;
    let account = match account {
        Some(account) => Some(id::parse::<AccountId>(account).ok_or(ApiError::NotFound("Twilio account"))?),
        None => None,
    };
    let shown = Shown {
        viewer: ctx.actor().clone(),
        workspace,
        account,
    };
    let services = ctx.services().clone();
    let order = event_order(ctx).await?;
    if shown.account.is_some() && all(&services, &shown).await?.is_empty() {
        return Err(ApiError::NotFound("Twilio account"));
    }
    let from = From::argument(&services, &order, after).await?;
    let view = View {
        workspace,
        from,
        until: None,
        order: order.clone(),
    };
    let concerned = shown.clone();
    let wakes = wakes(&services, view, move |event| concerned.concerns(event)).await;
    let told = wakes.then(move |wake| {
        let (services, shown, order) = (services.clone(), shown.clone(), order.clone());
        async move {
            let (seq, rows) = match wake? {
                Wake::Event(seq, event) => (seq, one(&services, &shown, AccountId(event.subject)).await?),
                Wake::Read(seq) => (seq, all(&services, &shown).await?),
            };
            // The cursor comes with the last of them: only then everything up to it was told.
            let last = rows.len().saturating_sub(1);
            let told = move |(place, row): (usize, twilio_account::Model)| {
                let told = (place == last).then(|| Told {
                    seq,
                    order: order.clone(),
                });
                TwilioAccount::told(row, told)
            };
            Ok(rows.into_iter().enumerate().map(told))
        }
    });
    Ok(told.flat_map(|accounts| match accounts {
        Ok(accounts) => stream::iter(accounts.map(Ok).collect::<Vec<_>>()),
        Err(error) => stream::iter(vec![Err(error)]),
    }))
}

impl Shown {
    fn concerns(&self, event: &event::Model) -> bool {
        event.kind == kind::ACCOUNT
            && self.workspace.is_none_or(|workspace| workspace == event.workspace_id)
            && self.account.is_none_or(|account| account.0 == event.subject)
    }
}

/// One account, disconnected or not.
async fn one(services: &Services, shown: &Shown, id: AccountId) -> Result<Vec<twilio_account::Model>, ApiError> {
    let row = accounts::find(services, &shown.viewer, id).await?;
    let row = row.filter(|row| shown.workspace.is_none_or(|workspace| workspace == row.workspace_id));
    Ok(row.into_iter().collect())
}

/// Every account that is shown.
async fn all(services: &Services, shown: &Shown) -> Result<Vec<twilio_account::Model>, ApiError> {
    if let Some(id) = shown.account {
        return one(services, shown, id).await;
    }
    let mut found = Vec::new();
    let every = AccountFilter {
        workspace: shown.workspace,
        search: None,
    };
    let mut page = PageOf::first(MAX_PAGE);
    loop {
        let accounts = accounts::list(services, &every, page).await?;
        let last = accounts.rows.last().map(|row| (row.created_at, row.id.0));
        let has_next = accounts.has_next;
        found.extend(accounts.rows);
        if !has_next {
            return Ok(found);
        }
        page = PageOf {
            after: last,
            size: MAX_PAGE,
        };
    }
}
