//! Phone numbers.

use ::entity::{AccountId, AgentId, E164, NumberId, WorkspaceId, phone_number};
use async_graphql::{Context, ID, Object};
use domain::numbers::{self, NumberFilter, NumberPosition, NumberSearch};
use domain::page::PageOf;
use domain::{Actor, Refusal};

use crate::graphql::context::Asked;
use crate::graphql::cursor::List;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::page::{Connection, cost, page_of};
use crate::graphql::types::{NumberState, PhoneNumber, RoutingPlan, RoutingPlanPayload};

/// Which numbers a list shows, as it was asked for.
#[derive(Debug)]
pub(in crate::graphql) struct NumberArguments {
    pub usable_for_voice: Option<bool>,
    pub state: Option<NumberState>,
    pub search: Option<String>,
}

impl NumberArguments {
    /// The filter within a workspace, or across all.
    pub(in crate::graphql) fn filter(
        self,
        actor: &Actor,
        workspace: Option<WorkspaceId>,
        account: Option<AccountId>,
    ) -> Result<NumberFilter, ApiError> {
        let search = self.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        Ok(NumberFilter {
            workspace,
            account,
            usable_for_voice: self.usable_for_voice.unwrap_or(false),
            state: self.state.map(TryInto::try_into).transpose()?,
            search: search.map(|text| search_of(actor, text)).transpose()?,
        })
    }
}

/// Staff, who see numbers masked, find one by the whole of it only: by parts they could guess the rest.
fn search_of(actor: &Actor, text: &str) -> Result<NumberSearch, ApiError> {
    if !actor.role.is_staff() {
        return Ok(NumberSearch::Part(text.to_owned()));
    }
    match E164::parse(text) {
        Ok(number) => Ok(NumberSearch::Whole(number)),
        Err(_) if text.contains(char::is_numeric) => Err(ApiError::BadInput(
            "`search` takes a whole number in E.164, such as +14155550126, or part of a name without digits."
                .to_owned(),
        )),
        Err(_) => Ok(NumberSearch::PartOfName(text.to_owned())),
    }
}

/// Reads `first` and `after` of a list of numbers.
pub(in crate::graphql) async fn after(
    ctx: &Context<'_>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<PageOf<NumberPosition>, ApiError> {
    let position = match after {
        Some(cursor) => {
            let id = List::Numbers.row(cursor)?;
            let row = ctx.loaders().load_one(NumberId(id)).await?;
            let row = row
                .filter(|row| ctx.sees(row.workspace_id))
                .ok_or(ApiError::BadCursor)?;
            Some((row.e164.to_string(), id))
        }
        None => None,
    };
    page_of(first, position)
}

/// The cursor of a number in a list.
pub(in crate::graphql) fn cursor(row: &phone_number::Model) -> String {
    List::Numbers.after_row(row.id.0)
}

#[derive(Default)]
pub struct NumberQueries;

#[Object]
impl NumberQueries {
    /// Phone numbers, in the order of their digits.
    #[graphql(complexity = "cost(first, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument in the schema")]
    async fn phone_numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only numbers of this account.")] account_id: Option<ID>,
        #[graphql(
            desc = "Only numbers that can be added or used for calls now: with voice, and still listed by Twilio."
        )]
        usable_for_voice: Option<bool>,
        #[graphql(desc = "Only numbers in this state.")] state: Option<NumberState>,
        #[graphql(
            desc = "Only numbers whose digits, nickname or name at Twilio hold this text. Staff: the whole number, or \
                          part of a name."
        )]
        search: Option<String>,
        #[graphql(desc = "Callab's staff: of this workspace only; of all if not said.")] workspace_id: Option<ID>,
        #[graphql(desc = "How many rows, 1 to 100; 25 if not said.")] first: Option<i32>,
        #[graphql(name = "after", desc = "Rows after this cursor.")] after_cursor: Option<String>,
    ) -> Result<Connection<PhoneNumber>, ApiError> {
        let scope = ctx.scope(workspace_id.as_ref())?;
        let page = after(ctx, first, after_cursor.as_deref()).await?;
        let (Ok(workspace), Ok(account)) = (scope, id::narrowed(account_id.as_ref())) else {
            return Ok(Connection::empty());
        };
        let wanted = NumberArguments {
            usable_for_voice,
            state,
            search,
        };
        let filter = wanted.filter(ctx.actor(), workspace, account)?;
        let is_first = page.after.is_none();
        let numbers = numbers::list(ctx.services(), &filter, page).await?;
        Ok(Connection::new(numbers, is_first, cursor, PhoneNumber))
    }

    /// A phone number; null if there is none.
    async fn phone_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number's global id.")] id: ID,
    ) -> Result<Option<PhoneNumber>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<NumberId>(&id) else {
            return Ok(None);
        };
        Ok(numbers::find(ctx.services(), viewer, id).await?.map(PhoneNumber))
    }

    /// What assigning an agent to a number's inbound calls would write at Twilio; without an agent, what `repairRouting` would write
    /// for the one that answers it. Asks Twilio, and changes nothing.
    async fn routing_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number's global id.")] phone_number_id: ID,
        #[graphql(desc = "The agent's global id; the agent that answers the number now if not said.")] agent_id: Option<
            ID,
        >,
    ) -> Result<RoutingPlanPayload, ApiError> {
        let refused = |refusals: Vec<Refusal>| RoutingPlanPayload {
            plan: None,
            user_errors: refusals.into_iter().map(Into::into).collect(),
        };
        let Some(number) = id::parse::<NumberId>(&phone_number_id) else {
            return Ok(refused(vec![Refusal::not_found("phone number", "phoneNumberId")]));
        };
        let agent = match agent_id.as_ref().map(id::parse::<AgentId>) {
            Some(None) => return Ok(refused(vec![Refusal::not_found("agent", "agentId")])),
            Some(agent) => agent,
            None => None,
        };
        match numbers::routing_plan(ctx.services(), ctx.viewer()?, number, agent).await {
            Ok(plan) => Ok(RoutingPlanPayload {
                plan: Some(RoutingPlan(plan)),
                user_errors: Vec::new(),
            }),
            Err(domain::Error::Refused(refusals)) => Ok(refused(refusals)),
            Err(error) => Err(error.into()),
        }
    }
}
