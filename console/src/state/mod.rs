//! What is known.

pub mod connection;
pub mod detail;
pub mod filter;
pub mod health;
mod messages;
mod model;
pub mod rows;
pub mod table;

pub use messages::{Message, Messages};
pub use model::{Link, Mode, Model, Opened, Overlay, Session};
