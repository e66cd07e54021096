//! Twilio accounts: connect, check, change, disconnect.

mod connect;
mod disconnect;
mod facts;
mod input;
mod lateness;
mod list;
mod pause;
pub(crate) mod probe;
mod queries;
mod reach;
mod rights;
pub mod rotation;
mod schedule;
mod swap;
mod try_change;
mod update;
mod verify;

pub(crate) use connect::changed;
pub use connect::connect;
pub use disconnect::{disconnect, forget_credentials_when_returned};
pub use input::{ApiKey, NewAccount, SignIn};
pub use lateness::checks_late;
pub use list::{AccountFilter, AccountSearch, MAX_PAGE, Position, count, list, look_up};
pub use pause::{pause, resume};
pub use queries::{by_ids, find, get, subaccounts};
pub(crate) use queries::{lock, named, require_connected, require_not_paused, require_token};
pub use schedule::{next_check, queue_due_billing, queue_due_calls, queue_due_checks, queue_due_syncs};
pub use update::{AccountChange, update};
pub(crate) use verify::doubt;
pub use verify::{Ask, request_check, verify};
