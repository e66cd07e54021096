//! Asks the API what the model wants to know.

use std::time::{Duration, Instant};

use cynic::QueryBuilder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::changes;
use crate::commands::{Asker, Ended, Failure, change};
use crate::connection::{Api, Trouble};
use crate::msg::{Answered, Awaited, Msg, Question, Told};
use crate::queries::audit::Audit;
use crate::queries::billing::{Balances, Billing, NodeBalances};
use crate::queries::bundle::Bundle;
use crate::queries::calls::{CallById, Calls, IdVars, PlanOfTestCall, TestCallById};
use crate::queries::commands::find::{FindNumber, SearchVars};
use crate::queries::connections::{ConnectionsById, ConnectionsPage, NodeAccount, PageVars};
use crate::queries::diagnosis::{
    Detail, DetailVars, IdsVars, Minutes, NodeMinutes, NumberDetail, NumberVars, Timeline, TimelineVars,
};
use crate::queries::events::{EventVars, Events};
use crate::queries::jobs::WatchedJobs;
use crate::queries::numbers::{ListVars, Numbers, SinceVars};
use crate::queries::viewer::{Start, WhoAmI};
use crate::state::{Found, Screen};

/// How many connections are read at once.
const PAGE: i32 = 1000;

/// Asks, and answers what came of it.
pub async fn ask(api: &Api, question: Question) -> Msg {
    let asked_at = Instant::now();
    let (told, took) = match answer(api, &question).await {
        Ok((told, missing, took)) => (
            Ok(Answered {
                told: Box::new(told),
                missing,
            }),
            took,
        ),
        Err(trouble) => (Err(trouble), asked_at.elapsed()),
    };
    Msg::Answered(question, told, took)
}

type Whole = (Told, Option<Trouble>, Duration);

/// Asks one thing, and makes of the answer what the model takes.
async fn query<Q, V>(
    api: &Api,
    operation: cynic::Operation<Q, V>,
    told: impl FnOnce(Q) -> Told,
) -> Result<Whole, Trouble>
where
    Q: DeserializeOwned + 'static,
    V: Serialize,
{
    let answer = api.ask(operation).await?;
    Ok((told(answer.data), answer.missing, answer.took))
}

