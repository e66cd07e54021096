//! What is known.

mod advice;
pub mod detail;
pub mod filter;
pub mod found;
mod freshness;
pub mod health;
mod lists;
mod messages;
mod model;
mod newly;
mod opened;
mod overlay;
pub mod rows;
mod session;
pub mod table;
mod test_call;
mod totals;

pub use rows::connection;

pub use advice::Advice;
pub use found::Found;
pub use freshness::{FRESH_FOR, Reading};
pub use lists::{KEPT, List, Lists, Page, Screen};
pub(crate) use lists::{on_list, on_table};
pub use messages::{Message, Messages};
pub use model::Model;
pub use newly::Seen;
pub use opened::{Opened, Pane, Place, Revealed};
pub use overlay::{Asks, Dialog, Entry, Focus, Goal, Help, Inspect, Menu, Overlay, Palette, Rule, Typed, View};
pub use session::{Link, Mode, Session, WRITES_FOR};
pub use test_call::{Step, TestCall, Verdict, code_told};
pub use totals::totals;
