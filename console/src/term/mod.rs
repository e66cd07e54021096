//! The terminal: taken over whole, and left as it was found on every way out.

mod background;
mod hidden;
mod input;
mod replies;
mod report;
mod screen;

pub use background::theme_of_terminal;
pub use hidden::{Hidden, hide_input};
pub use input::listen;
pub use replies::Replies;
pub use screen::{Screen, abandon, restore, restore_when_it_panics};