async fn answer(api: &Api, question: &Question) -> Result<Whole, Trouble> {
    match question {
        Question::WhoAmI => query(api, WhoAmI::build(()), Told::WhoAmI).await,
        Question::NewestEvent => query(api, Start::build(()), Told::NewestEvent).await,
        Question::Connections { after } => {
            let after = after.clone();
            let page = ConnectionsPage::build(PageVars { first: PAGE, after });
            query(api, page, |data| Told::Connections(data.twilio_accounts)).await
        }
        Question::Detail { id, number: None } => {
            let detail = Detail::build(DetailVars { id: id.as_str().into() });
            query(api, detail, |data| Told::Detail(Box::new(data))).await
        }
        Question::Detail {
            id,
            number: Some(number),
        } => {
            let (id, number) = (id.as_str().into(), number.as_str().into());
            let detail = NumberDetail::build(NumberVars { id, number });
            query(api, detail, |data| {
                Told::Detail(Box::new(Detail {
                    diagnose: data.diagnose,
                    twilio_account: data.twilio_account,
                }))
            })
            .await
        }
        Question::Timeline { id, audit } => {
            let (id, audit) = (Some(id.as_str().into()), *audit);
            query(api, Timeline::build(TimelineVars { id, audit }), |data| {
                Told::Timeline(Box::new(data))
            })
            .await
        }
        Question::Minutes { ids } => {
            let ids = ids.iter().map(|id| id.as_str().into()).collect();
            query(api, Minutes::build(IdsVars { ids }), |data| {
                let minutes = data.nodes.into_iter().flatten().filter_map(|node| match node {
                    NodeMinutes::TwilioAccount(minutes) => Some(minutes),
                    NodeMinutes::Other => None,
                });
                Told::Minutes(minutes.collect())
            })
            .await
        }
        Question::Rows { ids } => {
            let ids = ids.iter().map(|id| id.as_str().into()).collect();
            query(api, ConnectionsById::build(IdsVars { ids }), |data| {
                let accounts = data.nodes.into_iter().flatten().filter_map(|node| match node {
                    NodeAccount::TwilioAccount(account) => Some(*account),
                    NodeAccount::Other => None,
                });
                Told::Rows(accounts.collect())
            })
            .await
        }
        Question::Balances { ids } => {
            let ids = ids.iter().map(|id| id.as_str().into()).collect();
            query(api, Balances::build(IdsVars { ids }), |data| {
                let balances = data.nodes.into_iter().flatten().filter_map(|node| match node {
                    NodeBalances::TwilioAccount(balances) => Some(balances),
                    NodeBalances::Other => None,
                });
                Told::Balances(balances.collect())
            })
            .await
        }
        Question::Page { screen, about, after } => page(api, *screen, about.as_deref(), after.clone()).await,
        Question::Call { id } => {
            let call = CallById::build(IdVars { id: id.as_str().into() });
            query(api, call, |data| Told::Call(data.call.map(Box::new))).await
        }
        Question::Find { number } => {
            let search = number.clone();
            query(api, FindNumber::build(SearchVars { search }), |data| {
                Told::Found(Found::of(&data))
            })
            .await
        }
        Question::Plan { number, .. } => {
            let plan = PlanOfTestCall::build(IdVars {
                id: number.as_str().into(),
            });
            query(api, plan, |data| Told::Plan(data.test_call_plan)).await
        }
        Question::TestCall { id } => {
            let test = TestCallById::build(IdVars { id: id.as_str().into() });
            query(api, test, |data| Told::TestCall(data.test_call.map(Box::new))).await
        }
        Question::Bundle { id } => {
            let bundle = Bundle::build(IdVars { id: id.as_str().into() });
            query(api, bundle, |data| Told::Bundle(data.support_bundle)).await
        }
        Question::End(awaited) => end(api, awaited).await,
        Question::Do(change) => {
            let changed = changes::ask(api, change).await?;
            Ok((Told::Done(changed.done), changed.missing, changed.took))
        }
    }
}

/// Waits for the end of what was asked for, as the commands do.
async fn end(api: &Api, awaited: &Awaited) -> Result<Whole, Trouble> {
    let (asker, begun) = (Asker::silent(api.clone()), Instant::now());
    let (what, id, name) = (awaited.what, &awaited.id, &awaited.name);
    let ended = match change::end(&asker, what, (id, name), awaited.asked_at, |_| {}).await {
        Ok((_, ended)) => ended,
        Err(Failure::Api(trouble)) => return Err(trouble),
        Err(other) => Ended::unseen(format!("{name}: {other}")),
    };
    Ok((Told::Ended(ended), None, begun.elapsed()))
}

/// A page of a list.
async fn page(api: &Api, screen: Screen, about: Option<&str>, after: Option<String>) -> Result<Whole, Trouble> {
    let account: Option<cynic::Id> = about.map(Into::into);
    let since = SinceVars {
        account: account.clone(),
        from: None,
        after: after.clone(),
    };
    if screen == Screen::Events {
        let events = Events::build(EventVars { after });
        return query(api, events, |data| Told::Events(data.events)).await;
    }
    let vars = ListVars { account, after };
    match screen {
        Screen::Numbers => query(api, Numbers::build(vars), |data| Told::Numbers(data.phone_numbers)).await,
        Screen::Calls => query(api, Calls::build(since), |data| Told::Calls(data.calls)).await,
        Screen::Billing => query(api, Billing::build(vars), |data| Told::Billing(data.billing_episodes)).await,
        Screen::Jobs => query(api, WatchedJobs::build(vars), Told::Jobs).await,
        Screen::Audit | Screen::Events | Screen::Overview | Screen::Connection => {
            query(api, Audit::build(since), |data| Told::Audit(data.audit_entries)).await
        }
    }
}
