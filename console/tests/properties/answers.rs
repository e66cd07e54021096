//! What the API would answer to each question: anything that the schema allows.

use console::change::{Change, Done};
use console::commands::Ended;
use console::msg::{Question, Told};
use console::queries::audit::Audit;
use console::queries::billing::Billing;
use console::queries::bundle::Bundle;
use console::queries::calls::{CallById, Calls, IdVars, PlanOfTestCall, TestCallById};
use console::queries::connections::{ConnectionsById, ConnectionsPage, NodeAccount, PageVars};
use console::queries::diagnosis::{Detail, DetailVars, IdsVars, Timeline, TimelineVars};
use console::queries::events::{EventVars, Events};
use console::queries::jobs::WatchedJobs;
use console::queries::numbers::{ListVars, Numbers, SinceVars};
use console::queries::viewer::{Start, WhoAmI};
use console::state::{Found, Screen};
use cynic::QueryBuilder;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::data::Data;
use crate::api::schema::{Question as Asked, Schema};

/// What the API would answer to a question as it is sent.
pub fn answer<T: DeserializeOwned>(data: &Data, body: &Value, planted: &Value) -> T {
    thread_local!(static SCHEMA: Schema = Schema::load());
    let question = Asked::read(body);
    let answer = SCHEMA.with(|schema| schema.answer(&question, &data.text, |_| planted.clone()));
    serde_json::from_value(answer).expect("the console's own types")
}

pub fn told(data: &Data, question: &Question) -> Told {
    let json = |operation: Result<Value, serde_json::Error>| operation.expect("JSON");
    let planted = json!({ "anything": true });
    match question {
        Question::WhoAmI => {
            let body = json(serde_json::to_value(WhoAmI::build(())));
            let mut who: Value = answer(data, &body, &planted);
            who["viewer"] = data.viewer.clone();
            Told::WhoAmI(serde_json::from_value(who).expect("the console's own types"))
        }
        Question::NewestEvent => Told::NewestEvent(Start {
            event_cursor: data.cursor(),
            twilio_account_count: i32::try_from(data.rows.len()).expect("a count"),
        }),
        Question::Connections { after } => {
            let first = 15;
            let page = data.page(&json!({ "first": first, "after": after }));
            let after = after.clone();
            let body = json(serde_json::to_value(ConnectionsPage::build(PageVars { first, after })));
            Told::Connections(answer::<ConnectionsPage>(data, &body, &page).twilio_accounts)
        }
        Question::Detail { id, .. } => {
            let vars = DetailVars { id: id.as_str().into() };
            Told::Detail(Box::new(anything(data, Detail::build(vars))))
        }
        Question::Timeline { id, audit } => {
            let vars = TimelineVars {
                id: Some(id.as_str().into()),
                audit: *audit,
            };
            Told::Timeline(Box::new(anything(data, Timeline::build(vars))))
        }
        Question::Minutes { .. } => Told::Minutes(Vec::new()),
        Question::Rows { ids } => {
            let ids: Vec<cynic::Id> = ids.iter().map(|id| id.as_str().into()).collect();
            let rows = ids.iter().map(|id| {
                let mut row = data.row(&json!(id.inner()));
                row["__typename"] = json!("TwilioAccount");
                row
            });
            let planted = Value::Array(rows.collect());
            let body = json(serde_json::to_value(ConnectionsById::build(IdsVars { ids })));
            let nodes = answer::<ConnectionsById>(data, &body, &planted).nodes;
            let accounts = nodes.into_iter().flatten().filter_map(|node| match node {
                NodeAccount::TwilioAccount(account) => Some(*account),
                NodeAccount::Other => None,
            });
            Told::Rows(accounts.collect())
        }
        Question::Balances { .. } => Told::Balances(Vec::new()),
        Question::Page { screen, about, after } => {
            let vars = ListVars {
                account: about.as_deref().map(Into::into),
                after: after.clone(),
            };
            let since = SinceVars {
                account: vars.account.clone(),
                from: None,
                after: vars.after.clone(),
            };
            match screen {
                Screen::Numbers => Told::Numbers(anything::<Numbers, _>(data, Numbers::build(vars)).phone_numbers),
                Screen::Calls => Told::Calls(anything::<Calls, _>(data, Calls::build(since)).calls),
                Screen::Billing => Told::Billing(anything::<Billing, _>(data, Billing::build(vars)).billing_episodes),
                Screen::Jobs => Told::Jobs(anything(data, WatchedJobs::build(vars))),
                Screen::Events => {
                    let after = vars.after;
                    Told::Events(anything::<Events, _>(data, Events::build(EventVars { after })).events)
                }
                _ => Told::Audit(anything::<Audit, _>(data, Audit::build(since)).audit_entries),
            }
        }
        Question::Call { id } => {
            let call: CallById = anything(data, CallById::build(IdVars { id: id.as_str().into() }));
            Told::Call(call.call.map(Box::new))
        }
        Question::Find { .. } => Told::Found(Some(Found {
            connection: "acc-3".to_owned(),
            number: Some(("number-3".to_owned(), "+1 415 ••• 26".to_owned())),
        })),
        Question::Plan { number, .. } => {
            let vars = IdVars {
                id: number.as_str().into(),
            };
            Told::Plan(anything::<PlanOfTestCall, _>(data, PlanOfTestCall::build(vars)).test_call_plan)
        }
        Question::TestCall { id } => {
            let test: TestCallById = anything(data, TestCallById::build(IdVars { id: id.as_str().into() }));
            Told::TestCall(test.test_call.map(Box::new))
        }
        Question::Bundle { id } => {
            let vars = IdVars { id: id.as_str().into() };
            Told::Bundle(anything::<Bundle, _>(data, Bundle::build(vars)).support_bundle)
        }
        Question::End(awaited) => Told::Ended(Ended {
            is_good: false,
            told: format!("{}\u{202e}\u{1b}[2J", awaited.name),
            health: "failing".to_owned(),
        }),
        Question::Do(change) => Told::Done(done(data, change)),
    }
}

fn done(data: &Data, change: &Change) -> Result<Done, String> {
    match change {
        Change::Sync { .. } => Err("no\u{202e}\u{1b}[2J".to_owned()),
        Change::Test { .. } => {
            let test: TestCallById = anything(data, TestCallById::build(IdVars { id: "t".into() }));
            Ok(test.test_call.map_or(Done::Yes, |test| Done::Test(Box::new(test))))
        }
        _ => Ok(Done::Yes),
    }
}

/// Any answer that the schema allows.
fn anything<Q: DeserializeOwned, V: serde::Serialize>(data: &Data, operation: cynic::Operation<Q, V>) -> Q {
    let body = serde_json::to_value(operation).expect("JSON");
    answer(data, &body, &json!({ "anything": true }))
}
