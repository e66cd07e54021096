//! What a test call would be.

use async_graphql::SimpleObject;
use domain::calls::TestPlan;

use super::money::Money;

/// What an outbound test call of a number would be: who may be called, how many are left, what it costs.
#[derive(SimpleObject)]
pub struct TestCallPlan {
    /// Callab's own lines, which any test may call; empty where none is set up. Callab's staff may call these only; customers
    /// also their own numbers and the account's verified caller ids.
    targets: Vec<TestCallTarget>,
    /// How many test calls the number may make in an hour.
    limit_per_hour: i32,
    /// How many of them are left now.
    left_this_hour: i32,
    /// What a call of up to a minute to the dearest of the targets costs, on the customer's Twilio bill; null where Twilio tells
    /// no price.
    estimated_cost: Option<Money>,
    /// How long a test call lasts at most, in seconds. It is hung up then.
    max_seconds: i32,
}

/// Who a test may call.
#[derive(SimpleObject)]
pub struct TestCallTarget {
    /// Its name, for people. Example: `Callab's echo line, US`.
    label: String,
    /// Its number in E.164: for `to` of `startTestCall`.
    to: String,
}

impl From<TestPlan> for TestCallPlan {
    fn from(plan: TestPlan) -> Self {
        let int = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let targets = plan.targets.into_iter().map(|target| TestCallTarget {
            label: target.label,
            to: target.to.to_string(),
        });
        Self {
            targets: targets.collect(),
            limit_per_hour: int(plan.limit_per_hour),
            left_this_hour: int(plan.left),
            estimated_cost: plan
                .cost
                .and_then(|(amount, currency)| Money::known(Some(amount), Some(&currency))),
            max_seconds: i32::try_from(plan.lasts_at_most.as_secs()).unwrap_or(i32::MAX),
        }
    }
}
