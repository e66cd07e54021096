//! What an account costs and has left: balances, usage by day and category, prices, and rules that watch them.
//!
//! `check-billing` reads ([`check`]) and judges: `rules.rs` says what a figure means, `episodes.rs` what follows from it. `spend.rs`
//! and `tree.rs` compute from stored days. Amounts keep their currency and are never added across currencies; what is not known is
//! none, never zero.

mod acknowledge;
mod ask;
mod balance;
pub mod categories;
mod check;
mod create;
mod delete;
mod episodes;
mod fired;
mod input;
mod mirror;
mod money;
mod notice;
pub mod pricing;
mod pruning;
mod queries;
mod records;
mod rules;
mod spend;
mod tree;
mod update;
mod usage;

pub use acknowledge::acknowledge_episode;
pub(crate) use balance::keep_reading;
pub use balance::{KnownBalance, is_subaccount, latest_balance, own_balance, parents};
pub use check::{check, request_check};
pub use create::{NewAlert, create_alert};
pub use delete::delete_alert;
pub use episodes::{open_episodes, under_alert};
pub use fired::{UsageTarget, find_usage_target, fired, usage_tokens};
pub use input::Threshold;
pub(crate) use mirror::{any_trigger_left, let_go};
pub use mirror::{can_be_mirrored, mirror, queue_repoints};
pub use money::{Money, money_of};
pub(crate) use pruning::statements as pruning_statements;
pub use queries::{
    EpisodeFilter, Position as BillingPosition, alerts_by_ids, balance_history, episodes_by_ids, find_alert,
    find_episode, list_alerts, list_episodes, open_episodes_of,
};
pub use spend::{LASTS_LONG, OverDays, Spend};
pub use tree::{Cut, Usage, UsagePeriod};
pub use update::{AlertChange, update_alert};
pub use usage::{UsageFilter, UsageReport, usage};
