//! What is known.

pub mod detail;
pub mod filter;
pub mod health;
mod lists;
mod messages;
mod model;
mod opened;
mod overlay;
pub mod rows;
pub mod table;
mod test_call;

pub use rows::connection;

pub use lists::{KEPT, List, Lists, Screen};
pub(crate) use lists::{on_list, on_table};
pub use messages::{Message, Messages};
pub use model::{Link, Mode, Model, Session};
pub use opened::{Opened, Pane, Revealed};
pub use overlay::{Dialog, Entry, Goal, Help, Inspect, Menu, Overlay, Palette, Rule, Typed, View};
pub use test_call::{Step, TestCall, Verdict};
